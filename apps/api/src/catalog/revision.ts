/** A short name for a state, so that whoever changes it can say which state they saw. */
import { createHash } from "node:crypto";

/** The same for equal values, whatever the order of their fields; fields that are undefined do not count. */
export const revisionOf = (state: unknown): string => createHash("sha256").update(canonical(state)).digest("base64url").slice(0, 16);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, one]) => one !== undefined);
    return `{${fields
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`)
      .join()}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** The value as the database will give it back: without fields that are undefined. */
export const plain = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;
