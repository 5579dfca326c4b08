/** The arithmetic of the bench: medians, the order of rounds, added latency against the same round, exact cost. */
import { expect, it } from "vitest";
import { figuresOf, median, turned, type Sample } from "./measure.ts";
import { table, targetsOf } from "./report.ts";
import { costOf, costOfTally } from "./usage.ts";

const sample = (more: Partial<Sample>): Sample => ({
  requestsPerSecond: 1,
  streamsPerSecond: 1,
  burstsPerSecond: 1,
  p50Ms: 1,
  p99Ms: 1,
  failed: 0,
  errors: [],
  ...more,
});

it("takes the middle, and the mean of the two in the middle, leaving out what is no number", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, Number.NaN, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

it("lets every variant begin a round once", () => {
  expect([0, 1, 2, 3].map((round) => turned(["a", "b", "c"], round).join(""))).toEqual(["abc", "bca", "cab", "abc"]);
});

it("compares each round with the direct way of the same round, so that a slow moment cancels", () => {
  const direct = [sample({ p50Ms: 1 }), sample({ p50Ms: 100 }), sample({ p50Ms: 1 })];
  const proxied = [sample({ p50Ms: 2 }), sample({ p50Ms: 101, failed: 2, errors: ["x"] }), sample({ p50Ms: 2.5 })];
  expect(figuresOf(proxied, direct, {})).toMatchObject({ addedP50Ms: 1, p50Ms: 2.5, failed: 2, errors: ["x"] });
});

it("rounds a cost up once and sums a tally exactly", () => {
  expect(costOf({ prompt_tokens: 20, completion_tokens: 10 })).toBe(9_000n);
  expect(costOf({ prompt_tokens: 1, completion_tokens: 0 })).toBe(150n);
  expect(costOfTally({ whole: 1_000_000_000, streams: 1, usageTold: 0, aborted: 0 })).toBe(9_000_000_063_000n);
});

it("says of each target whether it was kept, missed or not measured", () => {
  const figures = figuresOf([sample({ requestsPerSecond: 300, streamsPerSecond: 50 })], [sample({ p50Ms: 0 })], {});
  const results = { switchyard: figures, portkey: { ...figures, requestsPerSecond: 110 }, bare: { ...figures, streamsPerSecond: 50 } };
  expect(targetsOf(results, undefined).map((target) => target.kept)).toEqual([false, true, true, undefined]);
});

it("aligns a table", () => {
  expect(
    table([
      ["", "n"],
      ["ab", "100"],
    ]),
  ).toBe("      n\nab  100");
});
