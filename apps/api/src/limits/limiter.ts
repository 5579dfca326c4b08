/** Knows what a limit promises, whoever counts. */
import type { Limit, LimitKind, LimitOwner, Load } from "@switchyard/shared/domain/limit";

/**
 * # The rule
 *
 * A limit of `max` in `windowSeconds` means: in *any* window of that length, wherever it begins, at most `max` is admitted.
 * Fixed windows break this (twice the limit around the full minute), and counters weighted between two windows break it
 * the other way, refusing who paces himself just below the limit. So nothing is approximated: the instants and weights of
 * the last admissions are kept in a ring (`window.ts`). Something is admitted when it and all that the window still holds
 * are within `max`; else it comes back when enough of the oldest has left.
 *
 * Example, 3 requests in 10 s: admitted at 0, 4 and 9. At 9.5 the oldest (0) is still inside: refused, come back in 0.5 s.
 * At 10 it is out: admitted, the ring is now 4, 9, 10. A refused request leaves no trace, so hammering does not postpone the
 * moment at which the next one is admitted.
 *
 * Beyond 512 admissions in a window, those of one 512th of it share a place and leave together with their newest: memory is
 * bounded whatever the limit, never more than `max` is admitted, and who paces below 99.8 % of it notices nothing.
 *
 * Tokens and cost are known only afterwards. A call is taken with the most it can become (what its hold is made of) and
 * corrected to what it became; the difference is free again at once, and it counts at the instant it was admitted.
 * Calls under way at once are leases: given back at the end, and run out by themselves when their node dies.
 *
 * All limits of a call are taken or none: each is asked first, and only if all admit does any keep it.
 *
 * # Who counts
 *
 * One node counts in memory (`limiter.memory.ts`). Several nodes count in one place (`limiter.shared.ts`): in Redis, in one script
 * and by its own clock (`limiter.redis.ts`), and each node *also* keeps its own admissions. Those are some of the truth, never
 * more, so the node may refuse by them without asking.
 *
 * A node that gets no answer decides alone: it has its share of each limit, one of n nodes an nth, rounded up, and never more than
 * what the others were not known to have used when they were last heard of. Nobody forgets what happened meanwhile. An answer
 * that comes too late says whether the admission counts for all; one that does not is told after the fact, for the instant at which
 * it happened, and counts even beyond the limit; and one that was counted but refused here is taken back.
 *
 * # What can go wrong
 *
 * Redis late: a request waits through a silence of 80 ms (`patience.ts`), in which time that this program was busy itself does not
 * count; as long as Redis says anything to anybody, it is there. Its limits stay exact. In a longer silence the nodes stay below
 * the limit together, except where one of them took more than its share and the others could not hear of it any more.
 * Redis gone: known at once when the connection is lost, else after one such silence, and then nobody waits. Redis back and
 * empty: each node's own count has the last word. Too many scopes: idle ones are dropped, they would be empty anyway. What cannot
 * be told to Redis is kept and sent again, up to a bound; should it be lost, what was corrected is counted as more than it was
 * until the window has passed, and what was admitted alone counts for nobody else. Both are metrics.
 */
export interface Limiter {
  /**
   * Asks to admit one call under all `bounds`, at once when counted here. Without bounds it is admitted. Never throws.
   * A verdict that allows is to be finished exactly once, with what the call became.
   */
  take(bounds: readonly Bound[], load: Load): LimitVerdict | Promise<LimitVerdict>;
  /** How much of each is used now, without taking anything; one for each, in their order. Never throws. */
  usage(bounds: readonly Bound[]): Promise<readonly BoundUsage[]>;
  close(): Promise<void>;
}

export interface BoundUsage {
  readonly used: number;
  /** Milliseconds until everything is free again, if nothing more is asked; 0 where nothing is used. */
  readonly resetMs: number;
  /** False when other nodes could not be asked: what they used is not in it. */
  readonly shared: boolean;
}

/** A limit of somebody. */
export interface Bound {
  readonly owner: LimitOwner;
  readonly limit: Limit;
  /** What it is counted under. */
  readonly name: string;
}

/**
 * A limit is counted under its owner, kind and window: when its `max` changes it goes on with what was admitted so far.
 * @param id tells owners of one kind apart
 */
export const boundOf = (owner: LimitOwner, id: string, limit: Limit): Bound => ({ owner, limit, name: `${owner}:${id}:${limit.kind}:${limit.windowSeconds}` });

/** The bounds of an owner: of several that are counted as one, the narrowest. */
export function boundsOf(owner: LimitOwner, id: string, limits: readonly Limit[]): readonly Bound[] {
  const narrowest = new Map<string, Bound>();
  for (const limit of limits) {
    const bound = boundOf(owner, id, limit);
    const other = narrowest.get(bound.name);
    if (!other || limit.max < other.limit.max) narrowest.set(bound.name, bound);
  }
  return [...narrowest.values()];
}

export interface LimitState {
  readonly owner: LimitOwner;
  readonly limit: Limit;
  /** How much more would be admitted now; after an admission, what it left. */
  readonly remaining: number;
  /** Milliseconds until everything is free again, if nothing more is asked. */
  readonly resetMs: number;
  /** Milliseconds until this limit would admit; 0 when it does, infinite when the call alone is more than the limit. */
  readonly waitMs: number;
}

export interface LimitVerdict {
  readonly allowed: boolean;
  /** Milliseconds until it makes sense to ask again; 0 when allowed, infinite when it never will. */
  readonly retryAfterMs: number;
  /** One for each bound, in their order. */
  readonly states: readonly LimitState[];
  /**
   * The call is over: its leases are given back and what it was taken for becomes what it was. Only the first time counts.
   * A promise where others have to be told that a lease is free: who waits for it may let the next call come from anywhere.
   */
  readonly finish: Finish;
}

export type Finish = (spent: Load) => void | Promise<void>;

const nothingToFinish = (): void => {};
export const UNLIMITED: LimitVerdict = { allowed: true, retryAfterMs: 0, states: [], finish: nothingToFinish };
export const refusedBy = (states: readonly LimitState[]): LimitVerdict => ({
  allowed: false,
  retryAfterMs: Math.max(...states.map((state) => state.waitMs)),
  states,
  finish: nothingToFinish,
});

/** When calls under way have to end before the next: nobody knows, so it is tried again soon. */
export const CONCURRENCY_WAIT_MS = 1_000;
/** Kinds whose weight is only known when the call is over. */
export const isCorrected = (kind: LimitKind): boolean => kind !== "requests" && kind !== "concurrency";
