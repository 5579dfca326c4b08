/** The wire of OpenAI's legacy completions as callers send it (https://platform.openai.com/docs/api-reference/completions). */
import * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";
import { refused, type Result } from "../kernel/result.ts";
import { hasMoreKeys, parseBody, tooMany } from "./caller-body.ts";

/** Each prompt is a call of its own. */
const PROMPTS_MAX = 64;
const LOGIT_BIAS_MAX = 1_024;
const STOP_CHARS_MAX = 1_000;
const TOKENS_MAX = 2 ** 31 - 1;

const Tokens = z.array(z.int().min(0).max(TOKENS_MAX)).min(1);
const penalty = z.number().min(-2).max(2);

/** `POST /v1/completions`. Fields that are not named here are kept and reach providers that speak this wire. */
export const CompletionsRequest = z.looseObject({
  model: z.string().min(1).max(256),
  /** Texts, or tokens of the model's own. */
  prompt: z.union([z.string(), z.array(z.string()).min(1), Tokens, z.array(Tokens).min(1)]),
  suffix: z.string().optional(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).optional(),
  max_tokens: z.int().min(1).max(TOKENS_MAX).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  n: z.int().min(1).max(128).optional(),
  best_of: z.int().min(1).max(128).optional(),
  echo: z.boolean().optional(),
  logprobs: z.int().min(0).max(5).optional(),
  stop: z.union([z.string().max(STOP_CHARS_MAX), z.array(z.string().max(STOP_CHARS_MAX)).max(4)]).optional(),
  presence_penalty: penalty.optional(),
  frequency_penalty: penalty.optional(),
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).optional(),
  seed: z.int().optional(),
  user: z.string().max(4_096).optional(),
});
export type CompletionsRequest = z.infer<typeof CompletionsRequest>;

/** One prompt: a text, or tokens. */
export type Prompt = string | readonly number[];

export function parseCompletionsRequest(value: unknown): Result<CompletionsRequest> {
  const parsed = parseBody(CompletionsRequest, value, obstacleOf);
  if (!parsed.ok) return parsed;
  const { stream, stream_options: options, n = 1, best_of: bestOf = n } = parsed.value;
  if (options !== undefined && stream !== true) return refused(invalid("stream_options", "needs stream to be true"));
  return bestOf < n ? refused(invalid("best_of", "must not be less than n")) : parsed;
}

const invalid = (param: string, text: string): Failure => failure("invalid_request", { param, publicText: `Invalid value for '${param}': ${text}` });

function obstacleOf({ prompt, logit_bias: logitBias }: Record<string, unknown>): Failure | undefined {
  if (Array.isArray(prompt) && prompt.length > PROMPTS_MAX && typeof prompt[0] !== "number") return tooMany("prompt", `more than ${PROMPTS_MAX} prompts`);
  return hasMoreKeys(logitBias, LOGIT_BIAS_MAX) ? tooMany("logit_bias", `more than ${LOGIT_BIAS_MAX} entries`) : undefined;
}

/** The prompts one by one. */
export function promptsOf({ prompt }: CompletionsRequest): readonly Prompt[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}
