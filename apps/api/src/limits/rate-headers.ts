/** Says a verdict in the headers that OpenAI's and Anthropic's clients read. */
import type { LimitKind } from "@switchyard/shared/domain/limit";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import type { LimitState, LimitVerdict } from "./limiter.ts";

/** Header names in lower case. */
export type RateHeaders = Readonly<Record<string, string>>;

const SECOND_MS = 1_000;

/** The kinds that each family of headers tells of: https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
const FAMILIES: Readonly<Record<string, readonly LimitKind[]>> = { requests: ["requests"], tokens: ["total_tokens", "input_tokens", "output_tokens"] };

/** Whole seconds, rounded up: who comes back then is admitted. At least one, for zero would mean "at once, again". */
export const retryAfterSeconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / SECOND_MS));

/** For requests and for tokens the headers of the limit that leaves the least, and `retry-after` for a refusal that time heals. No limit, no headers. */
export function rateHeaders(verdict: LimitVerdict): RateHeaders {
  const headers: Record<string, string> = {};
  for (const family in FAMILIES) {
    const tightest = tightestOf(verdict.states, FAMILIES[family] ?? []);
    if (!tightest) continue;
    headers[`x-ratelimit-limit-${family}`] = String(tightest.limit.max);
    headers[`x-ratelimit-remaining-${family}`] = String(tightest.remaining);
    headers[`x-ratelimit-reset-${family}`] = formatSpan(tightest.resetMs);
  }
  if (!verdict.allowed && Number.isFinite(verdict.retryAfterMs)) headers["retry-after"] = String(retryAfterSeconds(verdict.retryAfterMs));
  return headers;
}

/** https://platform.claude.com/docs/en/api/rate-limits#response-headers */
const MESSAGES_FAMILIES: Readonly<Record<string, readonly LimitKind[]>> = {
  ...FAMILIES,
  "input-tokens": ["input_tokens"],
  "output-tokens": ["output_tokens"],
};

/**
 * The same as Anthropic says it, beside the others: `tokens` is the limit that leaves the least, and resets are instants.
 * @param at when the limits were asked
 */
export function messagesRateHeaders({ states }: LimitVerdict, at: EpochMs): RateHeaders {
  const headers: Record<string, string> = {};
  for (const family in MESSAGES_FAMILIES) {
    const tightest = tightestOf(states, MESSAGES_FAMILIES[family] ?? []);
    if (!tightest) continue;
    headers[`anthropic-ratelimit-${family}-limit`] = String(tightest.limit.max);
    headers[`anthropic-ratelimit-${family}-remaining`] = String(tightest.remaining);
    headers[`anthropic-ratelimit-${family}-reset`] = formatInstant(at + tightest.resetMs);
  }
  return headers;
}

/** RFC 3339 in whole seconds, rounded up. */
const formatInstant = (ms: number): string => new Date(Math.ceil(ms / SECOND_MS) * SECOND_MS).toISOString().replace(".000Z", "Z");

function tightestOf(states: readonly LimitState[], kinds: readonly LimitKind[]): LimitState | undefined {
  let tightest: LimitState | undefined;
  for (const state of states) if (kinds.includes(state.limit.kind) && (tightest === undefined || isTighter(state, tightest))) tightest = state;
  return tightest;
}

const isTighter = (a: LimitState, b: LimitState): boolean => a.remaining < b.remaining || (a.remaining === b.remaining && a.resetMs > b.resetMs);

/** As OpenAI writes spans: `250ms`, `6s`, `1m30s`, `2h0m5s`. Rounded up. */
function formatSpan(milliseconds: number): string {
  if (milliseconds < SECOND_MS) return `${Math.ceil(milliseconds)}ms`;
  const seconds = Math.ceil(milliseconds / SECOND_MS);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
