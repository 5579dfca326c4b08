/** Brings a JSON schema into the part of the language that Gemini takes, losing a constraint rather than the request. */
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";

/** https://ai.google.dev/gemini-api/docs/structured-output#json_schema_support */
const KEPT: ReadonlySet<string> = new Set([
  "$id",
  "$anchor",
  "$ref",
  "type",
  "format",
  "title",
  "description",
  "enum",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "required",
  "propertyOrdering",
]);
/** Keywords that hold one schema, a list of them, or schemas by name. */
const ONE: ReadonlySet<string> = new Set(["items", "additionalProperties"]);
const MANY: ReadonlySet<string> = new Set(["anyOf", "oneOf", "prefixItems"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
const DEPTH_MAX = 64;

/** The schema without keywords that Gemini refuses; `const` becomes an `enum` of one, `allOf` is merged, draft-7 `definitions` become `$defs`. */
export const geminiSchema = (schema: Fields): Fields => schemaOf(schema, 0);

function schemaOf(schema: Fields, depth: number): Fields {
  const kept: Fields = {};
  if (depth > DEPTH_MAX) return kept;
  for (const [key, value] of Object.entries(mergedAllOf(schema))) {
    if (key === "$ref") kept[key] = typeof value === "string" ? value.replace(/^#\/definitions\//, "#/$defs/") : value;
    else if (KEPT.has(key)) kept[key] = value;
    else if (ONE.has(key)) kept[key] = oneOf(value, depth);
    else if (MANY.has(key)) kept[key] = listOf(value).map((one) => schemaOf(fieldsOf(one) ?? {}, depth + 1));
    else if (NAMED.has(key)) kept[key === "definitions" ? "$defs" : key] = named(value, depth);
    else if (key === "const") kept["enum"] = [value];
    else if (key === "exclusiveMinimum" && typeof value === "number") kept["minimum"] ??= value;
    else if (key === "exclusiveMaximum" && typeof value === "number") kept["maximum"] ??= value;
  }
  return kept;
}

/** A schema, `true`/`false`, or draft-7's list of items. */
function oneOf(value: unknown, depth: number): unknown {
  const inner = fieldsOf(value);
  if (inner) return schemaOf(inner, depth + 1);
  return Array.isArray(value) ? schemaOf(fieldsOf(value[0]) ?? {}, depth + 1) : value;
}

const named = (value: unknown, depth: number): Fields =>
  Object.fromEntries(Object.entries(fieldsOf(value) ?? {}).map(([name, one]) => [name, schemaOf(fieldsOf(one) ?? {}, depth + 1)]));

/** All parts of an `allOf` at once: properties and required names together, of other keywords the last. */
function mergedAllOf(schema: Fields): Fields {
  const parts = listOf(schema["allOf"]).map((part) => fieldsOf(part) ?? {});
  if (parts.length === 0) return schema;
  const { allOf: _allOf, ...rest } = schema;
  let merged: Fields = {};
  for (const part of [...parts, rest]) {
    const properties = { ...fieldsOf(merged["properties"]), ...fieldsOf(part["properties"]) };
    const required = [...new Set([...listOf(merged["required"]), ...listOf(part["required"])])];
    merged = { ...merged, ...part, ...(Object.keys(properties).length > 0 ? { properties } : {}), ...(required.length > 0 ? { required } : {}) };
  }
  return merged;
}
