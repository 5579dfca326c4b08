/** Counting in memory keeps the promises of a limiter, and its memory bounded. */
import { expect, it } from "vitest";
import { ONE_REQUEST } from "@switchyard/shared/domain/limit";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import { boundsOf } from "./limiter.ts";
import { atOnce, describeLimiter, fresh, NOTHING, ofTokens, perSeconds } from "./limiter.contract.ts";
import { createMemoryLimiter, type Alone } from "./limiter.memory.ts";

const realClock: Clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };

describeLimiter("in memory", async () => {
  const limiter = createMemoryLimiter(realClock);
  return { limiter, stop: () => limiter.close() };
});

function setUp(countsMax?: number) {
  let now = 0;
  const limiter = createMemoryLimiter({ now: () => toEpochMs(now), monotonic: () => now }, countsMax);
  const take = (scope: string) => limiter.take(boundsOf("key", scope, [perSeconds(5, 60)]), ONE_REQUEST);
  return { limiter, take, pass: (ms: number) => void (now += ms) };
}

it("answers at once: no promise on the way of a call", () => {
  const { limiter } = setUp();
  expect(limiter.take(fresh(perSeconds(1, 60), atOnce(1)), ONE_REQUEST)).not.toBeInstanceOf(Promise);
});

it("drops counts that are idle, a few with each admission", () => {
  const { limiter, take, pass } = setUp();
  for (let scope = 0; scope < 1_000; scope++) take(`idle ${scope}`);
  pass(60_000);
  for (let request = 0; request < 600; request++) {
    pass(60_000);
    expect(take("busy").allowed).toBe(true);
  }
  expect(limiter.size).toBe(1);
});

it("keeps no more counts than it may, and forgets the one asked longest ago", () => {
  const { limiter, take } = setUp(10);
  for (let scope = 0; scope < 1_000; scope++) for (let request = 0; request < 5; request++) take(`scope ${scope}`);
  expect(limiter.size).toBe(10);
  expect(take("scope 999").allowed).toBe(false);
  expect(take("scope 0").allowed).toBe(true);
});

it("keeps nothing of who only looked, and nothing of a call that is over and had a lease", async () => {
  const { limiter } = setUp();
  expect(limiter.look(fresh(perSeconds(1, 60)), ONE_REQUEST).allowed).toBe(true);
  const verdict = limiter.take(fresh(atOnce(1)), ONE_REQUEST);
  expect(limiter.size).toBe(1);
  await verdict.finish(NOTHING);
  expect(limiter.size).toBe(0);
});

const aThird: Alone = { nodes: 3, others: () => undefined };

it("admits its share alone among several nodes, or one call that is larger than that", () => {
  const { limiter } = setUp();
  const bounds = fresh(perSeconds(100, 60, "total_tokens"));
  const small = Array.from({ length: 20 }, () => limiter.take(bounds, ofTokens(10, 0), aThird).allowed);
  expect(small.filter(Boolean)).toHaveLength(3); // a third is 34, rounded up
  const others = fresh(perSeconds(100, 60, "total_tokens"));
  expect([limiter.take(others, ofTokens(80, 0), aThird).allowed, limiter.take(others, ofTokens(1, 0), aThird).allowed]).toEqual([true, false]);
  expect(limiter.take(fresh(perSeconds(100, 60, "total_tokens")), ofTokens(101, 0), aThird).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
});

it("leaves to the others what they were known to have used, and says when that is over", () => {
  const { limiter } = setUp();
  const bounds = fresh(perSeconds(10, 60));
  const half = (used: number): Alone => ({ nodes: 2, others: () => ({ used, leaveMs: 7_000 }) });
  const verdicts = Array.from({ length: 5 }, () => limiter.take(bounds, ONE_REQUEST, half(8)));
  expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, false, false, false]);
  expect(verdicts[2]?.retryAfterMs).toBe(7_000);
  // A share is never more than the share, however little the others have used.
  expect(Array.from({ length: 5 }, () => limiter.take(bounds, ONE_REQUEST, half(1)).allowed)).toEqual([true, true, true, false, false]);
});
