/** Knows what a limit promises, whoever counts. */
import type { Limit } from "@switchyard/shared/domain/principal";

/**
 * # The rule
 *
 * A limit of `max` requests in `windowSeconds` means: in *any* window of that length, wherever it begins, at most `max`
 * are admitted. Fixed windows break this (twice the limit around the full minute), and counters weighted between two
 * windows break it the other way, refusing who paces himself just below the limit. So nothing is approximated: the
 * instants of the last `max` admissions are kept in a ring. A request is admitted when fewer than `max` are kept, or when
 * the oldest kept one has left the window; it then takes that one's place. Either way one look at one place of the ring
 * decides, however large the limit is.
 *
 * Example, 3 in 10 s: admitted at 0, 4 and 9. At 9.5 the oldest (0) is still inside: refused, come back in 0.5 s. At 10
 * it is out: admitted, the ring is now 4, 9, 10. A refused request leaves no trace, so hammering does not postpone the
 * moment at which the next one is admitted.
 *
 * Several limits are taken all or none: each is asked first, and only if all admit does any keep the instant.
 *
 * # Who counts
 *
 * One node counts in memory (`limiter.memory.ts`). Several nodes count in Redis, in one script and by Redis' own clock
 * (`limiter.redis.ts`), and each node *also* keeps its own admissions. Those are some of the truth, never more, so the
 * node may refuse by them without asking; and when Redis is lost or comes back empty, the node goes on from what it
 * knows. One node therefore never admits more than the limit across any loss of Redis, and n nodes at most n times it
 * while they cannot talk.
 *
 * # What can go wrong
 *
 * Redis slow or gone: no request waits for it longer than 50 ms, and after three failures nobody waits for a second
 * (`breaker.ts`). Too many scopes: idle ones are dropped, they would be empty anyway.
 */
export interface Limiter {
  /**
   * Asks to admit one request of `scope` under all `limits`, at once when counted here. Without limits it is admitted.
   * Never throws.
   */
  take(scope: string, limits: readonly Limit[]): LimitVerdict | Promise<LimitVerdict>;
  close(): Promise<void>;
}

export interface LimitState {
  readonly limit: Limit;
  /** How many more would be admitted now. */
  readonly remaining: number;
  /** Milliseconds until everything is free again, if nothing more is asked. */
  readonly resetMs: number;
}

export interface LimitVerdict {
  readonly allowed: boolean;
  /** Milliseconds until it makes sense to ask again; 0 when allowed. */
  readonly retryAfterMs: number;
  /** One for each limit, in the order they were given; the same limit given twice is one. */
  readonly states: readonly LimitState[];
}

export const UNLIMITED: LimitVerdict = { allowed: true, retryAfterMs: 0, states: [] };

/** What a limit is counted under. One that is changed begins anew: what was admitted under the old one was counted by another measure. */
export const nameOf = (limit: Limit): string => `${limit.kind}:${limit.max}:${limit.windowSeconds}`;

/** The limits without repetitions. A request counts once under each. */
export const distinct = (limits: readonly Limit[]): readonly Limit[] =>
  limits.length < 2 ? limits : [...new Map(limits.map((limit) => [nameOf(limit), limit])).values()];
