/** The form fields of `POST /api/llm/video/analyze`; the film comes as the file. */
import * as z from "zod";
import type { Result } from "../kernel/result.ts";
import { parseBody } from "./caller-body.ts";

export const VideoFields = z.looseObject({
  prompt: z.string().min(1).max(100_000),
  /** Left out: the best target that can see films. */
  model: z.string().min(1).max(256).default("auto"),
  systemPrompt: z.string().max(100_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  /** Pictures a second that are to be seen. */
  framerate: z.number().min(0.1).max(24).optional(),
});
export type VideoFields = z.infer<typeof VideoFields>;

/** @returns the fields, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseVideoFields = (value: unknown): Result<VideoFields> => parseBody(VideoFields, value);
