import { describe, expect, it } from "vitest";
import { candidates, strokeName, type Stroke } from "./hotkeys.ts";

const stroke = (key: string, held: Partial<Stroke> = {}): Stroke => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe("key strokes", () => {
  it("tell a combination from the letter in it, so that Ctrl K never runs k", () => {
    expect(strokeName(stroke("k"), false)).toBe("k");
    expect(strokeName(stroke("k", { ctrlKey: true }), false)).toBe("mod+k");
    expect(strokeName(stroke("K", { metaKey: true }), false)).toBe("mod+k");
  });
  it("leave single letters to the field that has the focus, but not combinations", () => {
    expect(strokeName(stroke("j"), true)).toBeUndefined();
    expect(strokeName(stroke("k", { ctrlKey: true }), true)).toBe("mod+k");
  });
  it("leave everything with Alt to the system", () => {
    expect(strokeName(stroke("g", { altKey: true }), false)).toBeUndefined();
  });
  it("try a pair before the single key", () => {
    expect(candidates("g", "k")).toEqual(["g k", "k"]);
    expect(candidates("", "k")).toEqual(["k"]);
  });
});
