/** What tools of the Responses wire are called in a chat, and back: namespaces flattened, free-form tools as functions. */
import type { ChatRequest, ChatTool } from "@switchyard/shared/wire/openai-chat";
import type { CustomTool, FunctionTool, ResponsesRequest, ResponsesTool } from "@switchyard/shared/wire/openai-responses";

/** A tool as the caller knows it. */
export interface Callable {
  readonly kind: "function" | "custom";
  readonly name: string;
  readonly namespace?: string;
}

export interface ToolBook {
  /** The declared tools that a chat can carry. */
  readonly chatTools: readonly ChatTool[];
  /** What the caller calls the function that the model called. */
  called(chatName: string): Callable;
  /** Places of tools that a chat cannot carry: those which the provider itself would run. */
  readonly dropped: readonly string[];
}

/** No provider takes longer names. */
const CHAT_NAME_CHARS_MAX = 64;

/** The name of a tool in a chat. The same on every turn, so that calls of before keep their names. */
export function chatNameOf(name: string, namespace: string | null | undefined): string {
  if (typeof namespace !== "string" || namespace === "") return name;
  const flat = `${namespace}__${name}`.replaceAll(/[^A-Za-z0-9_-]/g, "_");
  // The end of a name tells more than its beginning: tools of one namespace share that.
  return flat.length <= CHAT_NAME_CHARS_MAX ? flat : flat.slice(-CHAT_NAME_CHARS_MAX);
}

export function toolBookOf(tools: readonly ResponsesTool[]): ToolBook {
  const chatTools: ChatTool[] = [];
  const callables = new Map<string, Callable>();
  const dropped: string[] = [];
  const add = (tool: ResponsesTool, place: string, namespace: string | undefined): void => {
    if (tool.type !== "function" && tool.type !== "custom") {
      dropped.push(place);
      return;
    }
    const declared = tool as FunctionTool | CustomTool;
    const chatName = chatNameOf(declared.name, namespace);
    if (callables.has(chatName)) return;
    callables.set(chatName, { kind: declared.type, name: declared.name, ...(namespace === undefined ? {} : { namespace }) });
    chatTools.push(declared.type === "function" ? functionOf(declared, chatName) : customAsFunction(declared, chatName));
  };
  for (const [at, tool] of tools.entries()) {
    const place = `tools[${at}]`;
    if (tool.type !== "namespace") add(tool, place, undefined);
    else for (const [inner, one] of (tool["tools"] as ResponsesTool[]).entries()) add(one, `${place}.tools[${inner}]`, tool["name"] as string);
  }
  return { chatTools, dropped, called: (chatName) => callables.get(chatName) ?? { kind: "function", name: chatName } };
}

const functionOf = ({ description, parameters, strict }: FunctionTool, name: string): ChatTool => ({
  type: "function",
  function: {
    name,
    ...(typeof description === "string" ? { description } : {}),
    // Without parameters a function takes none; some providers insist on hearing so.
    parameters: parameters ?? { type: "object", properties: {} },
    ...(strict === true ? { strict } : {}),
  },
});

/** A free-form tool becomes a function with its whole input in one text; the grammar can only be told, not enforced. */
function customAsFunction(tool: CustomTool, name: string): ChatTool {
  const { type, syntax, definition } = (tool.format ?? {}) as { type?: unknown; syntax?: unknown; definition?: unknown };
  const rule = type === "grammar" ? `The input must follow this ${String(syntax)} grammar:\n${String(definition)}` : undefined;
  const description = [tool.description, rule].filter((one) => typeof one === "string" && one !== "").join("\n\n");
  return {
    type: "function",
    function: {
      name,
      ...(description === "" ? {} : { description }),
      parameters: { type: "object", properties: { input: { type: "string" } }, required: ["input"], additionalProperties: false },
    },
  };
}

/** The arguments of a free-form tool's function, from and to its input. */
export const argumentsOfCustom = (input: string): string => JSON.stringify({ input });
export function inputOfCustom(words: string): string {
  try {
    const { input } = JSON.parse(words) as { input?: unknown };
    return typeof input === "string" ? input : words;
  } catch {
    return words; // the model did not keep to the function: what it wrote is the input
  }
}

type ChatToolFields = Pick<ChatRequest, "tools" | "tool_choice" | "parallel_tool_calls">;

/** The tool fields of the chat; a choice of a tool that cannot be carried is left to the model. */
export function chatToolFields(request: ResponsesRequest, book: ToolBook): { readonly fields: ChatToolFields; readonly dropped: readonly string[] } {
  if (book.chatTools.length === 0) return { fields: {}, dropped: book.dropped };
  const { tools, choice, isDropped } = chosen(request.tool_choice, book);
  const fields: ChatToolFields = {
    tools: [...tools],
    ...(choice === undefined ? {} : { tool_choice: choice }),
    // True is every provider's own way.
    ...(request.parallel_tool_calls === false ? { parallel_tool_calls: false } : {}),
  };
  return { fields, dropped: isDropped ? [...book.dropped, "tool_choice"] : book.dropped };
}

interface Chosen {
  readonly tools: readonly ChatTool[];
  readonly choice: ChatRequest["tool_choice"];
  readonly isDropped: boolean;
}

function chosen(choice: ResponsesRequest["tool_choice"], { chatTools }: ToolBook): Chosen {
  if (choice === undefined || typeof choice === "string") return { tools: chatTools, choice, isDropped: false };
  const isDeclared = (name: string): boolean => chatTools.some((tool) => tool.function?.name === name);
  if (choice.type === "allowed_tools") {
    const names = new Set((Array.isArray(choice["tools"]) ? (choice["tools"] as unknown[]) : []).map(nameIn));
    const allowed = chatTools.filter((tool) => names.has(tool.function?.name));
    const mode = choice["mode"] === "required" ? "required" : "auto";
    return allowed.length > 0 ? { tools: allowed, choice: mode, isDropped: false } : { tools: chatTools, choice: "none", isDropped: true };
  }
  const name = nameIn(choice);
  if ((choice.type === "function" || choice.type === "custom") && name !== undefined && isDeclared(name)) {
    return { tools: chatTools, choice: { type: "function", function: { name } }, isDropped: false };
  }
  return { tools: chatTools, choice: "auto", isDropped: true };
}

/** The chat's name of a tool that a choice names; what names none has none. */
function nameIn(named: unknown): string | undefined {
  if (typeof named !== "object" || named === null) return undefined;
  const { name, namespace } = named as { readonly name?: unknown; readonly namespace?: unknown };
  return typeof name === "string" ? chatNameOf(name, typeof namespace === "string" ? namespace : undefined) : undefined;
}
