import { expect, test } from "vitest";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { RUNAWAY_CALLS_MAX, RUNAWAY_WINDOW_MS, RunawayGuard } from "./runaway.ts";

function guardAt(start: number): { readonly guard: RunawayGuard; readonly pass: (ms: number) => void } {
  let now = start;
  return { guard: new RunawayGuard({ now: () => now as EpochMs }), pass: (ms) => (now += ms) };
}
const takes = (guard: RunawayGuard, session: string, times: number): (number | undefined)[] => Array.from({ length: times }, () => guard.take(session));

test("a session may begin so many calls in a window, and the next waits for its end", () => {
  const { guard, pass } = guardAt(1_000);
  expect(takes(guard, "a", RUNAWAY_CALLS_MAX).every((wait) => wait === undefined)).toBe(true);
  pass(4_000);
  expect(guard.take("a")).toBe(RUNAWAY_WINDOW_MS - 4_000);
  expect(guard.take("b")).toBeUndefined();
  pass(RUNAWAY_WINDOW_MS - 4_000);
  expect(takes(guard, "a", RUNAWAY_CALLS_MAX).every((wait) => wait === undefined)).toBe(true);
  expect(guard.take("a")).toBe(RUNAWAY_WINDOW_MS);
});

test("whoever keeps to the pace is never stopped", () => {
  const { guard, pass } = guardAt(0);
  for (let call = 0; call < 5 * RUNAWAY_CALLS_MAX; call++) {
    expect(guard.take("a")).toBeUndefined();
    pass(RUNAWAY_WINDOW_MS / RUNAWAY_CALLS_MAX + 1);
  }
});

test("ever new sessions do not fill the memory, and do not wipe out the one that runs away", () => {
  const { guard } = guardAt(0);
  for (let at = 0; at < 30_000; at++) guard.take(`s${at}`);
  takes(guard, "loop", RUNAWAY_CALLS_MAX);
  for (let at = 0; at < 5_000; at++) guard.take(`t${at}`);
  expect(guard.take("loop")).toBe(RUNAWAY_WINDOW_MS);
});
