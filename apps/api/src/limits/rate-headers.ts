/** Says a verdict in the headers that OpenAI's clients read. */
import type { LimitKind } from "@switchyard/shared/domain/limit";
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
