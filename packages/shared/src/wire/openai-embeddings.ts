/** The wire of OpenAI's embeddings as callers send it. */
import * as z from "zod";
import type { Failure } from "../kernel/failure.ts";
import type { Result } from "../kernel/result.ts";
import { parseBody, tooMany } from "./caller-body.ts";

/** OpenAI's own bounds: 2,048 inputs a call. A single input of tokens is as long as a model's context at most. */
const INPUTS_MAX = 2_048;
const TOKENS_MAX = 32_768;
const DIMENSIONS_MAX = 65_536;

const Token = z.int().min(0);

/** `POST /v1/embeddings`. Fields that are not named here are kept and reach providers of the OpenAI family. */
export const EmbeddingsRequest = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(INPUTS_MAX),
    z.array(Token).min(1).max(TOKENS_MAX),
    z.array(z.array(Token).min(1).max(TOKENS_MAX)).min(1).max(INPUTS_MAX),
  ]),
  encoding_format: z.enum(["float", "base64"]).optional(),
  dimensions: z.int().min(1).max(DIMENSIONS_MAX).optional(),
  user: z.string().max(4_096).optional(),
});
export type EmbeddingsRequest = z.infer<typeof EmbeddingsRequest>;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseEmbeddingsRequest = (value: unknown): Result<EmbeddingsRequest> => parseBody(EmbeddingsRequest, value, tooManyInputs);

function tooManyInputs({ input }: Record<string, unknown>): Failure | undefined {
  if (!Array.isArray(input)) return undefined;
  const max = typeof input[0] === "number" ? TOKENS_MAX : INPUTS_MAX;
  return input.length > max ? tooMany("input", `more than ${max} ${typeof input[0] === "number" ? "tokens in one input" : "inputs"}`) : undefined;
}

/** One text or one list of tokens for each vector that is wanted, in order. */
export function inputsOf({ input }: EmbeddingsRequest): readonly (string | readonly number[])[] {
  if (typeof input === "string") return [input];
  return typeof input[0] === "number" ? [input as number[]] : (input as (string | number[])[]);
}
