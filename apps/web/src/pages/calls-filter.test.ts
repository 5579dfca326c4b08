import { describe, expect, it } from "vitest";
import { filterOf, isNarrowed, outcomesOf, toggleOutcome, toggleValue, withoutFilters } from "./calls-filter.ts";
import { rangeBetween, spanOf } from "./calls-range.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

describe("the range of the calls page", () => {
  it("moves with the clock when it is relative", () => {
    expect(spanOf("1h", NOW)).toEqual({ from: new Date("2026-11-20T11:00:00Z") });
    expect(spanOf(undefined, NOW)).toEqual({ from: new Date("2026-11-19T12:00:00Z") });
    expect(spanOf("all", NOW)).toEqual({});
  });
  it("stands still between two instants", () => {
    const from = new Date("2026-11-01T00:00:00Z");
    const to = new Date("2026-11-02T00:00:00Z");
    expect(spanOf(rangeBetween(from, to), NOW)).toEqual({ from, to });
  });
  it("falls back to a day when it cannot be read", () => {
    for (const odd of ["yesterday", "..", "2026-11-02T00:00:00Z..2026-11-01T00:00:00Z"]) expect(spanOf(odd, NOW)).toEqual(spanOf("24h", NOW));
  });
});

describe("the filter of the calls page", () => {
  it("carries every part of the address", () => {
    expect(
      filterOf(
        { range: "all", outcome: "failed,failed_over", group: "chat-pool", provider: "main", model: "gpt-4o", key: "key_1", error: "overloaded", q: "gen_01" },
        NOW,
      ),
    ).toEqual({
      outcomes: ["failed_over", "failed"],
      group: "chat-pool",
      provider: "main",
      model: "gpt-4o",
      key: "key_1",
      errorCode: "overloaded",
      search: "gen_01",
    });
  });
  it("leaves out outcomes that do not exist", () => {
    expect(outcomesOf({ outcome: "failed,exploded" })).toEqual(["failed"]);
    expect(filterOf({ range: "all", outcome: "exploded" }, NOW)).toEqual({});
  });
  it("toggles one value and clears all but the range", () => {
    expect(toggleOutcome({ outcome: "failed" }, "aborted").outcome).toBe("failed,aborted");
    expect(toggleOutcome({ outcome: "failed" }, "failed").outcome).toBeUndefined();
    expect(toggleValue({ group: "a" }, "group", "a").group).toBeUndefined();
    expect(toggleValue({ group: "a" }, "group", "b").group).toBe("b");
    expect(withoutFilters({ range: "7d", group: "a", q: "x" })).toEqual({ range: "7d" });
  });
  it("knows whether anything but the range narrows", () => {
    expect(isNarrowed({ range: "1h", call: "gen_1" })).toBe(false);
    expect(isNarrowed({ q: "x" })).toBe(true);
  });
});
