/**
 * Tools that Anthropic defines and the client carries out, described so that any model can call them.
 * https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/bash-tool, text-editor-tool, memory-tool
 */
interface ClientTool {
  /** Beginning of the tool's type; a date follows. */
  readonly typePrefix: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: Record<string, unknown>;
}

const text = (description: string) => ({ type: "string", description });
const lines = { type: "array", items: { type: "integer" }, description: "First and last line to view, from 1; -1 for the end" };

const EDITS = {
  path: text("Path of the file or directory"),
  file_text: text("Content of the file to create"),
  old_str: text("Text to replace; it must occur exactly once"),
  new_str: text("Text to put in its place, or to insert"),
  insert_line: { type: "integer", description: "Line after which to insert; 0 for the beginning" },
  insert_text: text("Text to insert"),
  view_range: lines,
};

const withCommands = (commands: readonly string[], more: Readonly<Record<string, unknown>>) => ({
  type: "object",
  properties: { command: { type: "string", enum: [...commands] }, ...more },
  required: ["command"],
});

const editor = (typePrefix: string): ClientTool => ({
  typePrefix,
  name: "str_replace_based_edit_tool",
  description: "Views, creates and edits text files.",
  parameters: withCommands(["view", "create", "str_replace", "insert"], EDITS),
});

export const CLIENT_TOOLS: readonly ClientTool[] = [
  {
    typePrefix: "bash_",
    name: "bash",
    description: "Runs a command in a shell session that persists between calls.",
    parameters: {
      type: "object",
      properties: { command: text("The command to run"), restart: { type: "boolean", description: "True to start a new session" } },
    },
  },
  editor("text_editor_"),
  {
    typePrefix: "memory_",
    name: "memory",
    description: "Keeps notes in files below /memories that last from one conversation to the next. View the directory before you begin.",
    parameters: withCommands(["view", "create", "str_replace", "insert", "delete", "rename"], {
      ...EDITS,
      old_path: text("Path to rename"),
      new_path: text("New path"),
    }),
  },
];
