/** Counts admissions in the memory of this process. */
import type { Limit } from "@switchyard/shared/domain/principal";
import type { Clock } from "@switchyard/shared/kernel/time";
import { distinct, nameOf, UNLIMITED, type Limiter, type LimitState, type LimitVerdict } from "./limiter.ts";
import { SlidingWindow } from "./window.ts";

/** Scopes kept; beyond them the one asked longest ago is dropped. */
const SCOPES_MAX = 50_000;
/** How many scopes each take looks at to drop idle ones: as many as one take can add, and one more. */
const SWEEP_PER_TAKE = 2;
const SECOND_MS = 1_000;

interface Scope {
  readonly windows: Map<string, SlidingWindow>;
  /** When the last admission has left the longest window: from then on the scope says nothing. */
  idleAt: number;
}

/** A limiter that can also be asked without taking, for the node that keeps its own count beside Redis'. */
export interface MemoryLimiter extends Limiter {
  take(scope: string, limits: readonly Limit[]): LimitVerdict;
  /** What `take` would answer, without taking. */
  look(scope: string, limits: readonly Limit[]): LimitVerdict;
  /** How many scopes are kept. */
  readonly size: number;
}

export function createMemoryLimiter(clock: Clock, scopesMax = SCOPES_MAX): MemoryLimiter {
  // In the order of the last admission, the longest ago first.
  const scopes = new Map<string, Scope>();

  const windowOf = (scope: Scope, limit: Limit): SlidingWindow => {
    const name = nameOf(limit);
    const found = scope.windows.get(name) ?? new SlidingWindow({ max: limit.max, windowMs: limit.windowSeconds * SECOND_MS });
    scope.windows.set(name, found);
    return found;
  };

  const verdictOf = (scope: Scope, limits: readonly Limit[], now: number, wait: number): LimitVerdict => ({
    allowed: wait === 0,
    retryAfterMs: wait,
    states: limits.map((limit): LimitState => {
      const window = windowOf(scope, limit);
      return { limit, remaining: window.remaining(now), resetMs: window.resetMs(now) };
    }),
  });

  const longestWait = (scope: Scope, limits: readonly Limit[], now: number): number =>
    Math.max(0, ...limits.map((limit) => windowOf(scope, limit).waitMs(now)));

  const keep = (name: string, scope: Scope, limits: readonly Limit[], now: number): void => {
    for (const limit of limits) {
      windowOf(scope, limit).admit(now);
      scope.idleAt = Math.max(scope.idleAt, now + limit.windowSeconds * SECOND_MS);
    }
    scopes.delete(name);
    scopes.set(name, scope);
    sweep(now);
  };

  const sweep = (now: number): void => {
    let looked = 0;
    for (const [name, scope] of scopes) {
      if (scopes.size <= scopesMax && (looked++ >= SWEEP_PER_TAKE || scope.idleAt > now)) return;
      scopes.delete(name);
    }
  };

  const known = (name: string): Scope => scopes.get(name) ?? { windows: new Map(), idleAt: 0 };

  return {
    take(name, given) {
      if (given.length === 0) return UNLIMITED;
      const limits = distinct(given);
      const now = clock.monotonic();
      const scope = known(name);
      const wait = longestWait(scope, limits, now);
      if (wait === 0) keep(name, scope, limits, now);
      return verdictOf(scope, limits, now, wait);
    },
    look(name, given) {
      if (given.length === 0) return UNLIMITED;
      const limits = distinct(given);
      const now = clock.monotonic();
      const scope = known(name);
      return verdictOf(scope, limits, now, longestWait(scope, limits, now));
    },
    close: async () => scopes.clear(),
    get size() {
      return scopes.size;
    },
  };
}
