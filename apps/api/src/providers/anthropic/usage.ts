/** Reads Anthropic's usage, whose parts come in two events and never overlap but for thinking. */
import { tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { fieldsOf } from "../openai-dialect/fields.ts";

/** Counts as told so far; each report replaces those it names, because all are cumulative. */
export interface UsageCounts {
  readonly input?: number;
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
  readonly output?: number;
  readonly thinking?: number;
}

/** The counts after one more report; implausible ones change nothing. */
export function withReport(counts: UsageCounts, report: unknown): UsageCounts {
  const fields = fieldsOf(report);
  if (!fields) return counts;
  const told = {
    input: tokenCount(fields["input_tokens"]),
    cachedInput: tokenCount(fields["cache_read_input_tokens"]),
    cacheWrite: tokenCount(fields["cache_creation_input_tokens"]),
    output: tokenCount(fields["output_tokens"]),
    thinking: tokenCount(fieldsOf(fields["output_tokens_details"])?.["thinking_tokens"]),
  };
  return { ...counts, ...Object.fromEntries(Object.entries(told).filter(([, count]) => count !== undefined)) };
}

/** @returns undefined when the prompt's or the output's count was never told. */
export function usageOf({ input, cachedInput = 0, cacheWrite = 0, output, thinking = 0 }: UsageCounts): Usage | undefined {
  if (input === undefined || output === undefined) return undefined;
  const reasoning = Math.min(thinking, output);
  return { input, cachedInput, cacheWrite, output: output - reasoning, reasoning };
}
