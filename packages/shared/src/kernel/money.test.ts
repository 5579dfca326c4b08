import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUsd, inCents, nano, parseUsd, parseUsdUp } from "./money.ts";

describe("dollars as text", () => {
  test.each([
    ["0.15", 150_000_000n],
    ["10.00", 10_000_000_000n],
    ["3", 3_000_000_000n],
    ["0.000000001", 1n],
    ["-1.5", -1_500_000_000n],
  ])("%s is exact", (text, amount) => {
    expect(parseUsd(text)).toBe(amount);
  });
  test.each(["", "1.", ".5", "1e3", "1,5", "NaN", "0.0000000001", "99999999999", " 1", "1 "])("%j is no amount", (text) => {
    expect(parseUsd(text)).toBeUndefined();
  });
  test("are printed exactly and read back the same", () => {
    fc.assert(fc.property(fc.bigInt(-9_000_000_000_000_000_000n, 9_000_000_000_000_000_000n), (amount) => parseUsd(formatUsd(amount)) === nano(amount)));
  });
});

test("a figure finer than a nano-dollar is rounded up", () => {
  expect(parseUsdUp("0.00012")).toBe(120_000n);
  expect(parseUsdUp("0.0000000001")).toBe(1n);
  expect(parseUsdUp("0.0000000010000")).toBe(1n);
  expect(parseUsdUp("12")).toBe(12_000_000_000n);
  for (const strange of ["-1", "1e-7", "", "1.", ".5", "99999999999", "1.2.3"]) expect(parseUsdUp(strange)).toBeUndefined();
});

test.each([
  [50_210_000n, "0.06", "0.05"],
  [50_000_000n, "0.05", "0.05"],
  [1n, "0.01", "0.00"],
  [0n, "0.00", "0.00"],
  [-1n, "0.00", "-0.01"],
])("%s nano-dollars are at most $%s and at least $%s in cents", (amount, up, down) => {
  expect(formatUsd(inCents(amount, "up"))).toBe(up);
  expect(formatUsd(inCents(amount, "down"))).toBe(down);
});
