/** Branded, prefixed identifiers: a UUID in Postgres, `<prefix>_<26 base32 characters>` everywhere else. */

/** One table of prefixes, one word per idea. */
export const ID_PREFIX = {
  workspace: "ws",
  user: "usr",
  key: "key",
  provider: "prv",
  providerKey: "pky",
  model: "mdl",
  price: "prc",
  group: "grp",
  target: "tgt",
  call: "gen",
  entry: "ent",
  budget: "bud",
  audit: "aud",
  conversation: "conv",
} as const;

export type IdKind = keyof typeof ID_PREFIX;
declare const idKind: unique symbol;
/** The lower-case UUID text of a thing of one kind. The public form is made by `formatId`. */
export type Id<K extends IdKind> = string & { readonly [idKind]: K };
export type WorkspaceId = Id<"workspace">;
export type UserId = Id<"user">;
export type KeyId = Id<"key">;
export type ProviderId = Id<"provider">;
export type ProviderKeyId = Id<"providerKey">;
export type ModelId = Id<"model">;
export type PriceId = Id<"price">;
export type GroupId = Id<"group">;
export type CallId = Id<"call">;
export type BudgetId = Id<"budget">;
export type AuditId = Id<"audit">;
export type ConversationId = Id<"conversation">;

/** Makes identifiers; a port, so that tests can say which ones. */
export interface Ids {
  /** A time-ordered UUID (version 7). */
  next<K extends IdKind>(kind: K): Id<K>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const VALUE = new Map(ALPHABET.split("").map((letter, index) => [letter, index]));

/** Trusts a UUID that comes from our own database or generator. */
export const toId = <K extends IdKind>(_kind: K, uuid: string): Id<K> => uuid as Id<K>;

export const isUuid = (text: string): boolean => UUID.test(text);

/** The public form: `gen_01jd…`, 26 letters of Crockford's base32 for the 128 bits. */
export function formatId<K extends IdKind>(kind: K, id: Id<K>): string {
  // 26 letters hold 130 bits: 128 are two and 25 groups of five, cut here into pieces that numbers hold exactly.
  const first = Number.parseInt(id.slice(0, 8), 16);
  const second = Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16);
  const third = Number.parseInt(id.slice(19, 23) + id.slice(24, 28), 16);
  const fourth = Number.parseInt(id.slice(28), 16);
  const text =
    letter(first >>> 29) +
    letter(first >>> 24) +
    letter(first >>> 19) +
    letter(first >>> 14) +
    letter(first >>> 9) +
    letter(first >>> 4) +
    letter((first << 1) | (second >>> 31)) +
    letter(second >>> 26) +
    letter(second >>> 21) +
    letter(second >>> 16) +
    letter(second >>> 11) +
    letter(second >>> 6) +
    letter(second >>> 1) +
    letter((second << 4) | (third >>> 28)) +
    letter(third >>> 23) +
    letter(third >>> 18) +
    letter(third >>> 13) +
    letter(third >>> 8) +
    letter(third >>> 3) +
    letter((third << 2) | (fourth >>> 30)) +
    letter(fourth >>> 25) +
    letter(fourth >>> 20) +
    letter(fourth >>> 15) +
    letter(fourth >>> 10) +
    letter(fourth >>> 5) +
    letter(fourth);
  return `${ID_PREFIX[kind]}_${text}`;
}

const letter = (bits: number): string => ALPHABET.charAt(bits & 31);

/** Reads the public form, or a bare UUID. @returns undefined for anything else, another kind's prefix included. */
export function parseId<K extends IdKind>(kind: K, text: string): Id<K> | undefined {
  if (isUuid(text)) return text as Id<K>;
  const prefix = `${ID_PREFIX[kind]}_`;
  if (!text.startsWith(prefix) || text.length !== prefix.length + 26) return undefined;
  let value = 0n;
  for (const letter of text.slice(prefix.length)) {
    const digit = VALUE.get(letter);
    if (digit === undefined) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  if (value >> 128n) return undefined;
  const hex = value.toString(16).padStart(32, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<K>;
}
