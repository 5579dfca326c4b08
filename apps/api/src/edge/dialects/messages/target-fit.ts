/** Fits a translated chat to one target: takes away what this kind of provider or model would refuse to hear. */
import type { CatalogModel, CatalogProvider, ProviderKind } from "@switchyard/shared/domain/catalog";
import type { ChatMessage, ChatPart, ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { plainest } from "./content.ts";

const kinds = (...names: readonly ProviderKind[]): ReadonlySet<ProviderKind> => new Set(names);
/** Their wire has marks for a prompt cache. */
const KNOW_CACHE_MARKS = kinds("anthropic", "openrouter");
/** Their wire knows `top_k`, beside servers of one's own; hosts of the OpenAI family refuse fields they do not know. */
const KNOW_TOP_K = kinds("anthropic", "google", "openrouter", "sandbox");
/** "Do not think" can be said to any of their models. */
const CAN_REST = kinds("anthropic", "google", "openrouter", "sandbox");

/** The same chat, as much of it as this target can be told. What it asks for stays the same: only extras go. */
export function fitToTarget(chat: ChatRequest, { provider, capabilities }: CatalogModel): ChatRequest {
  const { top_k: topK, reasoning_effort: effort, ...rest } = chat;
  const thinks = effort !== undefined && capabilities.includes("reasoning") && (effort !== "none" || CAN_REST.has(provider.kind));
  return {
    ...rest,
    ...(KNOW_CACHE_MARKS.has(provider.kind) ? {} : withoutMarks(chat)),
    ...(topK !== undefined && knowsTopK(provider) ? { top_k: topK } : {}),
    ...(thinks ? { reasoning_effort: effort } : {}),
  };
}

const knowsTopK = ({ kind, local }: CatalogProvider): boolean => KNOW_TOP_K.has(kind) || (kind === "openai-compatible" && local);

/** Without marks, most contents are plain text, which every server understands. */
function withoutMarks({ messages, tools }: ChatRequest): Pick<ChatRequest, "messages" | "tools"> {
  return { messages: messages.map(withoutMark), ...(tools ? { tools: tools.map(({ cache_control: _mark, ...tool }) => tool) } : {}) };
}

function withoutMark(message: ChatMessage): ChatMessage {
  const { cache_control: _mark, ...rest } = message as ChatMessage & { cache_control?: unknown };
  const { content } = rest;
  if (!Array.isArray(content)) return rest as ChatMessage;
  const parts = content.map(({ cache_control: _own, ...part }) => part as ChatPart);
  return { ...rest, content: plainest(parts) } as ChatMessage;
}
