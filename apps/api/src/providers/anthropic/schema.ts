/** Brings a JSON schema into the part of the language that Anthropic binds a model to; what it cannot enforce is told in words. */
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations */
const UNENFORCED: ReadonlySet<string> = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "patternProperties",
  "if",
  "then",
  "else",
  "not",
]);
const DROPPED: ReadonlySet<string> = new Set(["$schema", "$id", "examples"]);
const LISTS: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);
/** Anthropic enforces no more than "at least one". */
const MIN_ITEMS_MAX = 1;
const DEPTH_MAX = 64;

export const boundSchema = (schema: Fields): Fields => bound(schema, 0);

function bound(schema: Fields, depth: number): Fields {
  const kept: Fields = {};
  const told: string[] = [];
  if (depth > DEPTH_MAX) return kept;
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key)) continue;
    if (UNENFORCED.has(key) || (key === "minItems" && typeof value === "number" && value > MIN_ITEMS_MAX)) told.push(`${key}: ${JSON.stringify(value)}`);
    else if (LISTS.has(key)) kept[key === "oneOf" ? "anyOf" : key] = listOf(value).map((one) => bound(fieldsOf(one) ?? {}, depth + 1));
    else if (NAMED.has(key))
      kept[key] = Object.fromEntries(Object.entries(fieldsOf(value) ?? {}).map(([name, one]) => [name, bound(fieldsOf(one) ?? {}, depth + 1)]));
    else if (key === "items") kept[key] = bound(fieldsOf(value) ?? {}, depth + 1);
    else kept[key] = value;
  }
  if (kept["type"] === "object" || kept["properties"] !== undefined) kept["additionalProperties"] = false;
  if (told.length > 0) kept["description"] = [kept["description"], `{${told.join(", ")}}`].filter((words) => typeof words === "string").join("\n\n");
  return kept;
}

/** Whether Anthropic can be bound to it at all: no object with names of its own choosing, and no schema within itself. */
export const canBind = (schema: Fields): boolean => !hasOpenObject(schema, 0) && !isRecursive(schema);

function hasOpenObject(value: unknown, depth: number): boolean {
  if (depth > DEPTH_MAX) return true;
  if (Array.isArray(value)) return value.some((one) => hasOpenObject(one, depth + 1));
  const fields = fieldsOf(value);
  if (!fields) return false;
  const { additionalProperties: more } = fields;
  return more === true || fieldsOf(more) !== undefined || Object.values(fields).some((one) => hasOpenObject(one, depth + 1));
}

const REFERENCE = /"\$ref":"(#[^"]*)"/g;

/** Follows the references between definitions. */
function isRecursive(schema: Fields): boolean {
  const definitions = { ...fieldsOf(schema["definitions"]), ...fieldsOf(schema["$defs"]) };
  const names = (value: unknown): readonly string[] =>
    [...JSON.stringify(value ?? null).matchAll(REFERENCE)].map((match) => (match[1] ?? "").split("/").at(-1) ?? "");
  const targets = new Map(Object.entries(definitions).map(([name, one]) => [name, names(one)]));
  const reaches = (from: string, wanted: string, seen: Set<string>): boolean =>
    (targets.get(from) ?? []).some((name) => {
      if (name === wanted || name === "#") return true;
      if (seen.has(name)) return false;
      seen.add(name);
      return reaches(name, wanted, seen);
    });
  return names(schema).includes("#") || [...targets.keys()].some((name) => reaches(name, name, new Set()));
}
