/** Counting in Redis keeps the promises of a limiter, together and alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import { startRedis, type TestRedis } from "@switchyard/testkit/redis-harness";
import { ONE_REQUEST } from "@switchyard/shared/domain/limit";
import { atOnce, describeLimiter, fresh, NOTHING, ofTokens, perSeconds } from "./limiter.contract.ts";
import type { Bound, Limiter } from "./limiter.ts";
import { createRedisLimiter, type RedisLimiterOptions } from "./limiter.redis.ts";
import { keyOf } from "./untold-admissions.ts";

const clock: Clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };
const PATIENCE = { timeout: 15_000, interval: 50 };
let leases = 0;
const limiterOn = (url: string, more: Partial<RedisLimiterOptions> = {}): Limiter =>
  createRedisLimiter({ url, clock, leaseId: () => `lease ${++leases}`, ...more });
const keyOfFirst = ([bound]: readonly Bound[]): string => (bound ? keyOf(bound) : "");

/** Until what it admits is seen by Redis: a new connection takes a moment, and a loaded machine a longer one. */
async function untilShared(limiter: Limiter, url: string): Promise<void> {
  const redis = new Redis(url);
  redis.on("error", () => undefined); // Asked again until it answers.
  await vi.waitFor(async () => {
    const bounds = fresh(perSeconds(5, 60));
    await limiter.take(bounds, ONE_REQUEST);
    expect(await redis.exists(keyOfFirst(bounds))).toBe(1);
  }, PATIENCE);
  redis.disconnect();
}

describeLimiter("in Redis", async () => {
  const redis = await startRedis();
  if (!redis) return undefined;
  const limiter = limiterOn(redis.url);
  await untilShared(limiter, redis.url);
  return {
    limiter,
    stop: async () => {
      await limiter.close();
      await redis.stop();
    },
  };
});

describe("two nodes", () => {
  let redis: TestRedis | undefined;
  let nodes: readonly [Limiter, Limiter] | undefined;
  beforeAll(async () => {
    redis = await startRedis();
    if (!redis) return;
    const { url } = redis;
    nodes = [limiterOn(url), limiterOn(url)];
    for (const one of nodes) await untilShared(one, url);
  });
  afterAll(async () => {
    for (const node of nodes ?? []) await node.close();
    await redis?.stop();
  });

  it("admit exactly the limit together", async (context) => {
    if (!nodes) return context.skip();
    const [one, other] = nodes;
    const bounds = fresh(perSeconds(60, 60));
    const verdicts = await Promise.all(Array.from({ length: 400 }, async (_, index) => (index % 2 === 0 ? one : other).take(bounds, ONE_REQUEST)));
    expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(60);
  });

  it("share tokens and leases: what one gives back the other may use", async (context) => {
    if (!nodes) return context.skip();
    const [one, other] = nodes;
    const bounds = fresh(perSeconds(1_000, 60, "total_tokens"), atOnce(4));
    const verdicts = await Promise.all(Array.from({ length: 40 }, async (_, index) => (index % 2 === 0 ? one : other).take(bounds, ofTokens(100, 200))));
    const running = verdicts.filter((verdict) => verdict.allowed);
    expect(running).toHaveLength(3);
    for (const verdict of running) await verdict.finish(ofTokens(50, 50));
    await vi.waitFor(async () => expect((await other.take(bounds, ofTokens(300, 300))).allowed).toBe(true), PATIENCE);
    expect((await one.take(bounds, ofTokens(100, 1))).allowed).toBe(false);
    expect((await one.take(bounds, ofTokens(100, 0))).allowed).toBe(true);
  });

  it("lose the leases of a node that died, and keep those of one that lives", async (context) => {
    if (!redis) return context.skip();
    const [dies, lives] = [limiterOn(redis.url, { leaseMs: 2_000 }), limiterOn(redis.url, { leaseMs: 3_000 })];
    for (const one of [dies, lives]) await untilShared(one, redis.url);
    const bounds = fresh(atOnce(2));
    expect((await dies.take(bounds, ONE_REQUEST)).allowed).toBe(true);
    const kept = await lives.take(bounds, ONE_REQUEST);
    expect((await lives.take(bounds, ONE_REQUEST)).allowed).toBe(false);
    await dies.close(); // as a node that is killed: it gives nothing back
    await vi.waitFor(async () => expect((await lives.take(bounds, ONE_REQUEST)).allowed).toBe(true), PATIENCE);
    await sleep(3_500); // longer than the lease of the one that lives
    expect((await lives.take(bounds, ONE_REQUEST)).allowed).toBe(false);
    await kept.finish(NOTHING);
    await lives.close();
  });

  it("do not notice that Redis forgot its scripts", async (context) => {
    if (!nodes || !redis) return context.skip();
    const admin = new Redis(redis.url);
    await admin.script("FLUSH");
    admin.disconnect();
    const bounds = fresh(perSeconds(1, 60));
    expect((await nodes[0].take(bounds, ONE_REQUEST)).allowed).toBe(true);
    expect((await nodes[1].take(bounds, ONE_REQUEST)).allowed).toBe(false);
  });
});

describe("when Redis is lost", () => {
  it("a node counts on alone, without waiting, from what it had admitted; and shares again when Redis is back, empty", async (context) => {
    const first = await startRedis();
    if (!first || first.pid === undefined) return context.skip(); // One that was given must not be stopped.
    const told: boolean[] = [];
    const limiter = limiterOn(first.url, { tell: { shared: (shared) => told.push(shared) } });
    await untilShared(limiter, first.url);
    const bounds = fresh(perSeconds(60, 600));
    let admitted = 0;
    const take = async (count: number): Promise<void> => {
      for (let request = 0; request < count; request++) if ((await limiter.take(bounds, ONE_REQUEST)).allowed) admitted += 1;
    };
    await take(40);
    await first.stop();
    const times: number[] = [];
    for (let request = 0; request < 10; request++) {
      const began = performance.now();
      await take(1);
      times.push(performance.now() - began);
    }
    // A single take waits 50 ms at most; the median allows for a machine that is busy with something else.
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(50);
    expect(admitted).toBe(50);
    const second = await startRedis({ port: Number(new URL(first.url).port) });
    await untilShared(limiter, first.url);
    await take(100);
    expect(admitted).toBe(60);
    expect(told.slice(-2)).toEqual([false, true]);
    await limiter.close();
    await second?.stop();
  }, 60_000);

  it("a node admits its share of what all may, and corrections are told when Redis is back", async (context) => {
    const redis = await startRedis();
    if (!redis || redis.pid === undefined) return context.skip();
    const limiter = limiterOn(redis.url, { nodes: () => 3, leaseMs: 900 });
    await untilShared(limiter, redis.url);
    const taken = fresh(perSeconds(1_000, 600, "cost"), atOnce(1));
    const before = await limiter.take(taken, ofTokens(0, 900));
    process.kill(redis.pid, "SIGSTOP");
    const alone = fresh(perSeconds(60, 600));
    let admitted = 0;
    for (let request = 0; request < 100; request++) if ((await limiter.take(alone, ONE_REQUEST)).allowed) admitted += 1;
    expect(admitted).toBe(20);
    await before.finish(ofTokens(0, 100));
    process.kill(redis.pid, "SIGCONT");
    const other = limiterOn(redis.url);
    await vi.waitFor(async () => expect((await other.take(taken, ofTokens(0, 900))).allowed).toBe(true), PATIENCE);
    await other.close();
    await limiter.close();
    await redis.stop();
  }, 60_000);

  it("hangs, and nobody waits longer than a moment", async (context) => {
    const redis = await startRedis();
    if (!redis || redis.pid === undefined) return context.skip();
    const limiter = limiterOn(redis.url);
    await untilShared(limiter, redis.url);
    process.kill(redis.pid, "SIGSTOP");
    const times: number[] = [];
    for (let request = 0; request < 30; request++) {
      const began = performance.now();
      expect((await limiter.take(fresh(perSeconds(1, 60)), ONE_REQUEST)).allowed).toBe(true);
      times.push(performance.now() - began);
      await sleep(1);
    }
    // After three that waited, nobody waits: of thirty the median is one of those.
    expect(times.toSorted((a, b) => a - b)[15]).toBeLessThan(40);
    process.kill(redis.pid, "SIGCONT");
    await untilShared(limiter, redis.url);
    await limiter.close();
    await redis.stop();
  }, 60_000);
});
