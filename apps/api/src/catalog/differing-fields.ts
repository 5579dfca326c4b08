/** Names what is different between two states of the catalog, for people who read the account of changes. */
import { isDeepStrictEqual } from "node:util";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of the fields that differ; of `settings`, those within. Empty when one of the two is nothing. */
export function differingFields(before: unknown, after: unknown): string[] {
  if (!isRecord(before) || !isRecord(after)) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    if (isDeepStrictEqual(before[name], after[name])) return [];
    return name === "settings" ? differingFields(before[name], after[name]) : [name];
  });
}
