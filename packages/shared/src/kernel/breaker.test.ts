/** A failing dependency is left alone for a second, then tried by one. */
import { expect, it } from "vitest";
import { toEpochMs } from "./time.ts";
import { Breaker } from "./breaker.ts";

function setUp() {
  let now = 0;
  return { breaker: new Breaker({ now: () => toEpochMs(now), monotonic: () => now }), pass: (ms: number) => void (now += ms) };
}

it("opens after three failures in a row and lets one try after a second", () => {
  const { breaker, pass } = setUp();
  for (let failure = 0; failure < 3; failure++) {
    expect(breaker.mayTry()).toBe(true);
    breaker.failed();
  }
  expect(breaker.mayTry()).toBe(false);
  pass(999);
  expect(breaker.mayTry()).toBe(false);
  pass(1);
  expect([breaker.mayTry(), breaker.mayTry()]).toEqual([true, false]);
  breaker.failed();
  expect(breaker.mayTry()).toBe(false);
  pass(1_000);
  expect(breaker.mayTry()).toBe(true);
  breaker.succeeded();
  expect([breaker.mayTry(), breaker.mayTry()]).toEqual([true, true]);
});

it("forgets single failures", () => {
  const { breaker } = setUp();
  for (let round = 0; round < 10; round++) {
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
  }
  expect(breaker.mayTry()).toBe(true);
});
