/** OpenAI itself: the dialect without quirks, with the cap that its reasoning models demand. */
import { dialectFailure } from "../openai-dialect/failure.ts";
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { moderationsWire } from "../openai-dialect/moderations.ts";
import { dialectRequest } from "../openai-dialect/request.ts";
import { dialectResponse } from "../openai-dialect/response.ts";
import { dialectReader } from "../openai-dialect/stream.ts";
import type { ChatWire, ProviderWires } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";

export const openaiWire: ChatWire = {
  request: (ask, endpoint) => dialectRequest(ask, endpoint, { capField: "max_completion_tokens", capFieldIsFixed: true }),
  response: dialectResponse,
  reader: dialectReader,
  retell: partsOfReply,
  failure: dialectFailure,
};

export const openaiWires: ProviderWires = { chat: openaiWire, embeddings: embeddingsWire, moderations: moderationsWire };
