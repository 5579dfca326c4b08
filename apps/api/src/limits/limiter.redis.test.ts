/** Counting in Redis keeps the promises of a limiter, together and alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import { startRedis, type TestRedis } from "@switchyard/testkit/redis-harness";
import { describeLimiter, freshScope, perSeconds } from "./limiter.contract.ts";
import type { Limiter } from "./limiter.ts";
import { createRedisLimiter } from "./limiter.redis.ts";

const clock: Clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };
const PATIENCE = { timeout: 15_000, interval: 50 };
/** Where counting is what is tested, a busy machine must not look like a lost Redis. */
const PATIENT_MS = 10_000;

/** Until what it admits is seen by Redis: a new connection takes a moment, and a loaded machine a longer one. */
async function untilShared(limiter: Limiter, url: string): Promise<void> {
  const redis = new Redis(url);
  redis.on("error", () => undefined); // Asked again until it answers.
  await vi.waitFor(async () => {
    const scope = freshScope();
    await limiter.take(scope, [perSeconds(5, 60)]);
    expect(await redis.exists(`sy:limit:{${encodeURIComponent(scope)}}:requests:5:60`)).toBe(1);
  }, PATIENCE);
  redis.disconnect();
}

describeLimiter("in Redis", async () => {
  const redis = await startRedis();
  if (!redis) return undefined;
  const limiter = createRedisLimiter({ url: redis.url, clock, commandTimeoutMs: PATIENT_MS });
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
    const node = (): Limiter => createRedisLimiter({ url, clock, commandTimeoutMs: PATIENT_MS });
    nodes = [node(), node()];
    for (const one of nodes) await untilShared(one, url);
  });
  afterAll(async () => {
    for (const node of nodes ?? []) await node.close();
    await redis?.stop();
  });

  it("admit exactly the limit together", async (context) => {
    if (!nodes) return context.skip();
    const [one, other] = nodes;
    const scope = freshScope();
    const verdicts = await Promise.all(Array.from({ length: 400 }, async (_, index) => (index % 2 === 0 ? one : other).take(scope, [perSeconds(60, 60)])));
    expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(60);
  });

  it("do not notice that Redis forgot its scripts", async (context) => {
    if (!nodes || !redis) return context.skip();
    const admin = new Redis(redis.url);
    await admin.script("FLUSH");
    admin.disconnect();
    const scope = freshScope();
    expect((await nodes[0].take(scope, [perSeconds(1, 60)])).allowed).toBe(true);
    expect((await nodes[1].take(scope, [perSeconds(1, 60)])).allowed).toBe(false);
  });
});

describe("when Redis is lost", () => {
  it("a node counts on alone, without waiting, from what it had admitted; and shares again when Redis is back, empty", async (context) => {
    const first = await startRedis();
    if (!first || first.pid === undefined) return context.skip(); // One that was given must not be stopped.
    const told: boolean[] = [];
    const limiter = createRedisLimiter({ url: first.url, clock, onShared: (shared) => told.push(shared) });
    await untilShared(limiter, first.url);
    const scope = freshScope();
    const limits = [perSeconds(60, 600)];
    let admitted = 0;
    const take = async (count: number): Promise<void> => {
      for (let request = 0; request < count; request++) if ((await limiter.take(scope, limits)).allowed) admitted += 1;
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
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(100);
    expect(admitted).toBe(50);
    const second = await startRedis({ port: Number(new URL(first.url).port) });
    await untilShared(limiter, first.url);
    await take(100);
    expect(admitted).toBe(60);
    expect(told.slice(-2)).toEqual([false, true]);
    await limiter.close();
    await second?.stop();
  }, 60_000);

  it("hangs, and nobody waits longer than a moment", async (context) => {
    const redis = await startRedis();
    if (!redis || redis.pid === undefined) return context.skip();
    const limiter = createRedisLimiter({ url: redis.url, clock });
    await untilShared(limiter, redis.url);
    process.kill(redis.pid, "SIGSTOP");
    const times: number[] = [];
    for (let request = 0; request < 30; request++) {
      const began = performance.now();
      expect((await limiter.take(freshScope(), [perSeconds(1, 60)])).allowed).toBe(true);
      times.push(performance.now() - began);
      await sleep(1);
    }
    // After three that waited, nobody waits.
    expect(times.filter((ms) => ms > 40).length).toBeLessThanOrEqual(10);
    process.kill(redis.pid, "SIGCONT");
    await untilShared(limiter, redis.url);
    await limiter.close();
    await redis.stop();
  }, 60_000);
});
