/** Values beyond JSON travel both ways; what is not among them is read as nothing that a schema accepts. */
import fc from "fast-check";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { newKey } from "./schemas/inputs.ts";
import { readInput } from "./transformer.ts";

describe("an input", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(
        fc.record({
          at: fc.date({ noInvalidDate: true }),
          amount: fc.bigInt(),
          nothing: fc.constant(undefined),
          text: fc.string(),
          list: fc.array(fc.bigInt(), { maxLength: 20 }),
        }),
        (value) => {
          expect(readInput(JSON.parse(JSON.stringify(superjson.serialize(value))))).toEqual(value);
        },
      ),
    );
  });

  it("with two numbers that happen to be equal keeps both, and no reference is followed", () => {
    const equal = { amount: 5n, list: [5n] };
    expect(readInput(JSON.parse(JSON.stringify(superjson.serialize(equal))))).toEqual(equal);
    expect(readInput({ json: { a: 1, b: 2 }, meta: { referentialEqualities: { a: ["b", "__proto__.x"] } } })).toEqual({ a: 1, b: 2 });
  });

  it.each([
    ["a class", { json: {}, meta: { values: { a: [["class", "X"]] } } }],
    ["a set", { json: { a: [] }, meta: { values: { a: ["set"] } } }],
    ["a regular expression", { json: { a: "/(a+)+$/" }, meta: { values: { a: ["regexp"] } } }],
    ["an error", { json: { a: {} }, meta: { values: { a: ["Error"] } } }],
    ["meta of a later kind", { json: {}, meta: { aliases: {} } }],
    ["a poisoned path", { json: { a: {} }, meta: { values: { "a.__proto__.x": ["Date"] } } }],
    ["a poisoned path of another kind", { json: { a: {} }, meta: { values: { a: { constructor: ["Date"] } } } }],
    ["a date that is none, where a big number is named", { json: { a: "x" }, meta: { values: { a: ["bigint"] } } }],
    ["a thousand paths", { json: {}, meta: { values: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`p${index}`, ["undefined"]])) } }],
    ["meta that is none", { json: {}, meta: 1 }],
    ["a list", []],
    ["null", null],
    ["text", "{}"],
  ])("with %s is read as nothing that a schema accepts", (_what, sent) => {
    expect(newKey.safeParse(readInput(JSON.parse(JSON.stringify(sent)))).success).toBe(false);
    expect(typeof readInput(sent)).toBe("symbol");
  });

  it("never throws, whatever was sent", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (sent) => {
        readInput(sent);
        readInput({ json: sent, meta: { values: sent } });
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
    );
  });
});
