/** Jobs over vectors, verdicts, pictures and sound: what bounds their cost, each in the one wire that carries it. */
import type { Surface } from "@switchyard/shared/domain/call";
import { inputsOf, type EmbeddingsRequest } from "@switchyard/shared/wire/openai-embeddings";
import { charactersOf, type SpeechRequest } from "@switchyard/shared/wire/openai-audio";
import type { ImageGenerationRequest } from "@switchyard/shared/wire/openai-images";
import type { ModerationsRequest } from "@switchyard/shared/wire/openai-moderations";
import { documentTextOf, type RerankRequest } from "@switchyard/shared/wire/rerank";
import type { PromptSize } from "../ledger/estimate.ts";
import type { Offered } from "../providers/provider.ts";
import type { Job } from "./job.ts";
import { pictureTokensAt, pictureTokensMax, spokenTokensMax } from "./media-bounds.ts";

/** What a token given as a number weighs where prompts are measured in bytes: never less than one token. */
const BYTES_PER_GIVEN_TOKEN = 4;

export const embeddingsJob = (request: EmbeddingsRequest): Job => {
  const inputs = inputsOf(request);
  const bytes = inputs.reduce<number>((sum, input) => sum + (typeof input === "string" ? Buffer.byteLength(input) : input.length * BYTES_PER_GIVEN_TOKEN), 0);
  return wholeJob("embeddings", request.model, { operation: "embeddings", request }, textOf(bytes, inputs.length));
};

export const moderationsJob = (request: ModerationsRequest): Job => {
  const { input } = request;
  const parts = typeof input === "string" ? [input] : input;
  const texts = parts.map((part) => (typeof part === "string" ? part : part.type === "text" ? part.text : ""));
  const pictures = parts.filter((part) => typeof part !== "string" && part.type === "image_url").length;
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return wholeJob("moderations", request.model, { operation: "moderations", request }, { ...textOf(bytes, parts.length), mediaParts: pictures });
};

/** Every document is read together with the query. */
export const rerankJob = (request: RerankRequest): Job => {
  const { query, documents } = request;
  const bytes = documents.reduce<number>((sum, document) => sum + Buffer.byteLength(documentTextOf(document)), Buffer.byteLength(query) * documents.length);
  return wholeJob("rerank", request.model, { operation: "rerank", request }, textOf(bytes, documents.length + 1));
};

export const imageGenerationJob = (request: ImageGenerationRequest): Job => {
  const images = request.n ?? 1;
  return {
    surface: "images",
    modelAsked: request.model,
    stream: request.stream === true,
    demand: {
      prompt: textOf(Buffer.byteLength(request.prompt), 1),
      choices: images,
      outputAsked: pictureTokensMax(request),
      outputAt: pictureTokensAt,
      mediaOutput: true,
      units: { images },
    },
    offers: [{ operation: "image_generation", request }],
  };
};

/** Sound always streams: it can be heard before it is whole. */
export const speechJob = (request: SpeechRequest): Job => {
  const characters = charactersOf(request);
  return {
    surface: "speech",
    modelAsked: request.model,
    stream: true,
    demand: {
      prompt: textOf(Buffer.byteLength(request.input) + Buffer.byteLength(request.instructions ?? ""), 1),
      choices: 1,
      outputAsked: spokenTokensMax(characters),
      mediaOutput: true,
      units: { characters },
    },
    offers: [{ operation: "speech", request }],
  };
};

const textOf = (bytes: number, messages: number): PromptSize => ({ bytes, messages, mediaParts: 0 });

/** A job that is answered whole and generates nothing. */
const wholeJob = (surface: Surface, modelAsked: string, offer: Offered, prompt: PromptSize): Job => ({
  surface,
  modelAsked,
  stream: false,
  demand: { prompt, choices: 1, outputAsked: 0 },
  offers: [offer],
});
