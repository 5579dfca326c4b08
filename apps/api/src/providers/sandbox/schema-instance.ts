/** Makes a value that fits a JSON schema, the same for the same schema and words: the sandbox's idea of structured output. */
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";

const DEPTH_MAX = 12;
const ITEMS_MAX = 16;

/** `words` fill free texts. What the schema does not say becomes a short, plausible value. */
export const instanceOf = (schema: unknown, words: string): unknown => build(schema, { root: schema, words, depth: 0, name: "" });

interface Place {
  readonly root: unknown;
  readonly words: string;
  readonly depth: number;
  /** The property that the value is for. */
  readonly name: string;
}

function build(schema: unknown, place: Place): unknown {
  const fields = fieldsOf(schema);
  if (!fields || place.depth > DEPTH_MAX) return schema === false ? null : "…";
  if ("const" in fields) return fields["const"];
  const choices = listOf(fields["enum"]);
  if (choices.length > 0) return choices[0];
  if (typeof fields["$ref"] === "string") return build(resolve(place.root, fields["$ref"]), deeper(place, place.name));
  const alternative = [...listOf(fields["anyOf"]), ...listOf(fields["oneOf"])][0];
  if (alternative !== undefined) return build(alternative, deeper(place, place.name));
  const all = listOf(fields["allOf"]);
  if (all.length > 0) return build(merged([fields, ...all.map((one) => fieldsOf(one) ?? {})]), deeper(place, place.name));
  return ofType(typeOf(fields), fields, place);
}

const deeper = (place: Place, name: string): Place => ({ ...place, depth: place.depth + 1, name });

function typeOf(fields: Fields): unknown {
  const type = Array.isArray(fields["type"]) ? fields["type"].find((one) => one !== "null") : fields["type"];
  if (type !== undefined) return type;
  if (fields["properties"]) return "object";
  return fields["items"] ? "array" : "string";
}

function ofType(type: unknown, fields: Fields, place: Place): unknown {
  switch (type) {
    case "object":
      return objectOf(fields, place);
    case "array": {
      const least = typeof fields["minItems"] === "number" ? fields["minItems"] : 1;
      return Array.from({ length: Math.min(Math.max(least, 0), ITEMS_MAX) }, () => build(fields["items"] ?? {}, deeper(place, place.name)));
    }
    case "integer":
      return Math.ceil(numberOf(fields));
    case "number":
      return numberOf(fields);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return stringOf(fields, place);
  }
}

/** Every named property: strict schemas require them all, others allow them. */
function objectOf(fields: Fields, place: Place): Fields {
  const made: Fields = {};
  const properties = fieldsOf(fields["properties"]) ?? {};
  for (const key of new Set([...Object.keys(properties), ...listOf(fields["required"]).filter((one) => typeof one === "string")])) {
    if (key !== "__proto__") made[key] = build(properties[key] ?? {}, deeper(place, key));
  }
  return made;
}

/** A number within the bounds, stepping up to a multiple where one is demanded. */
function numberOf(fields: Fields): number {
  const least = boundOf(fields["minimum"], fields["exclusiveMinimum"]);
  const most = boundOf(fields["maximum"], fields["exclusiveMaximum"]);
  const step = typeof fields["multipleOf"] === "number" && fields["multipleOf"] > 0 ? fields["multipleOf"] : undefined;
  const wanted = between(least, most);
  return step === undefined ? wanted : Math.ceil(wanted / step) * step;
}

/** Well inside: bounds that exclude themselves are kept too. */
function between(least: number | undefined, most: number | undefined): number {
  if (least !== undefined && most !== undefined) return (least + most) / 2;
  if (least !== undefined) return least + 1;
  return most === undefined ? 1 : Math.min(1, most - 1);
}

const boundOf = (inclusive: unknown, exclusive: unknown): number | undefined => [inclusive, exclusive].find((bound) => typeof bound === "number");

const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-01",
  time: "12:00:00Z",
  "date-time": "2026-01-01T12:00:00Z",
  email: "ada@example.com",
  uri: "https://example.com/",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

function stringOf(fields: Fields, { words, name }: Place): string {
  const format = typeof fields["format"] === "string" ? fields["format"] : "";
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format] ?? "";
  const spoken = placeIn(words, name) ?? (words.trim() === "" ? name || "text" : words.trim().slice(0, 40));
  const least = typeof fields["minLength"] === "number" ? Math.min(fields["minLength"], 1_000) : 0;
  const most = typeof fields["maxLength"] === "number" ? fields["maxLength"] : 40;
  return spoken.padEnd(least, "x").slice(0, Math.max(most, least));
}

/** A model would find the place in "weather in Paris": so does this, for properties that ask for one. */
function placeIn(words: string, name: string): string | undefined {
  if (!/city|location|place|town|country/i.test(name)) return undefined;
  return /\b(?:in|for|at)\s+(\p{Lu}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'-]*)*)/u.exec(words)?.[1] ?? "Paris";
}

/** Only references within the schema itself: nothing is ever fetched. */
function resolve(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) return {};
  let at: unknown = root;
  for (const step of reference
    .slice(1)
    .split("/")
    .filter((one) => one !== "")) {
    at = fieldsOf(at)?.[decodeStep(step)] ?? (Array.isArray(at) ? at[Number(step)] : undefined);
  }
  return at ?? {};
}

const decodeStep = (step: string): string => step.replaceAll("%25", "%").replaceAll("~1", "/").replaceAll("~0", "~");

function merged(parts: readonly Fields[]): Fields {
  const properties: Fields = {};
  const required: unknown[] = [];
  const rest: Fields = {};
  for (const { allOf: _allOf, properties: more, required: needed, ...other } of parts) {
    Object.assign(properties, fieldsOf(more) ?? {});
    required.push(...listOf(needed));
    Object.assign(rest, other);
  }
  return { ...rest, ...(Object.keys(properties).length > 0 ? { properties } : {}), ...(required.length > 0 ? { required } : {}) };
}
