import { expect, test } from "vitest";
import { likeness, vectorOf } from "./vectors.ts";

test("texts that share words are alike, others are not, and length is always one", () => {
  const signal = vectorOf("the signal box sets the points", 256);
  expect(likeness(signal, vectorOf("a signal box with points", 256))).toBeGreaterThan(0.4);
  expect(Math.abs(likeness(signal, vectorOf("Zitronenkuchen", 256)))).toBeLessThan(0.25);
  for (const text of ["", "…", "a", "日本語"]) for (const size of [1, 3, 1536]) expect(likeness(vectorOf(text, size), vectorOf(text, size))).toBeCloseTo(1, 5);
  expect(vectorOf("the same", 64)).toEqual(vectorOf("the same", 64));
});
