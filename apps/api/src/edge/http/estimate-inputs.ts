/** What the estimates of tokens and cost are asked with. */
import * as z from "zod";
import { SERVICE_TIERS } from "@switchyard/shared/domain/service-tier";

const TOKENS_MAX = 1_000_000_000;
const BATCH_MAX = 1_000;

const modelName = z.string().min(1).max(300);
const tokens = z.int().min(0).max(TOKENS_MAX);
export const tokenEstimate = z.object({ model: modelName, text: z.string() });
/** `inputTokens` is the whole prompt, cached and cache-written tokens included; without `serviceTier` it is ordinary service. */
export const costEstimate = z
  .object({
    modelId: modelName,
    inputTokens: tokens,
    outputTokens: tokens,
    cacheWriteTokens: tokens.optional(),
    cacheReadTokens: tokens.optional(),
    serviceTier: z.enum(SERVICE_TIERS).optional(),
  })
  .refine(({ inputTokens, cacheWriteTokens = 0, cacheReadTokens = 0 }) => cacheWriteTokens + cacheReadTokens <= inputTokens, {
    path: ["inputTokens"],
    message: "must be at least cacheWriteTokens and cacheReadTokens together",
  });
export const batchEstimate = z.object({ requests: z.array(costEstimate).min(1).max(BATCH_MAX) });
