/** Counts admissions of all nodes together in Redis, and goes on alone when Redis cannot be asked. */
import type { Load } from "@switchyard/shared/domain/limit";
import type { Clock } from "@switchyard/shared/kernel/time";
import { Breaker } from "@switchyard/shared/kernel/breaker";
import { connectForLimits } from "./limit-scripts.redis.ts";
import { createMemoryLimiter } from "./limiter.memory.ts";
import {
  CONCURRENCY_WAIT_MS,
  isCorrected,
  refusedBy,
  UNLIMITED,
  type Bound,
  type Finish,
  type Limiter,
  type LimitState,
  type LimitVerdict,
} from "./limiter.ts";

/** A request never waits longer than this for Redis, in milliseconds. */
const COMMAND_TIMEOUT_MS = 50;
const MICROSECONDS = 1_000;
const SECOND_US = 1_000_000;
/** A lease outlives its node by this at most, in milliseconds; it is renewed three times in it. */
const LEASE_MS = 30_000;
const UNSENT_MAX = 10_000;
/** Leases renewed by one command. */
const RENEW_MOST = 500;

export interface RedisLimiterOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Names one lease: never the same twice, on any node. */
  readonly leaseId: () => string;
  /** How many nodes share the limits, as far as is known: what one admits alone is its share of them. */
  readonly nodes?: () => number;
  /** How long a request waits for Redis at most. */
  readonly commandTimeoutMs?: number;
  readonly leaseMs?: number;
  /** Told when counting falls back to this node, and when it is shared again. */
  readonly onShared?: (shared: boolean) => void;
}

/** What is to be told to Redis about the end of a call: keys and arguments of its command. */
type Ending = readonly [keys: readonly string[], args: readonly (string | number)[]];

/** A limiter for several nodes; `REDIS_URL` may be `redis://` or `rediss://`. */
export function createRedisLimiter(options: RedisLimiterOptions): Limiter {
  const { url, clock, leaseId, nodes = () => 1, onShared, commandTimeoutMs = COMMAND_TIMEOUT_MS, leaseMs = LEASE_MS } = options;
  const local = createMemoryLimiter(clock);
  const breaker = new Breaker(clock);
  const redis = connectForLimits(url);
  const leaseUs = leaseMs * MICROSECONDS;
  /** The leases of calls under way here, by their id: the keys they are in. */
  const leases = new Map<string, readonly string[]>();
  let unsent: Ending[] = [];
  let shared = true;
  const tell = (now: boolean): void => {
    if (now !== shared) onShared?.(now);
    shared = now;
  };
  const ask = async <T>(command: Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await inTime(command, commandTimeoutMs);
      breaker.succeeded();
      tell(true);
      return answer;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      breaker.failed();
      tell(false);
      return undefined;
    }
  };

  const sendEnding = async (ending: Ending): Promise<void> => {
    const [keys, args] = ending;
    const sent = breaker.mayTry() && (await ask(redis.limitsFinish(keys.length, ...keys, ...args)));
    if (!sent && unsent.length < UNSENT_MAX) unsent.push(ending);
  };
  const renewal = setInterval(() => void renew(), leaseMs / 3);
  renewal.unref();
  /** Leases of calls that still run get more time, and what could not be told before is told now. */
  const renew = async (): Promise<void> => {
    const waiting = unsent;
    unsent = [];
    for (const ending of waiting) await sendEnding(ending);
    const held = [...leases].flatMap(([id, keys]) => keys.map((key) => ({ id, key })));
    for (let from = 0; from < held.length; from += RENEW_MOST) {
      // What ended while the ones before were sent is not brought back.
      const some = held.slice(from, from + RENEW_MOST).filter(({ id }) => leases.has(id));
      if (some.length === 0) continue;
      if (!breaker.mayTry()) return;
      await ask(redis.limitsRenew(some.length, ...some.map(({ key }) => key), leaseUs, ...some.map(({ id }) => id)));
    }
  };

  /** What ends an admission in Redis; undefined when nothing has to be said. */
  const finisherOf = (bounds: readonly Bound[], load: Load, id: string, cells: readonly number[]): Finish | undefined => {
    const leased = bounds.filter(({ limit }) => limit.kind === "concurrency").map(keyOf);
    if (leased.length > 0) leases.set(id, leased);
    else if (!bounds.some(({ limit }) => isCorrected(limit.kind))) return undefined;
    return (spent) => {
      leases.delete(id);
      const keys: string[] = [];
      const args: (string | number)[] = [id];
      bounds.forEach((bound, index) => {
        const { kind } = bound.limit;
        const delta = spent[kind] - load[kind];
        if (kind !== "concurrency" && (!isCorrected(kind) || delta === 0 || (cells[index] ?? -1) < 0)) return;
        keys.push(keyOf(bound));
        args.push(kind === "concurrency" ? "c" : "w", cells[index] ?? -1, delta);
      });
      if (keys.length === 0) return undefined;
      const sent = sendEnding([keys, args]);
      return leased.length > 0 ? sent : undefined;
    };
  };

  const takeShared = async (bounds: readonly Bound[], load: Load): Promise<LimitVerdict> => {
    const id = leaseId();
    const words = bounds.flatMap((bound) => wordsOf(bound, load));
    const asked = redis.limitsTake(bounds.length, ...bounds.map(keyOf), id, leaseUs, CONCURRENCY_WAIT_MS * MICROSECONDS, ...words);
    const answer = await ask(asked);
    if (!answer) {
      const own = local.take(bounds, load, nodes());
      const late = asked.then(
        (one) => finishOf(bounds, load, id, one),
        () => undefined, // it was never counted there
      );
      return own.allowed ? { ...own, finish: alsoLater(own.finish, late) } : withdrawn(own, load, late);
    }
    const states = bounds.map((bound, index) => readState(bound, answer.slice(4 * index, 4 * index + 3)));
    if (states.some((state) => state.waitMs > 0)) return refusedBy(states);
    const finishShared = finishOf(bounds, load, id, answer);
    // What this node admitted while it asked may be the last there was: its own count has the last word.
    const own = local.take(bounds, load);
    if (!own.allowed) return withdrawn(own, load, finishShared);
    return { allowed: true, retryAfterMs: 0, states, finish: finishShared ? once(own.finish, finishShared) : own.finish };
  };

  /** What ends the admission that Redis answered with; undefined when it refused, or nothing has to be said. */
  const finishOf = (bounds: readonly Bound[], load: Load, id: string, answer: readonly string[]): Finish | undefined => {
    if (bounds.some((_, index) => Number(answer[4 * index]) > 0)) return undefined;
    return finisherOf(
      bounds,
      load,
      id,
      bounds.map((_, index) => Number(answer[4 * index + 3])),
    );
  };

  return {
    take(bounds, load) {
      if (bounds.length === 0) return UNLIMITED;
      // What this node alone has admitted is already enough to refuse: no question, and no way to hammer Redis.
      const own = local.look(bounds, load);
      if (!own.allowed) return own;
      return breaker.mayTry() ? takeShared(bounds, load) : local.take(bounds, load, nodes());
    },
    async close() {
      clearInterval(renewal);
      redis.disconnect();
      await local.close();
    },
  };
}

/** What Redis counts without our knowing is put right when it says so after all. */
function alsoLater(finish: Finish, late: Promise<Finish | undefined>): Finish {
  return once(finish, (spent) => void late.then((shared) => shared?.(spent)));
}

/** Refused here although Redis counted it, now or later: it is taken back. */
function withdrawn(own: LimitVerdict, load: Load, counted: Finish | undefined | Promise<Finish | undefined>): LimitVerdict {
  void Promise.resolve(counted).then((shared) => shared?.({ ...load, input_tokens: 0, output_tokens: 0, total_tokens: 0, cost: 0 }));
  return own;
}

/** Waits so long and no longer. An answer that has arrived while this program was busy is still read: time passed here, not there. */
function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new Error(`Redis did not answer in ${ms} ms`))), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function once(...all: readonly Finish[]): Finish {
  let finished = false;
  return (spent) => {
    if (finished) return undefined;
    finished = true;
    const told = all.map((one) => one(spent)).filter((one) => one instanceof Promise);
    return told.length > 0 ? Promise.all(told).then(() => undefined) : undefined;
  };
}

/** All keys lie in one slot of a cluster, for one script looks at several; a name may hold whatever it likes, braces too. */
export const keyOf = (bound: Bound): string => `sy:{limit}:${bound.name}`;

const wordsOf = ({ limit: { kind, max, windowSeconds } }: Bound, load: Load): (string | number)[] => [
  kind === "concurrency" ? "c" : "w",
  max,
  windowSeconds * SECOND_US,
  load[kind],
];

function readState({ owner, limit }: Bound, [wait, used, reset]: readonly (string | undefined)[]): LimitState {
  return {
    owner,
    limit,
    remaining: Math.max(0, limit.max - Number(used)),
    resetMs: Math.ceil(Number(reset) / MICROSECONDS),
    waitMs: Math.ceil(Number(wait) / MICROSECONDS),
  };
}
