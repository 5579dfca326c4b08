import { describe, expect, test } from "vitest";
import * as z from "zod";
import { instanceOf } from "./schema-instance.ts";

describe("instanceOf", () => {
  test.each<[string, Record<string, unknown>]>([
    [
      "nested objects",
      {
        type: "object",
        properties: { a: { type: "object", properties: { b: { type: "integer" } }, required: ["b"] } },
        required: ["a"],
        additionalProperties: false,
      },
    ],
    [
      "bounds",
      {
        type: "object",
        properties: {
          a: { type: "integer", minimum: 5, maximum: 6 },
          b: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
          c: { type: "number", maximum: -3 },
          d: { type: "integer", exclusiveMinimum: 7 },
          e: { type: "integer", multipleOf: 7, minimum: 8 },
        },
        required: ["a", "b", "c", "d", "e"],
      },
    ],
    ["lists", { type: "array", items: { type: "string", minLength: 50, maxLength: 60 }, minItems: 3 }],
    [
      "choices",
      {
        type: "object",
        properties: { a: { enum: ["x", "y"] }, b: { const: 4 }, c: { anyOf: [{ type: "boolean" }, { type: "null" }] }, d: { type: ["null", "number"] } },
        required: ["a", "b", "c", "d"],
      },
    ],
    [
      "formats",
      {
        type: "object",
        properties: { a: { type: "string", format: "date-time" }, b: { type: "string", format: "email" }, c: { type: "string", format: "uuid" } },
        required: ["a", "b", "c"],
      },
    ],
    ["references", { type: "object", properties: { a: { $ref: "#/$defs/one" } }, required: ["a"], $defs: { one: { type: "string", maxLength: 3 } } }],
  ])("fits a schema with %s", (_name, schema) => {
    expect(z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(instanceOf(schema, "some words of the user"))).toMatchObject({ success: true });
  });

  test("a schema that refers to itself ends", () => {
    const schema = { $ref: "#/$defs/node", $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } } };
    expect(JSON.stringify(instanceOf(schema, "x")).length).toBeLessThan(500);
  });

  test("finds the place that was spoken of", () => {
    expect(instanceOf({ type: "object", properties: { city: { type: "string" } } }, "What is the weather in São Paulo?")).toEqual({ city: "São Paulo" });
  });

  test.each([undefined, null, 5, "x", true, { type: "strange" }, { properties: { ["__proto__"]: { type: "string" } } }])("survives the schema %j", (schema) => {
    expect(() => JSON.stringify(instanceOf(schema, "x"))).not.toThrow();
    expect(({} as Record<string, unknown>)["type"]).toBeUndefined();
  });
});
