/** Servers that speak OpenAI's wires. Known ones are recognised by their address; all others get the widest manners. */
import { COMPATIBLE_SERVERS } from "../compatible-servers.ts";
import { completionsWire } from "../openai-dialect/completions.ts";
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { filmWire } from "../openai-dialect/film.ts";
import { imageEditWire, imageGenerationWire } from "../openai-dialect/images.ts";
import { moderationsWire } from "../openai-dialect/moderations.ts";
import type { DialectQuirks } from "../openai-dialect/request.ts";
import { rerankWire } from "../openai-dialect/rerank.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderEndpoint, ProviderWires } from "../provider.ts";
import { speechWire } from "../openai-dialect/speech.ts";
import { transcriptionWire, translationWire } from "../openai-dialect/transcripts.ts";

/** For vLLM, SGLang, llama.cpp, LiteLLM and whatever else: they know `max_tokens` and pass over what they do not know. */
const WIDEST: DialectQuirks = {
  capField: "max_tokens",
  capFieldIsFixed: false,
  messages: { thoughts: true, details: true, cacheControl: true, systemForDeveloper: true },
};

export function quirksAt({ baseUrl }: Pick<ProviderEndpoint, "baseUrl">): DialectQuirks {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  return (url && COMPATIBLE_SERVERS.find((server) => server.isAt(url))?.quirks) ?? WIDEST;
}

export const openaiCompatibleWire = dialectWire(quirksAt);

export const openaiCompatibleWires: ProviderWires = {
  chat: openaiCompatibleWire,
  completions: completionsWire,
  embeddings: embeddingsWire,
  moderations: moderationsWire,
  rerank: rerankWire,
  image_generation: imageGenerationWire,
  image_edit: imageEditWire,
  speech: speechWire({ hasEvents: () => false }),
  transcription: transcriptionWire,
  translation: translationWire,
  video_analysis: filmWire,
};
