/** Usage in the words of OpenAI's chat and completions, with the exact charge. */
import { cachedTokensOf, cacheWriteTokensOf, completionTokensOf, promptTokensOf } from "@switchyard/shared/domain/usage";
import { formatUsd } from "@switchyard/shared/kernel/money";
import type { Bill } from "../../gateway/call-event.ts";

/** The provider's own usage object where there is one, ours where not; always with the cost. */
export function usageWithCost(reported: unknown, { usage, cost }: Bill): Record<string, unknown> {
  if (typeof reported === "object" && reported !== null) return { ...reported, cost: formatUsd(cost) };
  const prompt = promptTokensOf(usage);
  const completion = completionTokensOf(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cachedTokensOf(usage),
      cache_write_tokens: cacheWriteTokensOf(usage),
      audio_tokens: (usage.audioInput ?? 0) + (usage.cachedAudioInput ?? 0),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning, audio_tokens: usage.audioOutput ?? 0 },
    cost: formatUsd(cost),
  };
}
