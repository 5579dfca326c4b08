import { describe, expect, it } from "vitest";
import { seriesColors, seriesSlot } from "./series-color.ts";

describe("series colours", () => {
  it("depend on the name alone", () => {
    expect(seriesSlot("main/gpt-4o")).toBe(seriesSlot("main/gpt-4o"));
    expect(seriesSlot("main/gpt-4o")).toBeGreaterThanOrEqual(1);
    expect(seriesSlot("main/gpt-4o")).toBeLessThanOrEqual(6);
  });
  it("differ among the first six and are grey beyond", () => {
    const colors = seriesColors(["a", "b", "c", "d", "e", "f", "g"]);
    expect(new Set(colors.slice(0, 6)).size).toBe(6);
    expect(colors[6]).toBe("idle-mark");
  });
});
