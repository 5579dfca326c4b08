/** The ring admits exactly as much as its limit says, in any window, however it is used. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingWindow } from "./window.ts";

describe("a window", () => {
  it("lets the example of its description happen: 3 in 10 s", () => {
    const window = new SlidingWindow({ max: 3, windowMs: 10_000 });
    const take = (now: number): number => {
      const wait = window.waitMs(now);
      if (wait === 0) window.admit(now);
      return wait;
    };
    expect([take(0), take(4_000), take(9_000), take(9_500), take(10_000), take(10_000)]).toEqual([0, 0, 0, 500, 0, 4_000]);
  });

  it("admits at most its limit in any window, and refuses only when the window before is full", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 400 }),
        (max, windowMs, gaps) => {
          const window = new SlidingWindow({ max, windowMs });
          const admitted: number[] = [];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const inside = admitted.filter((at) => at > now - windowMs).length;
            const wait = window.waitMs(now);
            expect(wait === 0).toBe(inside < max);
            expect(window.remaining(now)).toBeLessThanOrEqual(max - inside);
            if (wait === 0) {
              window.admit(now);
              admitted.push(now);
            } else {
              // The promised moment is the first at which there is room.
              const opens = now + wait;
              expect(admitted.filter((at) => at > opens - windowMs).length).toBeLessThan(max);
              expect(admitted.filter((at) => at > opens - 1 - windowMs).length).toBe(max);
            }
          }
        },
      ),
    );
  });

  it("never refuses who paces at 95 % of it", () => {
    const window = new SlidingWindow({ max: 600, windowMs: 60_000 });
    const pace = 60_000 / (600 * 0.95);
    for (let request = 0; request < 20_000; request++) {
      const now = request * pace;
      expect(window.waitMs(now)).toBe(0);
      window.admit(now);
    }
  });

  it("is empty again when everything has left", () => {
    const window = new SlidingWindow({ max: 100, windowMs: 1_000 });
    for (let at = 0; at < 100; at++) window.admit(at);
    expect([window.remaining(99), window.resetMs(99)]).toEqual([0, 1_000]);
    for (let look = 0; look < 10; look++) window.waitMs(5_000);
    expect([window.remaining(5_000), window.resetMs(5_000)]).toEqual([100, 0]);
  });

  it("takes an admission beyond its limit for the defect it is", () => {
    const window = new SlidingWindow({ max: 1, windowMs: 1_000 });
    window.admit(0);
    expect(() => window.admit(1)).toThrow(/full window/);
  });
});
