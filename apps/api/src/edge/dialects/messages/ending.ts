/** How an answer ended and what it consumed, in Anthropic's words. */
import type { Usage } from "@switchyard/shared/domain/usage";
import { completionTokensOf } from "@switchyard/shared/domain/usage";
import { formatUsd, type NanoUsd } from "@switchyard/shared/kernel/money";

/** What a chat tells about its end. */
export interface ChatEnd {
  readonly finishReason: string | undefined;
  readonly hasToolUse: boolean;
  readonly hasRefusal: boolean;
  /** The stop sequence that was met, where a server tells it (vLLM, SGLang); a chat has no word for it. */
  readonly stopSequence: string | undefined;
}

export interface Stop {
  readonly stop_reason: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";
  readonly stop_sequence: string | null;
}

export function stopOf({ finishReason, hasToolUse, hasRefusal, stopSequence }: ChatEnd): Stop {
  if (finishReason === "length") return { stop_reason: "max_tokens", stop_sequence: null };
  if (finishReason === "content_filter" || hasRefusal) return { stop_reason: "refusal", stop_sequence: null };
  // Some servers say "stop" although calls were made; clients carry them out only when they are told to.
  if (hasToolUse || finishReason === "tool_calls" || finishReason === "function_call")
    return { stop_reason: hasToolUse ? "tool_use" : "end_turn", stop_sequence: null };
  return stopSequence === undefined ? { stop_reason: "end_turn", stop_sequence: null } : { stop_reason: "stop_sequence", stop_sequence: stopSequence };
}

/** The sequence of the request that this chat choice says it met. */
export function stopSequenceOf(choice: Readonly<Record<string, unknown>>, asked: readonly string[] | undefined): string | undefined {
  const told = choice["stop_reason"] ?? choice["matched_stop"];
  return typeof told === "string" && asked?.includes(told) === true ? told : undefined;
}

/** Anthropic's usage: parts that do not overlap, thinking within the output; `cost` in dollars is ours. */
export function messagesUsage({ usage, cost }: { readonly usage: Usage; readonly cost: NanoUsd }): Record<string, unknown> {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cachedInput,
    output_tokens: completionTokensOf(usage),
    output_tokens_details: { thinking_tokens: usage.reasoning },
    cost: formatUsd(cost),
  };
}
