import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_REST_THRESHOLD } from "@switchyard/shared/domain/routing";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { startRedis } from "@switchyard/testkit/redis-harness";
import { HealthBook, type HealthNotice } from "./health.ts";
import { describeHealthShare } from "./health-share.contract.ts";
import { createRedisHealthShare } from "./health-share.redis.ts";
import type { HealthShare } from "./health-share.ts";
import { modelOf } from "./testing/catalog-of.ts";

const redis = await startRedis();
const NOW = toEpochMs(Date.parse("2026-11-21T12:00:00Z"));
const clock = { now: () => NOW, monotonic: () => 0 };
const open: HealthShare[] = [];
let count = 0;

const join = async (hear: (notice: HealthNotice) => void): Promise<HealthShare> => {
  const share = createRedisHealthShare({ url: redis?.url ?? "", node: `node-${(count += 1)}`, clock, hear, readMs: 100 });
  open.push(share);
  await new Promise((resolve) => setTimeout(resolve, 150)); // connected, subscribed, and read once
  return share;
};
afterAll(async () => {
  await Promise.all(open.map((share) => share.close()));
  await redis?.stop();
});

if (redis) describeHealthShare("over Redis", join);

test.skipIf(!redis)("what FLUSHALL took is written again, and rests that ended while nobody listened end", async () => {
  const model = modelOf("flushed/m");
  const share: { one?: HealthShare; other?: HealthShare } = {};
  const one = new HealthBook((notice) => share.one?.tell(notice));
  const other = new HealthBook((notice) => share.other?.tell(notice));
  share.one = await join((notice) => one.hear(notice));
  share.other = await join((notice) => other.hear(notice));
  one.failed(model, { kind: "rate_limited", retryAfterMs: 60_000 }, DEFAULT_REST_THRESHOLD, NOW);
  await expect.poll(() => other.standingOf(model, NOW).kind).toBe("resting");
  const client = new Redis(redis?.url ?? "");
  await client.flushall();
  await expect.poll(async () => client.hexists("sy:health:rests", model.id)).toBe(1);
  expect(other.standingOf(model, NOW).kind).toBe("resting");
  // The one that began it is gone, and so is what it wrote: as if its notice of recovery had been missed.
  await share.one.close();
  await client.hdel("sy:health:rests", model.id);
  await expect.poll(() => other.standingOf(model, NOW).kind).toBe("open");
  await client.publish("switchyard:health", "no notice at all");
  await client.publish("switchyard:health", JSON.stringify({ node: "x", notice: { kind: "rest", id: model.id, rest: { until: "soon" } } }));
  await client.hset("sy:health:rests", model.id, "garbage");
  await expect.poll(async () => client.hexists("sy:health:rests", model.id)).toBe(0);
  expect(other.standingOf(model, NOW).kind).toBe("open");
  await client.quit();
});
