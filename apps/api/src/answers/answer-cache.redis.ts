/** Keeps answers in Redis, for all nodes. */
import { Redis, type Result } from "ioredis";
import { Breaker } from "@switchyard/shared/kernel/breaker";
import type { Clock } from "@switchyard/shared/kernel/time";
import type { AnswerCache } from "./answer-cache.ts";

const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;

/**
 * Two keys tell what is there: a sorted set of names by the instant they are over (milliseconds), and a hash of their
 * sizes; the field `all` of the hash is the sum. Names hold no field of that name: they begin with a workspace's id.
 * KEYS: the answer, the set, the hash. ARGV: its name, its bytes, how long in milliseconds, the most bytes of all.
 */
const PUT = `
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local name, size, most = ARGV[1], #ARGV[2], tonumber(ARGV[4])
local function forget(which)
  local bytes = redis.call('HGET', KEYS[3], which)
  if bytes then
    redis.call('HDEL', KEYS[3], which)
    redis.call('HINCRBY', KEYS[3], 'all', -bytes)
  end
  redis.call('ZREM', KEYS[2], which)
end
forget(name)
if size > most then
  redis.call('UNLINK', KEYS[1])
  return 0
end
for _, which in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do forget(which) end
while tonumber(redis.call('HGET', KEYS[3], 'all') or '0') + size > most do
  local soonest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not soonest then return 0 end
  redis.call('UNLINK', string.sub(KEYS[1], 1, #KEYS[1] - #name) .. soonest)
  forget(soonest)
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), name)
redis.call('HSET', KEYS[3], name, size)
redis.call('HINCRBY', KEYS[3], 'all', size)
return 1
`;

declare module "ioredis" {
  interface RedisCommander<Context> {
    answersPut(answer: string, times: string, sizes: string, name: string, bytes: Buffer, ttlMs: number, bytesMax: number): Result<number, Context>;
  }
}

export interface RedisAnswersOptions {
  readonly url: string;
  readonly clock: Clock;
  /** All answers together. */
  readonly bytesMax: number;
  /** How long a call waits for an answer at most, in milliseconds. */
  readonly commandTimeoutMs: number;
}

export function createRedisAnswers({ url, clock, bytesMax, commandTimeoutMs }: RedisAnswersOptions): AnswerCache {
  const breaker = new Breaker(clock);
  const redis = new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MAX_MS),
  });
  redis.on("error", () => {}); // Each command that needs the connection fails by itself; the client reconnects by itself.
  redis.defineCommand("answersPut", { lua: PUT, numberOfKeys: 3 });
  /** A cache that cannot be asked knows nothing: the call goes on without it. */
  const ask = async <T>(command: () => Promise<T>): Promise<T | undefined> => {
    if (!breaker.mayTry()) return undefined;
    try {
      const answer = await command();
      breaker.succeeded();
      return answer;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      breaker.failed();
      return undefined;
    }
  };
  return {
    get: async (name) => (await ask(() => redis.getBuffer(`${PREFIX}${name}`))) ?? undefined,
    put: (name, answer, ttlSeconds) =>
      void ask(() => redis.answersPut(`${PREFIX}${name}`, "sy:{answers}:times", "sy:{answers}:sizes", name, answer, Math.ceil(ttlSeconds * 1_000), bytesMax)),
    close: async () => redis.disconnect(),
  };
}

const PREFIX = "sy:{answers}:answer:";
