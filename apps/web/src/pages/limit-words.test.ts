import { describe, expect, it } from "vitest";
import type { Limit } from "@switchyard/shared/domain/limit";
import { fieldsOf, limitOf, limitWords } from "./limit-words.ts";
import type { TFunction } from "i18next";

const t = ((key: string, values: Record<string, string | number> = {}) => [key, ...Object.values(values)].join(" ")) as unknown as TFunction;

describe("a limit", () => {
  it.each([
    [{ kind: "requests", max: 600, windowSeconds: 60 }, "limits.per limits.nRequests 600 600 limits.minute"],
    [{ kind: "total_tokens", max: 1_000_000, windowSeconds: 7_200 }, "limits.per limits.nTotalTokens 1000000 1,000,000 limits.seconds 7,200"],
    [{ kind: "cost", max: 2_500_000_000, windowSeconds: 86_400 }, "limits.per $2.50 limits.day"],
    [{ kind: "concurrency", max: 4, windowSeconds: 0 }, "limits.atOnce 4 4"],
  ] as [Limit, string][])("is said in words and read again as it was: %j", (limit, words) => {
    expect(limitWords(limit, t, "en")).toBe(words);
    expect(limitOf(fieldsOf(limit))).toEqual(limit);
  });
  it.each(["", "0", "-1", "1.5", "many", "9".repeat(16)])("is not read from %j", (max) => {
    expect(limitOf({ kind: "requests", max, windowSeconds: 60 })).toBeUndefined();
  });
  it("of cost is dollars, and at most a million", () => {
    expect(limitOf({ kind: "cost", max: "0.000000001", windowSeconds: 60 })?.max).toBe(1);
    expect(limitOf({ kind: "cost", max: "1000000.01", windowSeconds: 60 })).toBeUndefined();
    expect(limitOf({ kind: "cost", max: "0.00", windowSeconds: 60 })).toBeUndefined();
  });
});
