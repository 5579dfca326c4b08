/** Counts admissions in the memory of this process. */
import type { Load } from "@switchyard/shared/domain/limit";
import type { Clock } from "@switchyard/shared/kernel/time";
import { CONCURRENCY_WAIT_MS, isCorrected, refusedBy, UNLIMITED, type Bound, type Limiter, type LimitState, type LimitVerdict } from "./limiter.ts";
import type { OthersUse } from "./others-use.ts";
import { SlidingWindow } from "./window.ts";

/** Counts kept; beyond them the one asked longest ago is dropped. */
const COUNTS_MAX = 100_000;
/** How many counts each kept admission looks at to drop idle ones: as many as it can add, and one more. */
const SWEEP_PER_ADMISSION = 2;
const SECOND_MS = 1_000;

interface Count {
  readonly window: SlidingWindow;
  /** When the last admission has left the window: from then on the count says nothing. */
  idleAt: number;
}

/** What a node that cannot ask knows of the others. */
export interface Alone {
  /** How many nodes there are, itself included. */
  readonly nodes: number;
  /** How much of a bound the others had used when they were last heard of, as long as it counts. */
  readonly others: (name: string) => OthersUse | undefined;
}
const EVERYTHING: Alone = { nodes: 1, others: () => undefined };

/** A limiter that can also be asked without taking, for the node that keeps its own count beside Redis'. */
export interface MemoryLimiter extends Limiter {
  /** @param alone counts for itself as one of several: it admits its share of what the others have left, or a single call that is larger than its share */
  take(bounds: readonly Bound[], load: Load, alone?: Alone): LimitVerdict;
  /** What `take` would answer, without taking. */
  look(bounds: readonly Bound[], load: Load): LimitVerdict;
  /** How much of a bound was admitted here and counts now. */
  used(bound: Bound): number;
  /** How many counts are kept. */
  readonly size: number;
}

/** @param clock only its monotonic time is used */
export function createMemoryLimiter(clock: Clock, countsMax = COUNTS_MAX): MemoryLimiter {
  // In the order of the last admission, the longest ago first.
  const counts = new Map<string, Count>();
  /** Calls under way by the name of their bound; never dropped while there are any. */
  const underway = new Map<string, number>();

  const stateOf = (bound: Bound, load: Load, now: number, alone: Alone): LimitState => {
    const { owner, limit, name } = bound;
    const { kind, max } = limit;
    const share = Math.ceil(max / alone.nodes);
    const weight = load[kind];
    const others = alone.others(name);
    // What the others have used is gone for this node, however large its share.
    const othersMs = (used: number): number => (others && weight > 0 && weight <= max && used + weight + others.used > max ? others.leaveMs : 0);
    if (kind === "concurrency") {
      const used = underway.get(name) ?? 0;
      const waitMs = used + weight > share ? CONCURRENCY_WAIT_MS : othersMs(used);
      return { owner, limit, remaining: Math.max(0, max - used - (others?.used ?? 0)), resetMs: 0, waitMs };
    }
    const window = counts.get(name)?.window;
    const used = window?.used(now) ?? 0;
    const ownMs = window?.waitMs(now, weight, weight > share ? Math.min(weight, max) : share) ?? (weight > max ? Number.POSITIVE_INFINITY : 0);
    return {
      owner,
      limit,
      remaining: Math.max(0, max - used - (others?.used ?? 0)),
      resetMs: Math.max(window?.resetMs(now) ?? 0, others?.leaveMs ?? 0),
      waitMs: Math.max(ownMs, othersMs(used)),
    };
  };

  /** @returns the number of its cell */
  const admit = ({ name, limit }: Bound, weight: number, now: number): number => {
    const windowMs = limit.windowSeconds * SECOND_MS;
    const count = counts.get(name) ?? { window: new SlidingWindow(windowMs), idleAt: 0 };
    count.idleAt = now + windowMs;
    counts.delete(name);
    counts.set(name, count);
    sweep(now);
    return count.window.admit(now, weight);
  };

  const sweep = (now: number): void => {
    let looked = 0;
    for (const [name, count] of counts) {
      if (counts.size <= countsMax && (looked++ >= SWEEP_PER_ADMISSION || count.idleAt > now)) return;
      counts.delete(name);
    }
  };

  const lease = (name: string): void => void underway.set(name, (underway.get(name) ?? 0) + 1);
  const giveBack = (name: string): void => {
    const left = (underway.get(name) ?? 1) - 1;
    if (left > 0) underway.set(name, left);
    else underway.delete(name);
  };

  const keep = (bounds: readonly Bound[], load: Load, now: number): ((spent: Load) => void) | undefined => {
    const undo: ((spent: Load) => void)[] = [];
    for (const bound of bounds) {
      const { kind } = bound.limit;
      const weight = load[kind];
      if (weight === 0) continue;
      if (kind === "concurrency") {
        lease(bound.name);
        undo.push(() => giveBack(bound.name));
        continue;
      }
      const cell = admit(bound, weight, now);
      if (!isCorrected(kind)) continue;
      const count = counts.get(bound.name);
      undo.push((spent) => count?.window.correct(cell, spent[kind] - weight));
    }
    if (undo.length === 0) return undefined;
    let finished = false;
    return (spent) => {
      if (finished) return;
      finished = true;
      for (const one of undo) one(spent);
    };
  };

  const usedOf = ({ name, limit }: Bound, now: number): number =>
    limit.kind === "concurrency" ? (underway.get(name) ?? 0) : (counts.get(name)?.window.used(now) ?? 0);

  return {
    take(bounds, load, alone = EVERYTHING) {
      if (bounds.length === 0) return UNLIMITED;
      const now = clock.monotonic();
      const before = bounds.map((bound) => stateOf(bound, load, now, alone));
      if (before.some((state) => state.waitMs > 0)) return refusedBy(before);
      const finish = keep(bounds, load, now) ?? UNLIMITED.finish;
      return { allowed: true, retryAfterMs: 0, states: before.map((state) => afterAdmission(state, load)), finish };
    },
    look(bounds, load) {
      if (bounds.length === 0) return UNLIMITED;
      const now = clock.monotonic();
      const states = bounds.map((bound) => stateOf(bound, load, now, EVERYTHING));
      return states.some((state) => state.waitMs > 0) ? refusedBy(states) : { ...UNLIMITED, states };
    },
    used: (bound) => usedOf(bound, clock.monotonic()),
    usage: async (bounds) => {
      const now = clock.monotonic();
      return bounds.map((bound) => ({ used: usedOf(bound, now), resetMs: counts.get(bound.name)?.window.resetMs(now) ?? 0, shared: true }));
    },
    close: async () => {
      counts.clear();
      underway.clear();
    },
    get size() {
      return counts.size + underway.size;
    },
  };
}

function afterAdmission(state: LimitState, load: Load): LimitState {
  const weight = load[state.limit.kind];
  return weight === 0 ? state : { ...state, remaining: Math.max(0, state.remaining - weight), resetMs: state.limit.windowSeconds * SECOND_MS };
}
