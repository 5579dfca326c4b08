/** Arranges a chat's messages as Anthropic's turns: system apart, tool results in front of what the user says next. */
import type { ChatMessage } from "@switchyard/shared/wire/openai-chat";
import { textOf, type Fields } from "../openai-dialect/fields.ts";
import { Unsayable } from "../unsayable.ts";
import { blocksOf } from "./content.ts";
import { thoughtBlocksOf } from "./thoughts.ts";
import { inputOf } from "../openai-dialect/tool-input.ts";

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Fields[];
}

export interface Conversation {
  readonly system: readonly Fields[];
  readonly turns: readonly Turn[];
}

/** Neighbours of the same role become one turn. A chat of system messages only is asked as the user's. */
export function conversationOf(messages: readonly ChatMessage[]): Conversation | Unsayable {
  const system: Fields[] = [];
  const turns: Turn[] = [];
  for (const [at, message] of messages.entries()) {
    const param = `messages[${at}]`;
    const blocks = blocksOfMessage(message, param);
    if (blocks instanceof Unsayable) return blocks;
    if (message.role === "system" || message.role === "developer") system.push(...blocks);
    else addTo(turns, message.role === "assistant" ? "assistant" : "user", blocks);
  }
  trimLastAnswer(turns.at(-1));
  if (turns.length > 0) return { system, turns };
  return system.length > 0 ? { system: [], turns: [{ role: "user", content: system }] } : new Unsayable("messages", "at least one message must have content");
}

function blocksOfMessage(message: ChatMessage, param: string): Fields[] | Unsayable {
  switch (message.role) {
    case "system":
    case "developer":
    case "user":
      return blocksOf(message.content, `${param}.content`);
    case "assistant":
      return assistantBlocks(message, param);
    case "tool":
      return resultBlocks(message, `${param}.content`);
    case "function":
      return new Unsayable(`${param}.role`, "this model needs tools and role 'tool' in place of functions");
  }
}

function addTo(turns: Turn[], role: Turn["role"], blocks: readonly Fields[]): void {
  if (blocks.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...blocks);
  else turns.push({ role, content: [...blocks] });
}

function assistantBlocks(message: Extract<ChatMessage, { role: "assistant" }>, param: string): Fields[] | Unsayable {
  if (message["function_call"]) return new Unsayable(`${param}.function_call`, "this model needs tool_calls in place of function_call");
  const blocks = blocksOf(message.content, `${param}.content`);
  if (blocks instanceof Unsayable) return blocks;
  if (blocks.length === 0 && message.refusal) blocks.push({ type: "text", text: message.refusal });
  // Thoughts come first in a turn, as they were given.
  blocks.unshift(...thoughtBlocksOf(message["reasoning_details"]));
  for (const [at, call] of (message.tool_calls ?? []).entries()) {
    if (!call.function) return new Unsayable(`${param}.tool_calls[${at}].type`, "this model only knows tool calls of type function");
    blocks.push({ type: "tool_use", id: toolId(call.id), name: call.function.name, input: inputOf(call.function.arguments) });
  }
  return blocks;
}

function resultBlocks(message: Extract<ChatMessage, { role: "tool" }>, param: string): Fields[] | Unsayable {
  const content = typeof message.content === "string" ? message.content : blocksOf(message.content, param);
  if (content instanceof Unsayable) return content;
  const marked = message["cache_control"] ? { cache_control: message["cache_control"] } : {};
  return [{ type: "tool_result", tool_use_id: toolId(message.tool_call_id), ...(content.length === 0 ? {} : { content }), ...marked }];
}

/** Anthropic's ids have a narrow alphabet; ids of other providers that were seen earlier in a chat may leave it. */
const toolId = (id: string): string => id.replaceAll(/[^A-Za-z0-9_-]/g, "_");

/** An answer to be continued must not end in white space. */
function trimLastAnswer(turn: Turn | undefined): void {
  const block = turn?.role === "assistant" ? turn.content.at(-1) : undefined;
  const text = textOf(block?.["text"]);
  if (block && text !== undefined) block["text"] = text.trimEnd();
}

/** Whether the turn asked for now goes on with one whose thoughts Anthropic wants to see and the chat does not hold. */
export function lacksThoughts(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  if (last?.role === "assistant") return true;
  const answersTools = last?.content.some((block) => block["type"] === "tool_result") === true;
  return answersTools && !startsWithThought(turns.at(-2));
}

const startsWithThought = (turn: Turn | undefined): boolean => turn?.role === "assistant" && (textOf(turn.content[0]?.["type"]) ?? "").endsWith("thinking");
