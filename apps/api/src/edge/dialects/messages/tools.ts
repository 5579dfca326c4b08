/** Says a Messages request's tools in a chat's words, and gives their names back in the answer. */
import { createHash } from "node:crypto";
import { isCustomTool, type AnthropicTool, type CountRequest } from "@switchyard/shared/wire/anthropic-messages";
import type { ChatRequest, ChatTool } from "@switchyard/shared/wire/openai-chat";
import { CLIENT_TOOLS } from "./client-tools.ts";

/** OpenAI takes names of at most this many characters, Anthropic of twice as many. */
const NAME_CHARS_MAX = 64;
const NAME_HASH_CHARS = 8;

/** The name as chat providers know it: long ones end in a hash of the whole, so that no two become one. */
export function chatToolName(name: string): string {
  if (name.length <= NAME_CHARS_MAX) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, NAME_HASH_CHARS);
  return `${name.slice(0, NAME_CHARS_MAX - NAME_HASH_CHARS - 1)}_${hash}`;
}

/** The caller's own name of a tool that an answer calls. */
export function callersToolName(tools: readonly AnthropicTool[] | undefined): (name: string) => string {
  const own = new Map((tools ?? []).flatMap(({ name }) => (name !== undefined && name.length > NAME_CHARS_MAX ? [[chatToolName(name), name]] : [])));
  return own.size === 0 ? (name) => name : (name) => own.get(name) ?? name;
}

type ToolFields = Pick<ChatRequest, "tools" | "tool_choice" | "parallel_tool_calls">;

/**
 * Tools with a schema become functions, so do those of Anthropic that the client carries out itself (shell, editor, memory).
 * Tools that Anthropic's servers carry out (web search, code execution, MCP, …) exist nowhere else and are left out; a choice
 * of one of them goes with it, and the model answers in words.
 */
export function chatToolsOf({ tools, tool_choice: choice }: Pick<CountRequest, "tools" | "tool_choice">): ToolFields {
  const functions = (tools ?? []).flatMap((tool) => functionOf(tool) ?? []);
  if (functions.length === 0) return {};
  const parallel = choice?.disable_parallel_tool_use === true ? { parallel_tool_calls: false } : {};
  const chosen = choice ? choiceOf(choice, functions) : undefined;
  return { tools: functions, ...(chosen === undefined ? {} : { tool_choice: chosen }), ...parallel };
}

function functionOf(tool: AnthropicTool): ChatTool | undefined {
  const { name, description, input_schema: schema, strict, cache_control: mark } = tool;
  const marked = mark ? { cache_control: mark } : {};
  if (!isCustomTool(tool)) {
    const known = CLIENT_TOOLS.find((one) => tool.type?.startsWith(one.typePrefix));
    return (
      known && {
        type: "function",
        function: { name: chatToolName(name ?? known.name), description: known.description, parameters: known.parameters },
        ...marked,
      }
    );
  }
  return {
    type: "function",
    function: {
      name: chatToolName(name ?? ""),
      ...(description ? { description } : {}),
      parameters: { type: "object", properties: {}, ...schema },
      ...(typeof strict === "boolean" ? { strict } : {}),
    },
    ...marked,
  };
}

function choiceOf({ type, name }: NonNullable<CountRequest["tool_choice"]>, functions: readonly ChatTool[]): ChatRequest["tool_choice"] {
  switch (type) {
    case "auto":
      return "auto";
    case "none":
      return "none";
    case "any":
      return "required";
    case "tool": {
      const known = chatToolName(name ?? "");
      return functions.some((tool) => tool.function?.name === known) ? { type: "function", function: { name: known } } : undefined;
    }
  }
}
