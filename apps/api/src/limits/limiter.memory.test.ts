/** Counting in memory keeps the promises of a limiter, and its memory bounded. */
import { expect, it } from "vitest";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import { describeLimiter, perSeconds } from "./limiter.contract.ts";
import { createMemoryLimiter } from "./limiter.memory.ts";

const realClock: Clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };

describeLimiter("in memory", async () => {
  const limiter = createMemoryLimiter(realClock);
  return { limiter, stop: () => limiter.close() };
});

function setUp(scopesMax?: number) {
  let now = 0;
  const limiter = createMemoryLimiter({ now: () => toEpochMs(now), monotonic: () => now }, scopesMax);
  return { limiter, pass: (ms: number) => void (now += ms) };
}

it("drops scopes that are idle, a few with each take", () => {
  const { limiter, pass } = setUp();
  for (let scope = 0; scope < 1_000; scope++) limiter.take(`idle ${scope}`, [perSeconds(5, 60)]);
  pass(60_000);
  for (let take = 0; take < 600; take++) {
    pass(60_000);
    expect(limiter.take("busy", [perSeconds(5, 60)]).allowed).toBe(true);
  }
  expect(limiter.size).toBe(1);
});

it("keeps no more scopes than it may, and forgets the one asked longest ago", () => {
  const { limiter } = setUp(10);
  for (let scope = 0; scope < 1_000; scope++) limiter.take(`scope ${scope}`, [perSeconds(1, 60)]);
  expect(limiter.size).toBe(10);
  expect(limiter.take("scope 999", [perSeconds(1, 60)]).allowed).toBe(false);
  expect(limiter.take("scope 0", [perSeconds(1, 60)]).allowed).toBe(true);
});

it("keeps nothing of a scope that only looked", () => {
  const { limiter } = setUp();
  expect(limiter.look("curious", [perSeconds(1, 60)]).allowed).toBe(true);
  expect(limiter.size).toBe(0);
});

it("begins anew when a limit is changed", () => {
  const { limiter } = setUp();
  limiter.take("key", [perSeconds(1, 60)]);
  expect(limiter.take("key", [perSeconds(1, 60)]).allowed).toBe(false);
  expect(limiter.take("key", [perSeconds(2, 60)]).allowed).toBe(true);
});
