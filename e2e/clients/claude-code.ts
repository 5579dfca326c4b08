/** Claude Code, by its native package. */
import { join } from "node:path";
import { ANSWER, PROMPT, TOOL_SAYS, type DrivenClient } from "./driven-client.ts";

const subAgent = { description: "Look", prompt: "Look down the line.", subagent_type: "general-purpose" };

export const claudeCode: DrivenClient = {
  name: "Claude Code",
  package: { name: "@anthropic-ai/claude-code", version: "2.1.327" },
  binary: (folder) => join(folder, "node_modules", "@anthropic-ai", `claude-code-${process.platform}-${process.arch}`, "claude"),
  command: (binary, { url, key, model }, { prompt, continues }) => ({
    file: binary,
    args: ["-p", prompt, "--model", model, "--allowedTools", "Bash(echo:*),Agent,Task", ...(continues ? ["--continue"] : [])],
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
  ownScenes: [
    {
      name: "agent",
      key: "rich",
      prompts: [PROMPT],
      // The sub-agent runs beside the turn that started it, and its report makes a turn of its own.
      scripts: () => [{ kind: "tools", calls: [{ name: "Agent", arguments: JSON.stringify(subAgent), id: "toolu_1" }] }],
      spendsLimit: false,
      says: /line is clear/,
      succeeds: true,
      tells: subAgent.prompt,
      statuses: [200, 200, 200],
      charges: true,
      requests: { min: 3, max: 4 },
    },
    {
      name: "compact",
      key: "rich",
      prompts: [PROMPT, "/compact", "Go on."],
      scripts: () => [
        { kind: "text", text: ANSWER },
        { kind: "text", text: `<summary>The signal man was asked, and ${ANSWER}</summary>` },
      ],
      spendsLimit: false,
      says: /line is clear/,
      succeeds: true,
      // The turn after it knows the conversation by its summary.
      tells: "The signal man was asked",
      statuses: [200, 200, 200],
      charges: true,
      requests: { min: 3, max: 4 },
    },
  ],
};
