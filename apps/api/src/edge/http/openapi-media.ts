/** The doors for vectors, verdicts, pictures and sound in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import * as z from "zod";
import { EmbeddingsRequest } from "@switchyard/shared/wire/openai-embeddings";
import { SpeechRequest, TranscriptionFields, TranslationFields } from "@switchyard/shared/wire/openai-audio";
import { ImageEditFields, ImageGenerationRequest } from "@switchyard/shared/wire/openai-images";
import { ModerationsRequest } from "@switchyard/shared/wire/openai-moderations";
import { VideoFields } from "@switchyard/shared/wire/video";
import { RerankRequest } from "@switchyard/shared/wire/rerank";
import { body, byKey, inferenceErrors, json } from "./openapi-parts.ts";

const PromptUsage = z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int(), cost: z.string().describe("Dollars, exact") }).meta({ id: "PromptUsage" });
const Embeddings = z
  .looseObject({
    object: z.literal("list"),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal("embedding"),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string()]).describe("Numbers, or base64 of little-endian 32-bit floats, as asked for"),
      }),
    ),
    usage: PromptUsage,
  })
  .meta({ id: "Embeddings" });
const Moderation = z.looseObject({ id: z.string(), model: z.string(), results: z.array(z.looseObject({ flagged: z.boolean() })) }).meta({ id: "Moderation" });
const Reranked = z
  .looseObject({
    id: z.string(),
    model: z.string(),
    results: z.array(z.object({ index: z.int(), relevance_score: z.number(), document: z.object({ text: z.string() }).optional() })),
    usage: PromptUsage,
  })
  .meta({ id: "Reranked" });

const Images = z
  .looseObject({
    created: z.int(),
    data: z.array(z.looseObject({ b64_json: z.string().optional(), url: z.string().optional() })),
    usage: z.looseObject({ cost: z.string() }).optional(),
  })
  .meta({ id: "Images" });
const eventStream = { "text/event-stream": { schema: z.string() } };
const sound = Object.fromEntries(
  ["audio/mpeg", "audio/opus", "audio/aac", "audio/flac", "audio/wav", "audio/pcm"].map((type) => [type, { schema: z.string() }]),
);

const file = z.string().meta({ format: "binary" });
const Transcript = z.looseObject({ text: z.string(), usage: z.looseObject({ cost: z.string() }).optional() }).meta({ id: "Transcript" });
const transcript = { "application/json": { schema: Transcript }, "text/plain": { schema: z.string() }, "text/vtt": { schema: z.string() } };
const formDoor = (operationId: string, summary: string, schema: z.ZodType, content: Record<string, { schema: z.ZodType }>) => ({
  post: {
    operationId,
    summary,
    security: byKey,
    requestBody: { required: true, content: { "multipart/form-data": { schema } } },
    responses: { "200": { description: "The answer", content }, ...inferenceErrors },
  },
});

const jsonDoor = (operationId: string, summary: string, request: z.ZodType, answer: z.ZodType) => ({
  post: {
    operationId,
    summary,
    security: byKey,
    requestBody: body(request),
    responses: { "200": json(answer, "The answer"), ...inferenceErrors },
  },
});

export const mediaPaths: ZodOpenApiPathsObject = {
  "/v1/embeddings": jsonDoor("createEmbedding", "Vectors of texts or tokens", EmbeddingsRequest, Embeddings),
  "/v1/moderations": jsonDoor("createModeration", "Verdicts on texts and pictures", ModerationsRequest, Moderation),
  "/v1/rerank": jsonDoor("rerank", "Documents by their relevance to a query", RerankRequest, Reranked),
  "/v1/images/generations": {
    post: {
      operationId: "createImage",
      summary: "Pictures from words",
      security: byKey,
      requestBody: body(ImageGenerationRequest),
      responses: {
        "200": {
          description: "The pictures, or server-sent events when `stream` is true",
          content: { "application/json": { schema: Images }, ...eventStream },
        },
        ...inferenceErrors,
      },
    },
  },
  "/v1/images/edits": formDoor(
    "createImageEdit",
    "Pictures from pictures and words; up to 16 of 50 MiB",
    ImageEditFields.extend({ "image[]": z.array(file), mask: file.optional() }),
    { "application/json": { schema: Images }, ...eventStream },
  ),
  "/v1/audio/transcriptions": formDoor("createTranscription", "What is said in a sound of up to 25 MiB", TranscriptionFields.extend({ file }), {
    ...transcript,
    ...eventStream,
  }),
  "/v1/audio/translations": formDoor("createTranslation", "What is said, in English; up to 25 MiB", TranslationFields.extend({ file }), transcript),
  "/api/audio/transcriptions": formDoor("createLongTranscription", "What is said in a sound of up to 100 MiB", TranscriptionFields.extend({ file }), {
    ...transcript,
    ...eventStream,
  }),
  "/api/llm/video/analyze": formDoor("analyzeVideo", "What is to be seen in a film of up to 100 MiB", VideoFields.extend({ video: file }), {
    "application/json": { schema: z.object({ id: z.string(), model: z.string(), analysis: z.string(), usage: PromptUsage }) },
  }),
  "/v1/audio/speech": {
    post: {
      operationId: "createSpeech",
      summary: "Words spoken; sound as it is made",
      security: byKey,
      requestBody: body(SpeechRequest),
      responses: {
        "200": { description: "The sound in `response_format`, or server-sent events with `stream_format: sse`", content: { ...sound, ...eventStream } },
        ...inferenceErrors,
      },
    },
  },
};
