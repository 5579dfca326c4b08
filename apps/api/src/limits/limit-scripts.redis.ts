/** The Redis scripts that count for all nodes: the same ring as in `window.ts`, by Redis' own clock, in one call for all bounds. */
import { Redis, type Result } from "ioredis";
import { CELLS_EXACT, WINDOW_STEPS } from "./window.ts";

/**
 * A window is a hash: `h` the number of its oldest cell, `t` that of the next new one, `u` what counts, `s` when the newest
 * cell was begun, and under its number each cell as "instant weight". The numbers of a window begin at the instant it was
 * begun: one that was lost and begun anew never uses a number again, and a correction cannot hit the wrong cell. Leases are a sorted set of ids by the instant they
 * run out. Instants are microseconds: like all weights they stay below 2^53, so a double holds them exactly.
 */
const WINDOW = `
local function now_us()
  local clock = redis.call('TIME')
  return tonumber(clock[1]) * 1000000 + tonumber(clock[2])
end
local function whole(number) return string.format('%.0f', number) end
local function cell(key, number)
  local at, weight = string.match(redis.call('HGET', key, whole(number)), '^(%d+) (%d+)$')
  return tonumber(at), tonumber(weight)
end
`;

/**
 * KEYS: one for each bound. ARGV: the lease's id, how long it lasts in microseconds, how long to wait for a lease, then for
 * each bound its kind (w: window, c: leases), max, window in microseconds and weight.
 * Answers, for each bound: wait in microseconds, used after this, microseconds until it is empty, number of the cell or -1.
 */
const TAKE = `${WINDOW}
local now = now_us()
local id, ttl, lease_wait = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local rows, refused = {}, false
for i, key in ipairs(KEYS) do
  local kind, max, window, weight = ARGV[4 * i], tonumber(ARGV[4 * i + 1]), tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  local row = { kind = kind, key = key, window = window, weight = weight, wait = 0, reset = 0, cell = -1 }
  if kind == 'c' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
    row.used = redis.call('ZCARD', key)
    if row.used + weight > max then row.wait = lease_wait end
  else
    local known = redis.call('HMGET', key, 'h', 't', 'u', 's')
    local head, tail, used = tonumber(known[1] or now), tonumber(known[2] or now), tonumber(known[3] or '0')
    local gone = head
    while head < tail do
      local at, heavy = cell(key, head)
      if at + window > now then break end
      redis.call('HDEL', key, whole(head))
      used, head = used - heavy, head + 1
    end
    if head > gone then redis.call('HSET', key, 'h', whole(head), 'u', whole(used)) end
    local excess = used + weight - max
    if weight > 0 and excess > 0 then
      local number = head
      while number < tail and excess > 0 do
        local at, heavy = cell(key, number)
        excess = excess - heavy
        row.wait = math.max(1, at + window - now)
        number = number + 1
      end
      if row.wait == 0 then row.wait = window end
    end
    if head < tail then row.reset = math.max(0, cell(key, tail - 1) + window - now) end
    row.used, row.head, row.tail, row.since = used, head, tail, tonumber(known[4] or '0')
  end
  if row.wait > 0 then refused = true end
  rows[i] = row
end
local answer = {}
for i, row in ipairs(rows) do
  if not refused and row.weight > 0 then
    if row.kind == 'c' then
      redis.call('ZADD', row.key, whole(now + ttl), id)
      redis.call('PEXPIRE', row.key, math.ceil(ttl / 1000) + 1000)
    else
      local weight = row.weight
      if row.tail - row.head >= ${CELLS_EXACT} and now - row.since < row.window / ${WINDOW_STEPS} then
        local _, heavy = cell(row.key, row.tail - 1)
        weight = weight + heavy
      else
        row.tail, row.since = row.tail + 1, now
      end
      row.cell, row.reset = row.tail - 1, row.window
      redis.call('HSET', row.key, 'h', whole(row.head), 't', whole(row.tail), 'u', whole(row.used + row.weight), 's', whole(row.since), whole(row.cell), whole(now) .. ' ' .. whole(weight))
      redis.call('PEXPIRE', row.key, math.ceil(row.window / 1000) + 1000)
    end
    row.used = row.used + row.weight
  end
  answer[4 * i - 3], answer[4 * i - 2], answer[4 * i - 1], answer[4 * i] = whole(row.wait), whole(row.used), whole(row.reset), whole(row.cell)
end
return answer
`;

/**
 * KEYS: one for each bound that has to be finished. ARGV: the lease's id, then for each its kind, its cell and what to add to it.
 * A cell that is gone has nothing to correct.
 */
const FINISH = `${WINDOW}
for i, key in ipairs(KEYS) do
  local kind, number, delta = ARGV[3 * i - 1], ARGV[3 * i], tonumber(ARGV[3 * i + 1])
  if kind == 'c' then
    redis.call('ZREM', key, ARGV[1])
  elseif redis.call('HEXISTS', key, number) == 1 then
    local at, weight = cell(key, tonumber(number))
    redis.call('HSET', key, number, whole(at) .. ' ' .. whole(weight + delta), 'u', whole(tonumber(redis.call('HGET', key, 'u')) + delta))
  end
end
return 1
`;

/**
 * What a node admitted while it could not ask. KEYS: the window of each admission. ARGV: for each its window in microseconds, its weight
 * and how long ago it was. It counts from that instant, but never from before the newest that is known: cells lie in the order of time.
 * Answers the number of each one's cell, -1 where it has left its window already.
 */
const RECORD = `${WINDOW}
local now = now_us()
local answer = {}
for i, key in ipairs(KEYS) do
  local window, weight, age = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local known = redis.call('HMGET', key, 'h', 't', 'u', 's')
  local head, tail, used, since = tonumber(known[1] or now), tonumber(known[2] or now), tonumber(known[3] or '0'), tonumber(known[4] or '0')
  local at = now - age
  if head < tail then at = math.max(at, (cell(key, tail - 1))) end
  answer[i] = '-1'
  if at + window > now then
    local mine = weight
    if tail - head >= ${CELLS_EXACT} and at - since < window / ${WINDOW_STEPS} then
      local _, heavy = cell(key, tail - 1)
      mine = mine + heavy
    else
      tail, since = tail + 1, at
    end
    redis.call('HSET', key, 'h', whole(head), 't', whole(tail), 'u', whole(used + weight), 's', whole(since), whole(tail - 1), whole(at) .. ' ' .. whole(mine))
    redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
    answer[i] = whole(tail - 1)
  end
end
return answer
`;

/** KEYS: one for each lease. ARGV: how long they last from now in microseconds, then the id of each. One that was lost is there again. */
const RENEW = `${WINDOW}
local now, ttl = now_us(), tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, whole(now + ttl), ARGV[i + 1])
  redis.call('PEXPIRE', key, math.ceil(ttl / 1000) + 1000)
end
return 1
`;

declare module "ioredis" {
  interface RedisCommander<Context> {
    limitsTake(keys: number, ...keysAndArguments: (string | number)[]): Result<string[], Context>;
    limitsFinish(keys: number, ...keysAndArguments: (string | number)[]): Result<number, Context>;
    limitsRecord(keys: number, ...keysAndArguments: (string | number)[]): Result<string[], Context>;
    limitsRenew(keys: number, ...keysAndArguments: (string | number)[]): Result<number, Context>;
  }
}

const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;

/** A connection on which nothing was heard for so long, although something was asked, is given up for a new one; who asks waits much shorter. */
const SILENT_CONNECTION_MS = 10_000;

/** A connection with the scripts as commands. A command never waits for the connection. */
export function connectForLimits(url: string): Redis {
  const redis = new Redis(url, {
    socketTimeout: SILENT_CONNECTION_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MAX_MS),
  });
  redis.on("error", () => {}); // Each command that needs the connection reports its loss; the client reconnects by itself.
  redis.defineCommand("limitsTake", { lua: TAKE });
  redis.defineCommand("limitsFinish", { lua: FINISH });
  redis.defineCommand("limitsRecord", { lua: RECORD });
  redis.defineCommand("limitsRenew", { lua: RENEW });
  return redis;
}
