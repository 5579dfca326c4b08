/** Takes out of messages what a server would refuse: fields that other providers put there for the next turn. */
import type { ChatMessage } from "@switchyard/shared/wire/openai-chat";
import { fieldsOf, listOf, type Fields } from "./fields.ts";

/** What a server takes beside OpenAI's own fields; what is not named here is taken out. */
export interface MessageQuirks {
  /** Thoughts in plain words (`reasoning_content`, `reasoning`). */
  readonly thoughts?: true;
  /** Thoughts with their proofs (`reasoning_details`). */
  readonly details?: true;
  /** Marks for a prompt cache, on messages, parts and tools. */
  readonly cacheControl?: true;
  /** It does not know the role `developer`. */
  readonly systemForDeveloper?: true;
}

/** The same list when there is nothing to take out, which is the usual case. */
export function messagesFor(messages: readonly ChatMessage[], quirks: MessageQuirks): readonly Fields[] {
  const unwanted = unwantedFields(quirks);
  const deviates = messages.some((message) => (quirks.systemForDeveloper && message.role === "developer") || hasAny(message, unwanted));
  return deviates ? messages.map((message) => cleaned(message, unwanted, quirks)) : messages;
}

function unwantedFields({ thoughts, details, cacheControl }: MessageQuirks): readonly string[] {
  return [
    ...(thoughts ? [] : ["reasoning_content", "reasoning"]),
    ...(details ? [] : ["reasoning_details", "extra_content"]),
    ...(cacheControl ? [] : ["cache_control"]),
  ];
}

function hasAny(message: ChatMessage, unwanted: readonly string[]): boolean {
  const has = (fields: Fields): boolean => unwanted.some((name) => name in fields);
  return has(message) || innerOf(message).some(has);
}

/** Parts and tool calls, which may carry such fields, too. */
function innerOf(message: ChatMessage): readonly Fields[] {
  const parts = Array.isArray(message.content) ? message.content : [];
  return [...parts, ...listOf(message["tool_calls"]).map((call) => fieldsOf(call) ?? {})];
}

function cleaned(message: ChatMessage, unwanted: readonly string[], quirks: MessageQuirks): Fields {
  const { content, tool_calls: calls, ...rest }: Fields = message;
  const role = quirks.systemForDeveloper && message.role === "developer" ? { role: "system" } : {};
  return {
    ...without(rest, unwanted),
    ...role,
    ...(content === undefined ? {} : { content: Array.isArray(content) ? content.map((part) => without(fieldsOf(part) ?? {}, unwanted)) : content }),
    ...(calls === undefined ? {} : { tool_calls: Array.isArray(calls) ? calls.map((call) => without(fieldsOf(call) ?? {}, unwanted)) : calls }),
  };
}

const without = (fields: Fields, unwanted: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !unwanted.includes(name)));
