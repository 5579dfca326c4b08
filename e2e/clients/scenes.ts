/** The scenes that every client plays. */
import type { Script } from "@switchyard/testkit/fake-script";
import { ANSWER, PROMPT, TOOL_SAYS, type CommonScene, type Scene } from "./driven-client.ts";

const answer: Script = { kind: "text", text: ANSWER };
const well = { key: "rich", prompts: [PROMPT], spendsLimit: false, says: /line is clear/, succeeds: true, charges: true } as const;

export const COMMON_SCENES: readonly (Scene & { readonly name: CommonScene })[] = [
  { ...well, name: "plain", scripts: () => [answer], statuses: [200] },
  {
    ...well,
    name: "tool",
    scripts: ({ toolCall }) => [{ kind: "tools", calls: [{ ...toolCall, id: "toolu_1" }] }, answer],
    tells: TOOL_SAYS,
    statuses: [200, 200],
  },
  { ...well, name: "broke", key: "broke", scripts: () => [], says: /the wallet has \$0\.01 left/, succeeds: false, statuses: [402], charges: false },
  { ...well, name: "limited", key: "limited", scripts: () => [answer], spendsLimit: true, statuses: [429, 200] },
  { ...well, name: "cut", scripts: () => [{ kind: "text", tokens: 50, fault: { kind: "reset", at: 5 } }, answer], statuses: [200, 200] },
];
