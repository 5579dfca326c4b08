/** One clear error for a call that no target could answer: how many failed by which reason, and when it is worth asking again. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import { failure, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { VERDICTS } from "./failover.ts";
import type { Skipped } from "./plan.ts";

export interface TargetFailure {
  readonly kind: ProviderFailureKind;
  readonly retryAfterMs?: number | undefined;
  readonly publicText?: string | undefined;
  readonly param?: string | undefined;
  readonly detail?: string | undefined;
}

/** What reasons are called in front of a client: closed words of ours, never a provider's. */
const WORDS: Readonly<Partial<Record<ProviderFailureKind, string>>> = {
  overloaded: "overloaded",
  rate_limited: "at its rate limit",
  at_limit: "at the limit set for it",
  quota_exhausted: "without quota",
  unsupported: "cannot do this",
  timeout: "too slow",
  connection: "not reachable",
  bad_credentials: "refused the gateway's credentials",
  not_found: "does not have the model",
  unavailable: "unavailable",
  protocol: "answered nonsense",
  empty: "answered nothing",
  keyword: "answered with a failure",
  incomplete: "broke off",
};
const wordOf = (kind: ProviderFailureKind): string => WORDS[kind] ?? kind.replaceAll("_", " ");

export interface Tried {
  /** In the order of the attempts. */
  readonly failures: readonly TargetFailure[];
  readonly skipped: readonly Skipped[];
  /** When each target that was tried may be asked again: now, or at the end of its rest. */
  readonly freeAt: readonly EpochMs[];
  readonly now: EpochMs;
}

/** What the client is told: a provider's own words only where the client caused the failure. */
export function failureOfAll({ failures, skipped, freeAt, now }: Tried): Failure {
  const last = failures.at(-1);
  const resting = skipped.flatMap(({ rest }) => (rest ? [rest] : []));
  if (!last) return resting.length > 0 ? allRest(skipped, now) : failure("service_unavailable", { detail: "no target was left to try" });
  const verdict = VERDICTS[last.kind];
  const detail = `${failures.length} attempt${failures.length === 1 ? "" : "s"}; the last: ${last.kind}${last.detail ? ` (${last.detail})` : ""}`;
  if (verdict.clientFault) {
    return failure(verdict.code, {
      ...(last.publicText === undefined ? {} : { publicText: last.publicText }),
      ...(last.param === undefined ? {} : { param: last.param }),
      detail,
    });
  }
  const asked = failures.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]));
  const soonest = Math.min(...freeAt.map((at) => at - now), ...resting.map(({ until }) => until - now));
  // A target that may be asked at once is no reason to wait, unless each of them asked for it.
  const retryAfterMs = soonest > 0 && Number.isFinite(soonest) ? soonest : asked.length === failures.length ? Math.min(...asked) : undefined;
  const plain = failures.length + resting.length < 2;
  const publicText = plain ? publicTextOf(failure(verdict.code)) : `${countsOf(failures, skipped)}${againIn(retryAfterMs)}`;
  return failure(verdict.code, { publicText, ...(retryAfterMs === undefined ? {} : { retryAfterMs }), detail });
}

/** Every target of the model is left alone just now. */
export function allRest(skipped: readonly Skipped[], now: EpochMs): Failure {
  const resting = skipped.flatMap(({ rest }) => (rest ? [rest] : []));
  const retryAfterMs = Math.max(1, Math.min(...resting.map(({ until }) => until - now)));
  const code = resting.some(({ reason }) => reason === "rate_limited") ? "provider_rate_limited" : "overloaded";
  return failure(code, { publicText: `${countsOf([], skipped)}${againIn(retryAfterMs)}`, retryAfterMs, detail: "every target rests" });
}

const againIn = (ms: number | undefined): string => (ms === undefined ? "" : ` Try again in ${Math.max(1, Math.ceil(ms / 1_000))} s.`);

/** "No target of this model can answer now: 2 too slow, 1 overloaded; 1 left alone since it was at its rate limit." */
function countsOf(failures: readonly TargetFailure[], skipped: readonly Skipped[]): string {
  const tried = tally(failures.map(({ kind }) => wordOf(kind)));
  const rested = tally(skipped.flatMap(({ rest }) => (rest ? [wordOf(rest.reason)] : [])));
  const parts = [...(tried ? [tried] : []), ...(rested ? [`left alone for a while: ${rested}`] : [])];
  return `No target of this model can answer now: ${parts.join("; ")}.`;
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}
