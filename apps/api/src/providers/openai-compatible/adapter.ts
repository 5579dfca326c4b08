/** Servers that speak OpenAI's wires. Known ones are recognised by their address; all others get the widest manners. */
import { COMPATIBLE_SERVERS } from "../compatible-servers.ts";
import { completionsWire } from "../openai-dialect/completions.ts";
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { filmWire } from "../openai-dialect/film.ts";
import { imageEditWire, imageGenerationWire } from "../openai-dialect/images.ts";
import { moderationsWire } from "../openai-dialect/moderations.ts";
import { OPENAI_QUIRKS, type DialectQuirks } from "../openai-dialect/request.ts";
import { rerankWire } from "../openai-dialect/rerank.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderEndpoint, ProviderWires } from "../provider.ts";
import { speechWire } from "../openai-dialect/speech.ts";
import { transcriptionWire, translationWire } from "../openai-dialect/transcripts.ts";
import { compatibleResponsesWire, type ResponsesManners } from "./responses.ts";

/** For vLLM, SGLang, llama.cpp, LiteLLM and whatever else: they know `max_tokens` and pass over what they do not know. */
const WIDEST: DialectQuirks = {
  capField: "max_tokens",
  capFieldIsFixed: false,
  messages: { thoughts: true, details: true, cacheControl: true, systemForDeveloper: true },
};

function serverAt({ baseUrl }: Pick<ProviderEndpoint, "baseUrl">): CompatibleServer | undefined {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  return url && COMPATIBLE_SERVERS.find((server) => server.isAt(url));
}

export const quirksAt = (endpoint: Pick<ProviderEndpoint, "baseUrl">): DialectQuirks => serverAt(endpoint)?.quirks ?? WIDEST;

/** Whoever refuses fields in a chat refuses them here, too. */
function responsesMannersAt(endpoint: ProviderEndpoint): ResponsesManners {
  const server = serverAt(endpoint);
  const { messages, capFieldIsFixed } = server?.quirks ?? WIDEST;
  const isOpenAi = server?.quirks === OPENAI_QUIRKS;
  return { isOpenAi, systemForDeveloper: messages.systemForDeveloper === true, keepsNothing: capFieldIsFixed && messages.thoughts !== true };
}

export const openaiCompatibleWire = dialectWire(quirksAt);

export const openaiCompatibleWires: ProviderWires = {
  chat: openaiCompatibleWire,
  responses: compatibleResponsesWire(responsesMannersAt),
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
