/** Looks into values of unknown shape, as providers send them. */

export type Fields = Record<string, unknown>;

/** The value as an object's fields, or undefined for everything else, lists included. */
export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Nesting beyond this is no answer: serialising it again could exhaust the stack. */
export const NESTING_MAX = 128;
