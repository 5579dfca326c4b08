/** Says a schema of Google's (OpenAPI's subset, types in capitals, `nullable`) as JSON Schema. */

const NAMED: ReadonlySet<string> = new Set(["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]);

/** The same constraints; what is JSON Schema already stays as it is. Values of `enum`, `default` and `example` are never touched. */
export function jsonSchemaOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchemaOf);
  if (typeof schema !== "object" || schema === null) return schema;
  const fields = schema as Readonly<Record<string, unknown>>;
  const said: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (key === "nullable" || key === "propertyOrdering" || key === "__proto__") continue;
    if (key === "type" && typeof value === "string" && NAMED.has(value)) said["type"] = value.toLowerCase();
    else if (key === "properties" || key === "$defs" || key === "definitions") said[key] = eachOf(value);
    else if (SCHEMAS.has(key)) said[key] = jsonSchemaOf(value);
    // Google writes these counts as texts.
    else if (COUNTS.has(key) && typeof value === "string") said[key] = Number(value);
    else said[key] = value;
  }
  if (fields["nullable"] === true && typeof said["type"] === "string") said["type"] = [said["type"], "null"];
  return said;
}

const SCHEMAS: ReadonlySet<string> = new Set(["items", "anyOf", "oneOf", "allOf", "prefixItems", "not", "additionalProperties"]);
const COUNTS: ReadonlySet<string> = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

const eachOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, jsonSchemaOf(one)]))
    : value;
