/** Fits a translated chat to one target: takes away what this kind of provider or model would refuse to hear. */
import type { CatalogModel, ProviderKind } from "@switchyard/shared/domain/catalog";
import type { ChatMessage, ChatPart, ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { plainest } from "./content.ts";

/** Kinds whose wire has marks for a prompt cache. */
const KNOW_CACHE_MARKS: ReadonlySet<ProviderKind> = new Set<ProviderKind>(["anthropic", "openrouter"]);
/** Kinds that refuse a field which they do not know. */
const STRICT: ReadonlySet<ProviderKind> = new Set<ProviderKind>(["openai", "xai"]);
/** Kinds where "do not think" can be said to any model that thinks. */
const CAN_REST: ReadonlySet<ProviderKind> = new Set<ProviderKind>(["anthropic", "google", "openrouter", "sandbox"]);

/** The same chat, as much of it as this target can be told. What it asks for stays the same: only extras go. */
export function fitToTarget(chat: ChatRequest, { provider: { kind }, capabilities }: CatalogModel): ChatRequest {
  const { top_k: topK, reasoning_effort: effort, ...rest } = chat;
  const thinks = effort !== undefined && capabilities.includes("reasoning") && (effort !== "none" || CAN_REST.has(kind));
  const messages = KNOW_CACHE_MARKS.has(kind) ? chat.messages : chat.messages.map(withoutMarks);
  return {
    ...rest,
    messages: STRICT.has(kind) ? messages.map(withoutThoughts) : messages,
    ...(chat.tools && !KNOW_CACHE_MARKS.has(kind) ? { tools: chat.tools.map(({ cache_control: _mark, ...tool }) => tool) } : {}),
    ...(topK === undefined || STRICT.has(kind) ? {} : { top_k: topK }),
    ...(thinks ? { reasoning_effort: effort } : {}),
  };
}

function withoutMarks(message: ChatMessage): ChatMessage {
  const { cache_control: _mark, ...rest } = message as ChatMessage & { cache_control?: unknown };
  const { content } = rest;
  if (!Array.isArray(content)) return rest as ChatMessage;
  const parts = content.map(({ cache_control: _own, ...part }) => part as ChatPart);
  return { ...rest, content: plainest(parts) } as ChatMessage;
}

function withoutThoughts(message: ChatMessage): ChatMessage {
  if (message.role !== "assistant") return message;
  const { reasoning_content: _thought, reasoning_details: _details, ...rest } = message as ChatMessage & { role: "assistant"; reasoning_details?: unknown };
  return rest as ChatMessage;
}
