/** opencode, by its native package, over chat completions. */
import { join } from "node:path";
import { TOOL_SAYS, type DrivenClient } from "./driven-client.ts";

export const opencode: DrivenClient = {
  name: "opencode",
  package: { name: "opencode-ai", version: "1.18.33" },
  // The plain build asks for newer processors than some machines have.
  binary: (folder) =>
    join(folder, "node_modules", `opencode-${process.platform}-${process.arch}${process.arch === "x64" ? "-baseline" : ""}`, "bin", "opencode"),
  command: (binary, { model }, { prompt, continues }) => ({
    file: binary,
    args: ["run", ...(continues ? ["--continue"] : []), "--model", `switchyard/${model}`, prompt],
    env: { OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" },
  }),
  files: ({ url, key, model }) => ({
    ".config/opencode/opencode.json": JSON.stringify({
      autoupdate: false,
      share: "disabled",
      permission: "allow",
      // It would ask for a title beside each turn, and take the answer that is meant for the turn.
      agent: { title: { disable: true } },
      provider: {
        switchyard: {
          npm: "@ai-sdk/openai-compatible",
          name: "Switchyard",
          options: { baseURL: `${url}/v1`, apiKey: key },
          models: { [model]: { name: model, tool_call: true, limit: { context: 200_000, output: 4_000 } } },
        },
      },
    }),
  }),
  toolCall: { name: "bash", arguments: JSON.stringify({ command: `echo ${TOOL_SAYS}`, description: "Echo a word" }) },
  requests: {
    plain: { min: 1, max: 1 },
    tool: { min: 2, max: 2 },
    broke: { min: 1, max: 1 },
    limited: { min: 2, max: 3 },
    cut: { min: 1, max: 1 },
  },
  // An error that says what happened ends its turn; only a silent end would make it ask again and again.
  otherwise: { cut: { says: /broke off/, succeeds: false, statuses: [200] } },
};
