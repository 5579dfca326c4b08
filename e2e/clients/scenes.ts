/** What a client lives through, and what must come of it. */
import type { Script } from "@switchyard/testkit/fake-script";
import { TOOL_SAYS, type DrivenClient, type SceneName } from "./driven-client.ts";

export interface Scene {
  readonly name: SceneName;
  readonly key: "rich" | "broke" | "limited";
  /** The provider's answers; further ones say `ANSWER`, too. */
  readonly scripts: (client: DrivenClient) => readonly Script[];
  /** The key's only request of its window is spent just before. */
  readonly spendsLimit: boolean;
  /** Words that the client has to say in the end. */
  readonly says: RegExp;
  readonly succeeds: boolean;
  /** What the provider must have been told in some request. */
  readonly tells?: string;
  /** Statuses that the client must have seen. */
  readonly statuses: readonly number[];
  /** Whether something must have been charged, or nothing. */
  readonly charges: boolean;
}

export const ANSWER = "The points are set and the line is clear.";
const answer: Script = { kind: "text", text: ANSWER };

export const SCENE_LIST: readonly Scene[] = [
  { name: "plain", key: "rich", scripts: () => [answer], spendsLimit: false, says: /line is clear/, succeeds: true, statuses: [200], charges: true },
  {
    name: "tool",
    key: "rich",
    scripts: ({ toolCall }) => [{ kind: "tools", calls: [{ ...toolCall, id: "toolu_1" }] }, answer],
    spendsLimit: false,
    says: /line is clear/,
    succeeds: true,
    tells: TOOL_SAYS,
    statuses: [200, 200],
    charges: true,
  },
  { name: "broke", key: "broke", scripts: () => [], spendsLimit: false, says: /the wallet has \$0\.01 left/, succeeds: false, statuses: [402], charges: false },
  { name: "limited", key: "limited", scripts: () => [answer], spendsLimit: true, says: /line is clear/, succeeds: true, statuses: [429, 200], charges: true },
  {
    name: "cut",
    key: "rich",
    scripts: () => [{ kind: "text", tokens: 50, fault: { kind: "reset", at: 5 } }, answer],
    spendsLimit: false,
    says: /line is clear/,
    succeeds: true,
    statuses: [200, 200],
    charges: true,
  },
];
