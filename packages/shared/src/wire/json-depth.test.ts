import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasDeepNesting, jsonExcess } from "./json-depth.ts";

const deep = (text: string, max: number): boolean => hasDeepNesting(new TextEncoder().encode(text), max);

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe("hasDeepNesting", () => {
  test("counts arrays and objects alike", () => {
    expect(deep('{"a":[1,{"b":2}]}', 3)).toBe(false);
    expect(deep('{"a":[1,{"b":2}]}', 2)).toBe(true);
  });

  test("brackets within strings do not count, whatever is escaped around them", () => {
    expect(deep(JSON.stringify({ a: "[[[[{{{{" }), 1)).toBe(false);
    expect(deep(JSON.stringify({ a: `${"x".repeat(300)}\\"[[[[\\`, b: `${"\\".repeat(97)}[[` }), 1)).toBe(false);
    expect(deep(JSON.stringify([`${"\\".repeat(200)}`, [["deep"]]]), 2)).toBe(true);
  });

  test("siblings do not add up", () => {
    expect(deep(JSON.stringify(Array.from({ length: 500 }, () => [[]])), 3)).toBe(false);
  });

  test("a million open brackets and an unclosed string have an answer", () => {
    expect(deep("[".repeat(1_000_000), 64)).toBe(true);
    expect(deep(`["${"[".repeat(1_000_000)}`, 64)).toBe(false);
  });

  test("agrees with the parsed value for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(7), (value, max) => {
        expect(deep(JSON.stringify(value), max)).toBe(depthOf(value) > max);
      }),
    );
  });
});

describe("jsonExcess", () => {
  const excess = (value: unknown, itemsMax: number): string | undefined =>
    jsonExcess(new TextEncoder().encode(JSON.stringify(value)), { depthMax: 8, itemsMax });

  test("counts the items of all arrays and objects together", () => {
    expect(excess([1, [2, 3], { a: 4, b: 5 }], 5)).toBeUndefined();
    expect(excess([1, [2, 3], { a: 4, b: 5 }], 4)).toBe("items");
  });

  test("commas within strings are text", () => {
    expect(excess([",".repeat(5_000), "x"], 2)).toBeUndefined();
  });

  test("a field named twice in the outermost object is told, where that is asked", () => {
    const twice = (text: string): string | undefined => jsonExcess(new TextEncoder().encode(text), { depthMax: 8, itemsMax: 100, fieldsOnce: true });
    expect(twice('{"model":"a","n":1, "model" :"b"}')).toBe("duplicate");
    expect(twice('{"a":"a","b":"a","c":["a","a"],"d":{"a":1},"e":{"a":2}}')).toBeUndefined();
    expect(jsonExcess(new TextEncoder().encode('{"a":1,"a":2}'), { depthMax: 8, itemsMax: 100 })).toBeUndefined();
  });

  test("any object's JSON names each field once", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
        const bytes = new TextEncoder().encode(JSON.stringify(value));
        expect(jsonExcess(bytes, { depthMax: 99, itemsMax: 100_000, fieldsOnce: true })).toBeUndefined();
      }),
    );
  });

  test("a million fields are refused without a walk through them all", () => {
    const many = `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(",")}}`;
    expect(jsonExcess(new TextEncoder().encode(many), { depthMax: 8, itemsMax: 1_000 })).toBe("items");
  });
});
