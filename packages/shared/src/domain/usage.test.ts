import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addUsage,
  completionTokensOf,
  FURTHER_COMPLETION_PARTS,
  FURTHER_PROMPT_PARTS,
  furtherOf,
  NO_USAGE,
  promptTokensOf,
  takeFrom,
  tokenCount,
  UNIT_PARTS,
  USAGE_PARTS,
  type Usage,
} from "./usage.ts";

const count = fc.integer({ min: 0, max: 2 ** 40 });
/** Any usage, its further parts there or not. */
const anyUsage: fc.Arbitrary<Usage> = fc
  .record(Object.fromEntries(USAGE_PARTS.map((part) => [part, count])) as Record<(typeof USAGE_PARTS)[number], typeof count>, {
    requiredKeys: ["input", "cachedInput", "cacheWrite", "output", "reasoning"],
  })
  .map((usage) => usage as Usage);

describe("usage", () => {
  test("adds up in any order, and nothing changes it by nothing", () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, anyUsage, (a, b, c) => {
        const parts = (usage: Usage) => USAGE_PARTS.map((part) => usage[part] ?? 0);
        expect(parts(addUsage(a, addUsage(b, c)))).toEqual(parts(addUsage(addUsage(a, b), c)));
        expect(parts(addUsage(a, b))).toEqual(parts(addUsage(b, a)));
        expect(parts(addUsage(a, NO_USAGE))).toEqual(parts(a));
      }),
    );
  });

  test("has totals that are the sums of its token parts, units left out", () => {
    fc.assert(
      fc.property(anyUsage, (usage) => {
        const tokens = USAGE_PARTS.filter((part) => !(UNIT_PARTS as readonly string[]).includes(part)).reduce((sum, part) => sum + (usage[part] ?? 0), 0);
        expect(promptTokensOf(usage) + completionTokensOf(usage)).toBe(tokens);
      }),
    );
    for (const part of FURTHER_PROMPT_PARTS) expect(promptTokensOf({ ...NO_USAGE, [part]: 7 })).toBe(7);
    for (const part of FURTHER_COMPLETION_PARTS) expect(completionTokensOf({ ...NO_USAGE, [part]: 7 })).toBe(7);
  });

  test("tells further parts only where there are some", () => {
    const plain: Usage = { ...NO_USAGE, input: 5 };
    expect(furtherOf({ ...plain, audioInput: 0 } as Usage)).toBeUndefined();
    expect(furtherOf({ ...plain, audioInput: 3, images: 1 } as Usage)).toEqual({ audioInput: 3, images: 1 });
  });
});

describe("a provider's counts", () => {
  test("are taken only when they are whole and plausible", () => {
    for (const strange of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 41, "7", null, undefined]) expect(tokenCount(strange)).toBeUndefined();
    expect(tokenCount(0)).toBe(0);
  });

  test("never take more from a total than it has", () => {
    fc.assert(
      fc.property(count, fc.array(fc.option(count, { nil: undefined })), (total, wanted) => {
        const rest = { left: total };
        const taken = wanted.map((one) => takeFrom(rest, one));
        expect(rest.left).toBeGreaterThanOrEqual(0);
        expect(taken.reduce((sum, one) => sum + one, rest.left)).toBe(total);
        expect(taken.every((one) => one >= 0)).toBe(true);
      }),
    );
  });
});
