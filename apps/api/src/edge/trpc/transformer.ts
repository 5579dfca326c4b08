/** Reads and writes values beyond JSON (bigint, Date, undefined) as superjson does, and takes nothing else from a stranger. */
import superjson from "superjson";

/** What no schema accepts: a poisoned input of a batch is refused by its own procedure and harms no other. */
const UNREADABLE = Symbol("unreadable input");

/** The types a client may name in `meta.values`; classes, symbols, errors and collections are not among them. */
const ACCEPTED_TYPES = new Set(["Date", "bigint", "undefined"]);
const META_KEYS = new Set(["values", "referentialEqualities", "v"]);
const META_PATHS_MAX = 200;
const POLLUTING = new Set(["__proto__", "constructor", "prototype"]);

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** `[type]` at a leaf, `{ path: tree }` at a branch, `[type, {…}]` where both meet (which our inputs never need). */
function isAcceptedTree(tree: unknown, budget: { left: number }): boolean {
  budget.left -= 1;
  if (budget.left < 0) return false;
  if (Array.isArray(tree)) return tree.length === 1 && typeof tree[0] === "string" && ACCEPTED_TYPES.has(tree[0]);
  if (!isRecord(tree)) return false;
  return Object.entries(tree).every(([path, below]) => !path.split(".").some((part) => POLLUTING.has(part)) && isAcceptedTree(below, budget));
}

/**
 * Reads an input. What it says of references (`meta.referentialEqualities`, which superjson also writes for two bigints that happen
 * to be equal) is left unread: every value is written out in its place, and following a stranger's references would alias them.
 * @returns a value that no schema accepts, instead of throwing, when it cannot be read
 */
export function readInput(sent: unknown): unknown {
  if (!isRecord(sent)) return UNREADABLE;
  const { json, meta } = sent;
  if (meta !== undefined && (!isRecord(meta) || Object.keys(meta).some((key) => !META_KEYS.has(key)))) return UNREADABLE;
  const values = meta?.["values"];
  if (values !== undefined && !isAcceptedTree(values, { left: META_PATHS_MAX })) return UNREADABLE;
  try {
    return superjson.deserialize({ json: json as never, ...(values === undefined ? {} : { meta: { values: values as never } }) });
  } catch (error) {
    if (error instanceof Error) return UNREADABLE; // A value that is not of the type its meta names: the schema says so.
    throw error;
  }
}

export const transformer = {
  input: { serialize: superjson.serialize, deserialize: readInput },
  output: { serialize: superjson.serialize, deserialize: superjson.deserialize },
};
