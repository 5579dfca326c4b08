import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_REST_THRESHOLD } from "@switchyard/shared/domain/routing";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { startRedis } from "@switchyard/testkit/redis-harness";
import { writeMessage } from "./health-notice.ts";
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

/** Hears what all programs tell, and tells in nobody's name. */
const ears = redis && new Redis(redis.url);
const mouth = redis && new Redis(redis.url);
await ears?.subscribe("switchyard:health");

/** A program that hears and is heard, which takes as long as the machine is busy: a failure told before that is lost, as promised. */
const join = async (hear: (notice: HealthNotice) => void): Promise<HealthShare> => {
  const node = `node-${(count += 1)}`;
  const probe = toId("model", randomUUID());
  const isProbe = (notice: HealthNotice): boolean => notice.kind === "recovered" && notice.id === probe;
  let hears = false;
  let isHeard = false;
  const share = createRedisHealthShare({
    url: redis?.url ?? "",
    node,
    clock,
    hear: (notice) => {
      if (isProbe(notice)) hears = true;
      else hear(notice);
    },
    readMs: 100,
  });
  open.push(share);
  ears?.on("message", (_channel, text) => {
    if (text === writeMessage(node, { kind: "recovered", id: probe })) isHeard = true;
  });
  while (!hears || !isHeard) {
    if (!isHeard) share.tell({ kind: "recovered", id: probe });
    if (!hears) await mouth?.publish("switchyard:health", writeMessage("nobody", { kind: "recovered", id: probe }));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return share;
};
afterAll(async () => {
  await Promise.all(open.map((share) => share.close()));
  for (const connection of [ears, mouth]) connection?.disconnect();
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
  // Where the writing came late, the other had given it up and reads it again.
  await expect.poll(() => other.standingOf(model, NOW).kind).toBe("resting");
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
