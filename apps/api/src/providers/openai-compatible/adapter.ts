/** Servers that speak OpenAI's chat wire (Ollama, vLLM, LM Studio, Groq, DeepSeek, Mistral, …): they know `max_tokens`. */
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { dialectFailure } from "../openai-dialect/failure.ts";
import { moderationsWire } from "../openai-dialect/moderations.ts";
import { dialectRequest } from "../openai-dialect/request.ts";
import { dialectResponse } from "../openai-dialect/response.ts";
import { rerankWire } from "../openai-dialect/rerank.ts";
import { dialectReader } from "../openai-dialect/stream.ts";
import type { ChatWire, ProviderWires } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";

export const openaiCompatibleWire: ChatWire = {
  request: (ask, endpoint) => dialectRequest(ask, endpoint, { capField: "max_tokens", capFieldIsFixed: false }),
  response: dialectResponse,
  reader: dialectReader,
  retell: partsOfReply,
  failure: dialectFailure,
};

export const openaiCompatibleWires: ProviderWires = {
  chat: openaiCompatibleWire,
  embeddings: embeddingsWire,
  moderations: moderationsWire,
  rerank: rerankWire,
};
