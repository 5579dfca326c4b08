/** The keys of a provider as its operator gives them: one, or several that share the load. */
import * as z from "zod";

/** A provider with more keys than this has other troubles. */
export const PROVIDER_KEYS_MAX = 100;
const WEIGHT_MAX = 1_000;
/** Shorter secrets would be told by half of what is shown. */
const SHOWN_LENGTH_MIN = 20;

const secret = z.string().min(1).max(4_000);
const keyName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "must be 1 to 63 letters, digits, dots, dashes or underscores");

/** `"env:NAME"`, or `{ "key": "env:NAME", "name": "eu", "weight": 2 }`. */
const givenKey = z
  .any()
  .transform((given: unknown) => (typeof given === "string" ? { key: given } : given))
  .pipe(z.strictObject({ key: secret, name: keyName.optional(), weight: z.int().min(0).max(WEIGHT_MAX).optional() }));

export const providerKeyFields = { apiKey: z.string().max(4000).optional(), apiKeys: z.array(givenKey).min(1).max(PROVIDER_KEYS_MAX).optional() };

/** The same in a change of a provider that is there: a key without its secret is the stored one of that name, or the one that `was` named so. */
const editedKey = z
  .any()
  .transform((given: unknown) => (typeof given === "string" ? { key: given } : given))
  .pipe(z.strictObject({ key: secret.optional(), was: keyName.optional(), name: keyName.optional(), weight: z.int().min(0).max(WEIGHT_MAX).optional() }))
  .refine(({ key, was, name }) => key !== undefined || was !== undefined || name !== undefined, "needs a key, or the name of one that is stored");

export const editedKeys = z.array(editedKey).min(1).max(PROVIDER_KEYS_MAX).optional();

export interface GivenKeys {
  readonly apiKey?: string | undefined;
  readonly apiKeys?: readonly Partial<z.infer<typeof editedKey>>[] | undefined;
}

/** One key of a provider. Of two with `weight` 2 and 1 the first serves twice as often; 0 serves when no other can. */
export interface WantedKey {
  readonly name: string;
  /** Undefined: what is stored stays. */
  readonly secret: string | undefined;
  /** The name under which it is stored, where that is another. */
  readonly was: string | undefined;
  /** Undefined: as it is stored. */
  readonly weight: number | undefined;
}

/** The name of a key that nobody named, by its place. */
export const keyNameAt = (index: number): string => `key-${index + 1}`;

/** All keys that are given, in order; undefined where none are, and those of before stay. */
export function wantedKeys({ apiKey, apiKeys }: GivenKeys): readonly WantedKey[] | undefined {
  if (apiKey === undefined && apiKeys === undefined) return undefined;
  const given: NonNullable<GivenKeys["apiKeys"]> = [...(apiKey === undefined ? [] : [{ key: apiKey }]), ...(apiKeys ?? [])];
  return given.map(({ key, was, name, weight }, index) => ({
    name: name ?? was ?? keyNameAt(index),
    secret: key,
    was,
    weight: weight ?? (key === undefined ? undefined : 1),
  }));
}

/** Names become names of variables when the configuration is written out; what would be one variable there is one name here. */
export const variableOf = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");

/** What is wrong with them together; undefined when nothing is. Never says a secret. */
export function complaintAbout(keys: readonly Pick<WantedKey, "name" | "secret" | "weight">[]): string | undefined {
  const names = new Set<string>();
  const secrets = new Map<string, string>();
  for (const { name, secret: value } of keys) {
    if (names.has(variableOf(name))) return `two keys have the name ${name}, or one that differs in signs alone`;
    names.add(variableOf(name));
    if (value === undefined) continue;
    const same = secrets.get(value);
    if (same !== undefined) return `${same} and ${name} are the same key`;
    secrets.set(value, name);
  }
  return keys.length > 1 && keys.every(({ weight }) => weight === 0) ? "one of the keys needs a weight above 0" : undefined;
}

/** A key as it may be shown: its end, by which its operator knows it, where that does not tell too much. */
export const maskedKey = (value: string): string => `…${value.length >= SHOWN_LENGTH_MIN ? value.slice(-4) : ""}`;
