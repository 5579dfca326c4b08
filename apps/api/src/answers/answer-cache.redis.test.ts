/** Answers in Redis keep the promises of a cache, for all nodes; without Redis nothing is known and nobody waits. */
import { expect, it, vi } from "vitest";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { startRedis } from "@switchyard/testkit/redis-harness";
import { BYTES_MAX, describeAnswerCache } from "./answer-cache.contract.ts";
import { createRedisAnswers } from "./answer-cache.redis.ts";

const clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };
const PATIENCE = { timeout: 15_000, interval: 20 };

describeAnswerCache("in Redis", async () => {
  const redis = await startRedis();
  if (!redis) return undefined;
  const cache = createRedisAnswers({ url: redis.url, clock, bytesMax: BYTES_MAX, commandTimeoutMs: 10_000 });
  await vi.waitFor(async () => {
    cache.put("workspace:first", Buffer.from("first"), 5);
    if ((await cache.get("workspace:first")) === undefined) throw new Error("not connected yet");
  }, PATIENCE);
  return {
    cache,
    stop: async () => {
      await cache.close();
      await redis.stop();
    },
  };
});

it("is shared by nodes, and an empty one when Redis hangs", async (context) => {
  const redis = await startRedis();
  if (!redis || redis.pid === undefined) return context.skip();
  const [one, other] = [0, 1].map(() => createRedisAnswers({ url: redis.url, clock, bytesMax: BYTES_MAX, commandTimeoutMs: 50 }));
  await vi.waitFor(async () => {
    one?.put("workspace:shared", Buffer.from("shared"), 60);
    expect((await other?.get("workspace:shared"))?.toString()).toBe("shared");
  }, PATIENCE);
  process.kill(redis.pid, "SIGSTOP");
  const times: number[] = [];
  for (let request = 0; request < 50; request++) {
    const began = performance.now();
    expect(await other?.get("workspace:shared")).toBeUndefined();
    times.push(performance.now() - began);
  }
  // Were each to wait for the time-out, none would take less than it.
  expect(times.toSorted((a, b) => a - b)[25]).toBeLessThan(50);
  process.kill(redis.pid, "SIGCONT");
  await vi.waitFor(async () => expect((await other?.get("workspace:shared"))?.toString()).toBe("shared"), PATIENCE);
  await Promise.all([one?.close(), other?.close()]);
  await redis.stop();
}, 60_000);
