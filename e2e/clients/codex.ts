/** Codex, by its native package. */
import { join } from "node:path";
import { TOOL_SAYS, type DrivenClient } from "./driven-client.ts";

const VERSION = "0.169.0";
const TRIPLE = process.arch === "arm64" ? "aarch64-unknown-linux-musl" : "x86_64-unknown-linux-musl";

export const codex: DrivenClient = {
  name: "Codex",
  package: { name: "@openai/codex", version: VERSION },
  binary: (folder) => join(folder, "node_modules", "@openai", `codex-${process.platform}-${process.arch}`, "vendor", TRIPLE, "bin", "codex"),
  command: (binary, { key, model }, { prompt, continues }) => ({
    file: binary,
    // What it may do is confined by nothing but the home that is its own: there is no sandbox within containers.
    args: ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--model", model, ...(continues ? ["resume", "--last"] : []), prompt],
    env: { SWITCHYARD_KEY: key },
  }),
  files: ({ url }) => ({
    ".codex/config.toml": [
      'model_provider = "switchyard"',
      "[model_providers.switchyard]",
      'name = "Switchyard"',
      `base_url = "${url}/v1"`,
      'env_key = "SWITCHYARD_KEY"',
      'wire_api = "responses"',
    ].join("\n"),
  }),
  toolCall: { name: "exec_command", arguments: JSON.stringify({ cmd: `echo ${TOOL_SAYS}` }) },
  requests: {
    plain: { min: 1, max: 1 },
    tool: { min: 2, max: 2 },
    // It asks again after every 402, whatever its code: each is refused before a provider hears of it.
    broke: { min: 6, max: 6 },
    limited: { min: 2, max: 3 },
    cut: { min: 2, max: 2 },
  },
};
