/** Claude Code, by its native package. */
import { join } from "node:path";
import { TOOL_SAYS, type DrivenClient } from "./driven-client.ts";

export const claudeCode: DrivenClient = {
  name: "Claude Code",
  package: { name: "@anthropic-ai/claude-code", version: "2.1.327" },
  binary: (folder) => join(folder, "node_modules", "@anthropic-ai", `claude-code-${process.platform}-${process.arch}`, "claude"),
  command: (binary, { url, key, model }, prompt) => ({
    file: binary,
    args: ["-p", prompt, "--model", model, "--output-format", "json", "--allowedTools", "Bash(echo:*)"],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    },
  }),
  toolCall: { name: "Bash", arguments: JSON.stringify({ command: `echo ${TOOL_SAYS}`, description: "Echo a word" }) },
  requests: {
    plain: { min: 1, max: 1 },
    tool: { min: 2, max: 2 },
    broke: { min: 1, max: 1 },
    limited: { min: 2, max: 3 },
    // After a broken stream it asks once more, without a stream.
    cut: { min: 2, max: 2 },
  },
};
