/** Counts admissions of all nodes together in Redis. When to ask it, and what to do without it, is in `limiter.shared.ts`. */
import type { Clock } from "@switchyard/shared/kernel/time";
import { connectForLimits } from "./limit-scripts.redis.ts";
import { CONCURRENCY_WAIT_MS, type Limiter } from "./limiter.ts";
import { createSharedLimiter, type LimiterTelling } from "./limiter.shared.ts";
import type { Loop } from "./patience.ts";
import type { CountAnswer, SharedCounts } from "./shared-counts.ts";

/** No request waits through a longer silence of Redis than this, in milliseconds: with the ticks it is counted in, below 100. */
const SILENCE_MS = 80;
const MICROSECONDS = 1_000;
/** A lease outlives its node by this at most, in milliseconds; it is renewed three times in it. */
const LEASE_MS = 30_000;

export interface RedisLimiterOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Names one lease: never the same twice, on any node. */
  readonly leaseId: () => string;
  /** How many nodes share the limits, as far as is known: what one admits alone is its share of them. */
  readonly nodes?: () => number;
  /** The longest silence of Redis that a request waits through. */
  readonly silenceMs?: number;
  readonly leaseMs?: number;
  readonly tell?: LimiterTelling;
}

/** A limiter for several nodes; `REDIS_URL` may be `redis://` or `rediss://`. */
export function createRedisLimiter(options: RedisLimiterOptions): Limiter {
  const { url, clock, leaseId, nodes = () => 1, tell = {}, silenceMs = SILENCE_MS, leaseMs = LEASE_MS } = options;
  const limiter = createSharedLimiter({ counts: redisCounts(url, leaseMs), clock, loop: LOOP, leaseId, nodes, silenceMs, tell });
  const renewal = setInterval(() => void limiter.renew(), leaseMs / 3);
  renewal.unref();
  return {
    take: (bounds, load) => limiter.take(bounds, load),
    usage: (bounds) => limiter.usage(bounds),
    async close() {
      clearInterval(renewal);
      await limiter.close();
    },
  };
}

const LOOP: Loop = {
  later: (ms, then) => {
    const timer = setTimeout(then, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  afterInput: (then) => void setImmediate(then),
};

/** All keys lie in one slot of a cluster, for one script looks at several. */
function redisCounts(url: string, leaseMs: number): SharedCounts {
  const redis = connectForLimits(url);
  const leaseUs = leaseMs * MICROSECONDS;
  return {
    async take(asks, lease) {
      const words = asks.flatMap(({ kind, max, windowMs, weight }) => [kind === "leases" ? "c" : "w", max, windowMs * MICROSECONDS, weight]);
      const keys = asks.map(({ key }) => key);
      const said = await redis.limitsTake(asks.length, ...keys, lease, leaseUs, CONCURRENCY_WAIT_MS * MICROSECONDS, ...words);
      return asks.map((_, index) => answerOf(said.slice(4 * index, 4 * index + 4)));
    },
    async change(changes, lease) {
      const words = changes.flatMap((change) => (change.kind === "leases" ? ["c", -1, 0] : ["w", change.cell, change.delta]));
      await redis.limitsFinish(changes.length, ...changes.map(({ key }) => key), lease, ...words);
    },
    async renew(leases) {
      await redis.limitsRenew(leases.length, ...leases.map(({ key }) => key), leaseUs, ...leases.map(({ lease }) => lease));
    },
    async record(past) {
      const words = past.flatMap(({ windowMs, weight, ageMs }) => [windowMs * MICROSECONDS, weight, Math.round(ageMs * MICROSECONDS)]);
      return (await redis.limitsRecord(past.length, ...past.map(({ key }) => key), ...words)).map(cellOf);
    },
    close: () => redis.disconnect(),
  };
}

const answerOf = ([wait, used, reset, cell]: readonly string[]): CountAnswer => ({
  waitMs: Math.ceil(Number(wait) / MICROSECONDS),
  used: Number(used),
  resetMs: Math.ceil(Number(reset) / MICROSECONDS),
  cell: cellOf(cell),
});
const cellOf = (cell: string | undefined): number | undefined => (cell === undefined || cell === "-1" ? undefined : Number(cell));
