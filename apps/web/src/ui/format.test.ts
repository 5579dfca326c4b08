import { describe, expect, it } from "vitest";
import {
  callMoney,
  changeOf,
  compactCount,
  count,
  dateTime,
  exactMoney,
  latency,
  percent,
  pointsOf,
  preciseTime,
  priceMoney,
  relative,
  shareOf,
  sumMoney,
  totalMoney,
} from "./format.ts";

const NANO = 1_000_000_000n;

describe("money", () => {
  it("prints every digit of an amount that no float could hold", () => {
    expect(exactMoney(9_007_199_254_740_993_123n)).toBe("9007199254.740993123");
    expect(priceMoney(9_007_199_254_740_993_123n, "en")).toBe("$9,007,199,254.740993123");
  });
  it("shows totals to the cent and one call to what it deserves", () => {
    expect(totalMoney(148n * NANO + 212_604_113n, "en")).toBe("$148.21");
    expect(callMoney(4_213_000n, "en")).toBe("$0.004213");
    expect(callMoney(12n * NANO + 345_678_900n, "en")).toBe("$12.3457");
    expect(callMoney(1_234n * NANO, "en")).toBe("$1,234.00");
  });
  it("never makes a charge look free nor a free call look charged", () => {
    expect(callMoney(0n, "en")).toBe("$0.00");
    expect(callMoney(499n, "en")).toBe("$0.000000499");
    expect(callMoney(500n, "en")).toBe("$0.000001");
  });
  it("marks what leaves with a true minus and keeps the narrow symbol in Chinese", () => {
    expect(callMoney(-28_851_000n, "en")).toBe("\u2212$0.028851");
    expect(totalMoney(148n * NANO, "zh-CN")).toBe("$148.00");
  });
  it("shows small sums instead of a zero", () => {
    expect(sumMoney(512_000n, "en")).toBe("$0.000512");
    expect(sumMoney(10_000_000n, "en")).toBe("$0.01");
    expect(sumMoney(0n, "en")).toBe("$0.00");
  });
  it("takes shares of amounts without dividing by nothing", () => {
    expect(shareOf(1n, 4n)).toBe(0.25);
    expect(shareOf(1n, 0n)).toBe(0);
  });
});

describe("figures", () => {
  it("separates thousands and compacts only where asked", () => {
    expect(count(1_234_567, "en")).toBe("1,234,567");
    expect(compactCount(1_234_567, "en")).toBe("1.2M");
    expect(compactCount(1_234_567, "zh-CN")).toBe("123.5万");
  });
  it("says milliseconds under a second and seconds above", () => {
    expect(latency(412, "en")).toBe("412ms");
    expect(latency(1_566, "en")).toBe("1.57s");
    expect(latency(1_566, "zh-CN")).toBe("1.57秒");
    expect(latency(undefined, "en")).toBe("–");
    expect([0, 0.4, 999.4, 999.6].map((ms) => latency(ms, "en"))).toEqual(["0ms", "<1ms", "999ms", "1.00s"]);
  });
  it("never rounds a flawed rate up to perfect", () => {
    expect(percent(0.99999, "en")).toBe("99.99%");
    expect(percent(1, "en")).toBe("100%");
  });
  it("compares with before, and says nothing when there was nothing", () => {
    expect(changeOf(112, 100, "en")).toBe("+12%");
    expect(changeOf(90, 100, "en")).toBe("\u221210%");
    expect(changeOf(5, 0, "en")).toBeUndefined();
    expect(pointsOf(0.9938, 0.9959, "en")).toBe("\u22120.21 pp");
  });
});

describe("dates", () => {
  const at = new Date("2026-11-20T14:32:09.227Z");
  it("are shown in UTC with a 24 hour clock", () => {
    expect(dateTime(at, "en")).toBe("Nov 20, 2026, 14:32:09");
    expect(dateTime(at, "zh-CN")).toBe("2026年11月20日 14:32:09");
    expect(preciseTime(at, "en")).toBe("14:32:09.227");
    expect(preciseTime(new Date("2026-11-20T00:02:09.007Z"), "en")).toBe("00:02:09.007");
  });
  it("are relative within a day and absolute beyond", () => {
    expect(relative(at.getTime() - 180_000, at.getTime(), "en")).toBe("3 min. ago");
    expect(relative(at.getTime() - 3 * 86_400_000, at.getTime(), "en")).toBe("Nov 17, 2026");
  });
});
