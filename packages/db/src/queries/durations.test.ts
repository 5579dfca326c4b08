/** Percentiles out of counted bins are right within 2 %, and sums of counts tell the same as one count of all. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { percentileOf, type Durations } from "./durations.ts";

/** As `switchyard.duration_bin` does. */
const binOf = (ms: number): number => Math.ceil(Math.log(Math.max(ms, 1)) / Math.log(1.04));
const counted = (all: readonly number[]): Durations => ({ bins: all.map(binOf), counts: all.map(() => 1) });
const duration = fc.double({ min: 1, max: 600_000, noNaN: true });

it("knows nothing of nothing", () => {
  expect(percentileOf([], 0.5)).toBeUndefined();
  expect(percentileOf([{ bins: [], counts: [] }], 0.95)).toBeUndefined();
});

it("is within 2 % of the wanted duration", () => {
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), fc.constantFrom(0.5, 0.95, 1), (all, share) => {
      const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? Number.NaN;
      const told = percentileOf([counted(all)], share) ?? Number.NaN;
      expect(told / exact).toBeGreaterThanOrEqual(0.98);
      expect(told / exact).toBeLessThanOrEqual(1.02);
    }),
  );
});

it("adds up", () => {
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1 }), fc.array(duration), (some, more) => {
      expect(percentileOf([counted(some), counted(more)], 0.5)).toBe(percentileOf([counted([...some, ...more])], 0.5));
    }),
  );
});
