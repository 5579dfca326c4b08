/** The wire of OpenAI's image generation and edit as callers send it. */
import * as z from "zod";
import type { Result } from "../kernel/result.ts";
import { parseBody } from "./caller-body.ts";

const PROMPT_CHARS_MAX = 32_000;
/** Names of sizes, qualities and formats differ between models; the provider knows which it has. */
const Name = z.string().min(1).max(32);

/** What generation and edit share. Multipart forms carry the numbers as text. */
const common = {
  prompt: z.string().min(1).max(PROMPT_CHARS_MAX),
  n: z.int().min(1).max(10).optional(),
  size: Name.optional(),
  quality: Name.optional(),
  background: Name.optional(),
  response_format: z.enum(["url", "b64_json"]).optional(),
  output_format: Name.optional(),
  output_compression: z.int().min(0).max(100).optional(),
  partial_images: z.int().min(0).max(3).optional(),
  stream: z.boolean().optional(),
  user: z.string().max(4_096).optional(),
};

/** `POST /v1/images/generations`. Without a model it is the one that OpenAI documents. */
export const ImageGenerationRequest = z.looseObject({
  model: z.string().min(1).max(256).default("dall-e-2"),
  ...common,
  moderation: Name.optional(),
  style: Name.optional(),
});
export type ImageGenerationRequest = z.infer<typeof ImageGenerationRequest>;

/** The fields of `POST /v1/images/edits`; its pictures come as files. */
export const ImageEditFields = z.looseObject({
  model: z.string().min(1).max(256).default("gpt-image-1.5"),
  ...common,
  input_fidelity: Name.optional(),
});
export type ImageEditFields = z.infer<typeof ImageEditFields>;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseImageGenerationRequest = (value: unknown): Result<ImageGenerationRequest> => parseBody(ImageGenerationRequest, value);
export const parseImageEditFields = (value: unknown): Result<ImageEditFields> => parseBody(ImageEditFields, value);
