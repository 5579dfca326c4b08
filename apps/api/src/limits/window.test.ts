/** The ring admits exactly as much as its limit says, in any window, however it is used. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CELLS_EXACT, SlidingWindow, WINDOW_STEPS } from "./window.ts";

describe("a window", () => {
  it("lets the example of its description happen: 3 in 10 s", () => {
    const window = new SlidingWindow(10_000);
    const take = (now: number): number => {
      const wait = window.waitMs(now, 1, 3);
      if (wait === 0) window.admit(now, 1);
      return wait;
    };
    expect([take(0), take(4_000), take(9_000), take(9_500), take(10_000), take(10_000)]).toEqual([0, 0, 0, 500, 0, 4_000]);
  });

  it("admits at most its limit in any window, refuses only when there is no room, and says exactly when there is, corrections included", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.record({ gap: fc.integer({ min: 0, max: 60 }), weight: fc.integer({ min: 1, max: 12 }), becomes: fc.integer({ min: 0, max: 15 }) }), {
          maxLength: 400,
        }),
        (max, windowMs, calls) => {
          const window = new SlidingWindow(windowMs);
          const admitted: { at: number; weight: number }[] = [];
          const insideAt = (now: number): number => admitted.filter(({ at }) => at > now - windowMs).reduce((sum, { weight }) => sum + weight, 0);
          let now = 0;
          for (const { gap, weight, becomes } of calls) {
            now += gap;
            const inside = insideAt(now);
            const wait = window.waitMs(now, weight, max);
            expect(window.used(now)).toBe(inside);
            expect(wait === 0).toBe(inside + weight <= max);
            if (wait === 0) {
              const cell = window.admit(now, weight);
              // Every third one turns out to be something else, at once or beyond the limit.
              const real = becomes % 3 === 0 ? becomes : weight;
              window.correct(cell, real - weight);
              admitted.push({ at: now, weight: real });
            } else if (weight > max) {
              expect(wait).toBe(Number.POSITIVE_INFINITY);
            } else {
              expect(insideAt(now + wait) + weight).toBeLessThanOrEqual(max);
              expect(insideAt(now + wait - 1) + weight).toBeGreaterThan(max);
            }
          }
        },
      ),
    );
  });

  it("never refuses who paces at 95 % of it, however many that are", () => {
    for (const max of [600, 60_000]) {
      const window = new SlidingWindow(60_000);
      const pace = 60_000 / (max * 0.95);
      for (let request = 0; request < 4 * max; request++) {
        const now = request * pace;
        expect(window.waitMs(now, 1, max)).toBe(0);
        window.admit(now, 1);
      }
    }
  });

  it("keeps its memory and its promise when more is admitted than it tells apart", () => {
    const windowMs = 60_000;
    const window = new SlidingWindow(windowMs);
    const at: number[] = [];
    let cells = 0;
    for (let now = 0; now < 3 * windowMs; now += 3) {
      if (window.waitMs(now, 1, 10_000) > 0) continue;
      const cell = window.admit(now, 1);
      cells = Math.max(cells, cell);
      at.push(now);
    }
    for (let from = 0; from < at.length; from += 997) {
      const first = at[from] ?? 0;
      expect(at.filter((one) => one >= first && one < first + windowMs).length).toBeLessThanOrEqual(10_000);
    }
    expect(cells).toBeLessThan(3 * (CELLS_EXACT + WINDOW_STEPS) + CELLS_EXACT);
    // And it admits nearly as much as it may: three windows, less what sharing a cell costs.
    expect(at.length).toBeGreaterThan(3 * 10_000 * 0.99);
  });

  it("is empty again when everything has left", () => {
    const window = new SlidingWindow(1_000);
    for (let at = 0; at < 100; at++) window.admit(at, 1);
    expect([window.used(99), window.resetMs(99)]).toEqual([100, 1_000]);
    expect([window.used(5_000), window.resetMs(5_000)]).toEqual([0, 0]);
  });

  it("does not correct what has left", () => {
    const window = new SlidingWindow(1_000);
    const gone = window.admit(0, 50);
    const kept = window.admit(900, 50);
    expect(window.used(1_000)).toBe(50);
    window.correct(gone, -50);
    window.correct(kept, -20);
    expect(window.used(1_000)).toBe(30);
  });

  it("admits what weighs nothing even when more was used than it allows", () => {
    const window = new SlidingWindow(1_000);
    window.admit(0, 150);
    expect([window.waitMs(1, 0, 100), window.waitMs(1, 1, 100)]).toEqual([0, 999]);
  });
});
