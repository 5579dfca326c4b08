/** Says a verdict in the headers that OpenAI's clients read. */
import type { LimitState, LimitVerdict } from "./limiter.ts";

/** Header names in lower case. */
export type RateHeaders = Readonly<Record<string, string>>;

const SECOND_MS = 1_000;

/** Whole seconds, rounded up: who comes back then is admitted. At least one, for zero would mean "at once, again". */
export const retryAfterSeconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / SECOND_MS));

/** The headers of the limit that leaves the least, and `retry-after` for a refusal. No limit, no headers. */
export function rateHeaders(verdict: LimitVerdict): RateHeaders {
  const tightest = verdict.states.reduce<LimitState | undefined>((least, state) => (least === undefined || isTighter(state, least) ? state : least), undefined);
  return {
    ...(tightest && {
      "x-ratelimit-limit-requests": String(tightest.limit.max),
      "x-ratelimit-remaining-requests": String(tightest.remaining),
      "x-ratelimit-reset-requests": formatSpan(tightest.resetMs),
    }),
    ...(verdict.allowed ? {} : { "retry-after": String(retryAfterSeconds(verdict.retryAfterMs)) }),
  };
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
