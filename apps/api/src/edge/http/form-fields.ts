/** The fields of a form as the body that their JSON would be: numbers, truths and lists come as text. */

/** @param kinds which fields are no text; what cannot be read stays text, for the schema to refuse by name */
export function bodyOfFields(
  fields: readonly (readonly [name: string, value: string])[],
  kinds: Readonly<Record<string, "number" | "boolean">>,
): Record<string, unknown> {
  const body = new Map<string, unknown>();
  for (const [name, value] of fields) {
    if (name.endsWith("[]")) {
      const before = body.get(name);
      body.set(name, Array.isArray(before) ? [...(before as unknown[]), value] : [value]);
    } else body.set(name, read(value, kinds[name]));
  }
  return Object.fromEntries(body);
}

function read(value: string, kind: "number" | "boolean" | undefined): unknown {
  if (kind === "number" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value.trim())) return Number(value);
  if (kind === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}
