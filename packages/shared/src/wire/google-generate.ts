/** The wire of Google's generateContent as callers send it (https://ai.google.dev/api/generate-content). */
import * as z from "zod";
import type { Result } from "../kernel/result.ts";
import { parseBody, tooMany } from "./caller-body.ts";

/** Bounds that keep the work for one request small, whatever its body holds. */
const CONTENTS_MAX = 20_000;
const PARTS_MAX = 10_000;
const TOOLS_MAX = 1_024;
const TOKENS_MAX = 2 ** 31 - 1;
const STOPS_MAX = 16;

const Json = z.record(z.string(), z.unknown());
const Part = z.looseObject({
  text: z.string().optional(),
  /** The text is a thought of the model. */
  thought: z.boolean().optional(),
  /** Proves a thought; goes back to Google unchanged. */
  thoughtSignature: z.string().optional(),
  inlineData: z.looseObject({ mimeType: z.string().min(1).max(256), data: z.string() }).optional(),
  fileData: z.looseObject({ mimeType: z.string().max(256).optional(), fileUri: z.string().max(8_192) }).optional(),
  functionCall: z.looseObject({ id: z.string().optional(), name: z.string().min(1).max(128), args: Json.optional() }).optional(),
  functionResponse: z.looseObject({ id: z.string().optional(), name: z.string().min(1).max(128), response: Json.optional() }).optional(),
});
export type GooglePart = z.infer<typeof Part>;

const Content = z.looseObject({ role: z.string().max(32).optional(), parts: z.array(Part).max(PARTS_MAX).default([]) });
export type GoogleContent = z.infer<typeof Content>;

const FunctionDeclaration = z.looseObject({
  name: z.string().min(1).max(128),
  description: z.string().optional(),
  /** In Google's subset of OpenAPI, types in capitals. */
  parameters: Json.optional(),
  parametersJsonSchema: Json.optional(),
});
/** Functions of the caller's; Google's own tools (search, code execution) are further fields. */
const Tool = z.looseObject({ functionDeclarations: z.array(FunctionDeclaration).max(TOOLS_MAX).optional() });

const GenerationConfig = z.looseObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().min(0).optional(),
  candidateCount: z.int().min(1).max(128).optional(),
  maxOutputTokens: z.int().min(1).max(TOKENS_MAX).optional(),
  stopSequences: z.array(z.string().max(1_000)).max(STOPS_MAX).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  responseMimeType: z.string().max(128).optional(),
  responseSchema: Json.optional(),
  responseJsonSchema: Json.optional(),
  responseLogprobs: z.boolean().optional(),
  logprobs: z.int().min(0).max(20).optional(),
  thinkingConfig: z
    .looseObject({
      thinkingBudget: z.int().min(-1).max(TOKENS_MAX).optional(),
      thinkingLevel: z.string().max(32).optional(),
      includeThoughts: z.boolean().optional(),
    })
    .optional(),
});
export type GenerationConfig = z.infer<typeof GenerationConfig>;

/** The body of `generateContent`, `streamGenerateContent` and, wrapped, of `countTokens`. Fields without a name here are dropped. */
export const GenerateRequest = z.looseObject({
  contents: z.array(Content).min(1).max(CONTENTS_MAX),
  systemInstruction: z.union([z.string(), Content]).optional(),
  tools: z.array(Tool).max(TOOLS_MAX).optional(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z
        .looseObject({ mode: z.string().max(32).optional(), allowedFunctionNames: z.array(z.string().max(128)).max(TOOLS_MAX).optional() })
        .optional(),
    })
    .optional(),
  generationConfig: GenerationConfig.optional(),
  cachedContent: z.string().max(1_024).optional(),
});
export type GenerateRequest = z.infer<typeof GenerateRequest>;

const CountBody = z.looseObject({ contents: z.array(Content).min(1).max(CONTENTS_MAX).optional(), generateContentRequest: GenerateRequest.optional() });

const obstacle = (body: Record<string, unknown>) =>
  Array.isArray(body["contents"]) && body["contents"].length > CONTENTS_MAX ? tooMany("contents", `more than ${CONTENTS_MAX} contents`) : undefined;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller */
export const parseGenerateRequest = (value: unknown): Result<GenerateRequest> => parseBody(GenerateRequest, value, obstacle);

/** What is to be counted: the whole request where one is given, else its contents alone. */
export function parseCountRequest(value: unknown): Result<GenerateRequest> {
  const body = parseBody(CountBody, value, obstacle);
  if (!body.ok) return body;
  const { generateContentRequest, contents } = body.value;
  return generateContentRequest ? { ok: true, value: generateContentRequest } : parseGenerateRequest({ contents });
}
