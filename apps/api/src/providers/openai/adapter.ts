/** OpenAI itself: the dialect without quirks, with the cap that its reasoning models demand. */
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { moderationsWire } from "../openai-dialect/moderations.ts";
import { OPENAI_QUIRKS } from "../openai-dialect/request.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderWires } from "../provider.ts";

export const openaiWire = dialectWire(OPENAI_QUIRKS);

export const openaiWires: ProviderWires = { chat: openaiWire, embeddings: embeddingsWire, moderations: moderationsWire };
