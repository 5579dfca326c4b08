/** Reads Anthropic's usage, whose parts come in two events and never overlap but for thinking. */
import { furtherOf, takeFrom, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { fieldsOf } from "../openai-dialect/fields.ts";

/** Counts as told so far; each report replaces those it names, because all are cumulative. */
export interface UsageCounts {
  readonly input?: number;
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
  /** Of `cacheWrite`, what is kept for an hour. */
  readonly cacheWriteLong?: number;
  readonly searches?: number;
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
    cacheWriteLong: tokenCount(fieldsOf(fields["cache_creation"])?.["ephemeral_1h_input_tokens"]),
    searches: tokenCount(fieldsOf(fields["server_tool_use"])?.["web_search_requests"]),
    output: tokenCount(fields["output_tokens"]),
    thinking: tokenCount(fieldsOf(fields["output_tokens_details"])?.["thinking_tokens"]),
  };
  return { ...counts, ...Object.fromEntries(Object.entries(told).filter(([, count]) => count !== undefined)) };
}

/** @returns undefined when the prompt's or the output's count was never told. */
export function usageOf({ input, cachedInput = 0, cacheWrite = 0, cacheWriteLong = 0, searches = 0, output, thinking = 0 }: UsageCounts): Usage | undefined {
  if (input === undefined || output === undefined) return undefined;
  const reasoning = Math.min(thinking, output);
  const written = { left: cacheWrite };
  const further = furtherOf({ cacheWriteLong: takeFrom(written, cacheWriteLong), searches });
  return { input, cachedInput, cacheWrite: written.left, output: output - reasoning, reasoning, ...further };
}
