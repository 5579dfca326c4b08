/** The wire of OpenAI's audio as callers send it: speech, and the form fields of transcription and translation. */
import * as z from "zod";
import type { Result } from "../kernel/result.ts";
import { parseBody } from "./caller-body.ts";

const SPOKEN_CHARS_MAX = 4_096;

/** `POST /v1/audio/speech`. */
export const SpeechRequest = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.string().min(1).max(SPOKEN_CHARS_MAX),
  voice: z.union([z.string().min(1).max(256), z.looseObject({ id: z.string().min(1).max(256) })]),
  instructions: z.string().max(SPOKEN_CHARS_MAX).optional(),
  response_format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).optional(),
  speed: z.number().min(0.25).max(4).optional(),
  stream_format: z.enum(["audio", "sse"]).optional(),
});
export type SpeechRequest = z.infer<typeof SpeechRequest>;

/** Characters to be spoken, as providers count them: a character beyond 16 bits is one. */
export function charactersOf({ input }: SpeechRequest): number {
  let count = 0;
  for (const _ of input) count += 1;
  return count;
}

const shared = {
  model: z.string().min(1).max(256),
  prompt: z.string().max(32_000).optional(),
  temperature: z.number().min(0).max(1).optional(),
};

export const TRANSCRIPT_FORMATS = ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** The fields of `POST /v1/audio/transcriptions`; the sound comes as the file. Fields that are not named here are kept. */
export const TranscriptionFields = z.looseObject({
  ...shared,
  language: z.string().max(64).optional(),
  response_format: z.enum(TRANSCRIPT_FORMATS).default("json"),
  stream: z.boolean().optional(),
});
export type TranscriptionFields = z.infer<typeof TranscriptionFields>;

/** The fields of `POST /v1/audio/translations`. */
export const TranslationFields = z.looseObject({
  ...shared,
  response_format: z.enum(["json", "text", "srt", "verbose_json", "vtt"]).default("json"),
});
export type TranslationFields = z.infer<typeof TranslationFields>;

/** @returns the request, or `invalid_request` with `param` and a text that may reach the caller. */
export const parseSpeechRequest = (value: unknown): Result<SpeechRequest> => parseBody(SpeechRequest, value);
export const parseTranscriptionFields = (value: unknown): Result<TranscriptionFields> => parseBody(TranscriptionFields, value);
export const parseTranslationFields = (value: unknown): Result<TranslationFields> => parseBody(TranslationFields, value);
