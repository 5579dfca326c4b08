/** Guessing is stopped, whoever else signs in is not. */
import { expect, it } from "vitest";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { createSignInThrottle } from "./sign-in-throttle.ts";

function setUp() {
  let now = 0;
  const throttle = createSignInThrottle({ now: () => toEpochMs(now), monotonic: () => now });
  const fail = (email: string, address: string): boolean => throttle.begin({ email, address }).allowed;
  return { throttle, fail, pass: (ms: number) => void (now += ms) };
}

it("allows ten failures a minute for one address from one place, whatever the case of its letters", () => {
  const { fail, pass, throttle } = setUp();
  for (let guess = 0; guess < 10; guess++) expect(fail(guess % 2 ? "ada@x.test" : "ADA@x.test", "1.1.1.1")).toBe(true);
  expect(throttle.begin({ email: "ada@x.test", address: "1.1.1.1" })).toEqual({ allowed: false, retryAfterMs: 60_000 });
  expect(fail("ada@x.test", "2.2.2.2")).toBe(true);
  pass(59_999);
  expect(throttle.begin({ email: "ada@x.test", address: "1.1.1.1" })).toEqual({ allowed: false, retryAfterMs: 1 });
  pass(1);
  expect(fail("ada@x.test", "1.1.1.1")).toBe(true);
});

it("allows twenty failures a minute from one place for all addresses together", () => {
  const { fail } = setUp();
  for (let guess = 0; guess < 20; guess++) expect(fail(`person-${guess}@x.test`, "1.1.1.1")).toBe(true);
  expect(fail("somebody-else@x.test", "1.1.1.1")).toBe(false);
});

it("does not count who succeeds, but counts who has not finished", () => {
  const { throttle, fail } = setUp();
  for (let round = 0; round < 50; round++) {
    const attempt = throttle.begin({ email: "ada@x.test", address: "1.1.1.1" });
    if (attempt.allowed) attempt.succeeded();
    expect(attempt.allowed).toBe(true);
  }
  for (let atOnce = 0; atOnce < 10; atOnce++) expect(fail("ada@x.test", "1.1.1.1")).toBe(true);
  expect(fail("ada@x.test", "1.1.1.1")).toBe(false);
});

it("is not made to wait longer by knocking", () => {
  const { fail, pass } = setUp();
  for (let guess = 0; guess < 10; guess++) fail("ada@x.test", "1.1.1.1");
  for (let second = 0; second < 60; second++) {
    expect(fail("ada@x.test", "1.1.1.1")).toBe(false);
    pass(1_000);
  }
  expect(fail("ada@x.test", "1.1.1.1")).toBe(true);
});
