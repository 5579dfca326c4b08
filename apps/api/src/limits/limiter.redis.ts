/** Counts admissions of all nodes together, in one Redis script and by Redis' clock. */
import { Redis } from "ioredis";
import type { Limit } from "@switchyard/shared/domain/principal";
import type { Clock } from "@switchyard/shared/kernel/time";
import { Breaker } from "./breaker.ts";
import { createMemoryLimiter } from "./limiter.memory.ts";
import { distinct, nameOf, UNLIMITED, type Limiter, type LimitVerdict } from "./limiter.ts";

/** A request never waits longer than this for Redis, in milliseconds. */
const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;
const SECOND_US = 1_000_000;

/**
 * The same ring as in `window.ts`, as a list with the oldest admission first: every step looks at an end of it.
 * KEYS: one list for each limit. ARGV: for each limit its `max` and its window in microseconds.
 * Answers: wait in microseconds, then for each limit how many are kept and the microseconds until it is empty.
 */
const TAKE = `
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local wait = 0
local answer = {0}
for i, key in ipairs(KEYS) do
  local max, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local oldest
  for _ = 1, 16 do
    oldest = redis.call('LINDEX', key, 0)
    if not oldest or tonumber(oldest) + window > now then break end
    redis.call('LPOP', key)
    oldest = nil
  end
  if redis.call('LLEN', key) >= max then
    oldest = oldest or redis.call('LINDEX', key, 0)
    wait = math.max(wait, tonumber(oldest) + window - now)
  end
end
for i, key in ipairs(KEYS) do
  local window = tonumber(ARGV[2 * i])
  if wait <= 0 then
    redis.call('RPUSH', key, string.format('%.0f', now))
    redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
  end
  local newest = redis.call('LINDEX', key, -1)
  answer[2 * i] = redis.call('LLEN', key)
  answer[2 * i + 1] = newest and string.format('%.0f', math.max(0, tonumber(newest) + window - now)) or '0'
end
answer[1] = string.format('%.0f', math.max(0, wait))
return answer
`;

export interface RedisLimiterOptions {
  readonly url: string;
  readonly clock: Clock;
  /** How long a request waits for Redis at most. */
  readonly commandTimeoutMs?: number;
  /** Told when counting falls back to this node, and when it is shared again. */
  readonly onShared?: (shared: boolean) => void;
}

/** ioredis sends a defined command by its hash, and once more in full when Redis does not know it (any more). */
type WithTake = Redis & { switchyardTake(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<(string | number)[]> };

/** A limiter for several nodes; `REDIS_URL` may be `redis://` or `rediss://`. */
export function createRedisLimiter(options: RedisLimiterOptions): Limiter {
  const { url, clock, onShared, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  const local = createMemoryLimiter(clock);
  const breaker = new Breaker(clock);
  let shared = true;
  const redis = connectForTake(url, commandTimeoutMs);
  const tell = (now: boolean): void => {
    if (now !== shared) onShared?.(now);
    shared = now;
  };

  const takeShared = async (scope: string, limits: readonly Limit[]): Promise<LimitVerdict> => {
    let answer: (string | number)[];
    try {
      answer = await redis.switchyardTake(
        limits.length,
        ...limits.map((limit) => keyOf(scope, limit)),
        ...limits.flatMap((limit) => [limit.max, limit.windowSeconds * SECOND_US]),
      );
      breaker.succeeded();
      tell(true);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      breaker.failed();
      tell(false);
      return local.take(scope, limits);
    }
    const verdict = readVerdict(answer, limits);
    if (!verdict.allowed) return verdict;
    // What this node admitted while it asked may be the last there was: its own count has the last word.
    const own = local.take(scope, limits);
    return own.allowed ? verdict : own;
  };

  return {
    take(scope, given) {
      if (given.length === 0) return UNLIMITED;
      const limits = distinct(given);
      // What this node alone has admitted is already enough to refuse: no question, and no way to hammer Redis.
      const own = local.look(scope, limits);
      if (!own.allowed) return own;
      return breaker.mayTry() ? takeShared(scope, limits) : local.take(scope, limits);
    },
    async close() {
      redis.disconnect();
      await local.close();
    },
  };
}

/** All lists of a scope live in one slot of a cluster. Braces of the scope itself must not end the tag. */
const keyOf = (scope: string, limit: Limit): string => `sy:limit:{${encodeURIComponent(scope)}}:${nameOf(limit)}`;

function readVerdict(answer: (string | number)[], limits: readonly Limit[]): LimitVerdict {
  const retryAfterMs = Math.ceil(Number(answer[0]) / 1_000);
  return {
    allowed: retryAfterMs === 0,
    retryAfterMs,
    states: limits.map((limit, index) => ({
      limit,
      remaining: Math.max(0, limit.max - Number(answer[2 * index + 1])),
      resetMs: Math.ceil(Number(answer[2 * index + 2]) / 1_000),
    })),
  };
}

function connectForTake(url: string, commandTimeout: number): WithTake {
  const redis = new Redis(url, {
    commandTimeout,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MAX_MS),
  });
  redis.on("error", () => {}); // Each take that needs the connection reports its loss; the client reconnects by itself.
  redis.defineCommand("switchyardTake", { lua: TAKE });
  return redis as WithTake;
}
