/** Knows which calls a filter means: the same words narrow the list, the live list and the links of the overview. */
import { failure } from "../kernel/failure.ts";
import { ID_PREFIX, isUuid, parseId, type CallId, type KeyId } from "../kernel/id.ts";
import { ok, refused, type Result } from "../kernel/result.ts";
import { CALL_OUTCOMES, type CallOutcome } from "./call.ts";

/** How a call ended, and two ways of having been answered: `failed_over` after a failed attempt, `cached` with a kept answer. */
export const FILTERED_OUTCOMES = [...CALL_OUTCOMES, "failed_over", "cached"] as const;
export type FilteredOutcome = (typeof FILTERED_OUTCOMES)[number];

/** Which calls are meant. Every field narrows; absent fields do not. */
export interface CallFilter {
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  /** Any of these. */
  readonly outcomes?: readonly FilteredOutcome[] | undefined;
  readonly group?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** A key's public id. */
  readonly key?: string | undefined;
  readonly errorCode?: string | undefined;
  /** The beginning of a call's id, or a part of an error's text in any case of ASCII letters. */
  readonly search?: string | undefined;
}

/** What is searched for: a range of ids, both ends included, or a part of an error's text in lower case. */
export type CallSearch = { readonly kind: "ids"; readonly first: CallId; readonly last: CallId } | { readonly kind: "text"; readonly part: string };

/** A filter that has been read: ids are UUIDs, the search is understood. */
export interface CallCriteria extends Omit<CallFilter, "key" | "search"> {
  readonly keyId: KeyId | undefined;
  readonly search: CallSearch | undefined;
}

/** What of a call a filter looks at. */
export interface FilteredCall {
  readonly id: CallId;
  readonly at: Date;
  readonly outcome: CallOutcome;
  readonly failedOver: boolean;
  readonly cached: boolean;
  readonly group: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly keyId: KeyId | undefined;
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
}

/** Reads a filter as clients send it. @returns `invalid_request` when the key's id is none. */
export function readFilter(filter: CallFilter): Result<CallCriteria> {
  const { key, search, ...rest } = filter;
  const keyId = key === undefined ? undefined : parseId("key", key);
  if (key !== undefined && keyId === undefined) return refused(failure("invalid_request", { param: "filter.key", publicText: "This is not the id of a key." }));
  return ok({ ...rest, keyId, search: readSearch(search) });
}

const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";
/** 26 letters hold 130 bits, of which an id uses the lower 128. */
const ID_LETTERS = 26;
const BITS_PER_LETTER = 5n;

/**
 * Understands a search: `gen_01jd` is the beginning of an id, a whole UUID is that id, anything else is text.
 * @returns undefined for nothing to search for
 */
export function readSearch(search: string | undefined): CallSearch | undefined {
  const text = lowerAscii((search ?? "").trim());
  if (text === "") return undefined;
  if (isUuid(text)) return { kind: "ids", first: text as CallId, last: text as CallId };
  const prefix = `${ID_PREFIX.call}_`;
  const letters = text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
  if (letters === undefined || letters.length > ID_LETTERS || Array.from(letters).some((letter) => !BASE32.includes(letter)))
    return { kind: "text", part: text };
  const value = Array.from(letters).reduce((sum, letter) => (sum << BITS_PER_LETTER) | BigInt(BASE32.indexOf(letter)), 0n);
  const missing = BigInt(ID_LETTERS - letters.length) * BITS_PER_LETTER;
  const first = value << missing;
  // The first letter has only three bits: beyond them there is no id, and the range is empty.
  if (first >> 128n) return { kind: "text", part: text };
  const last = (value << missing) | ((1n << missing) - 1n);
  const highest = (1n << 128n) - 1n;
  return { kind: "ids", first: uuidOf(first), last: uuidOf(last > highest ? highest : last) };
}

function uuidOf(value: bigint): CallId {
  const hex = value.toString(16).padStart(32, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as CallId;
}

/** Only A-Z become small: SQL does exactly the same with `translate`, whatever the database's locale is. */
export const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a call is meant. The list asks Postgres the same question in `db/queries/calls`; a property test compares both. */
export function matches(criteria: CallCriteria, call: FilteredCall): boolean {
  const { from, to, outcomes, search } = criteria;
  return (
    (from === undefined || call.at.getTime() >= from.getTime()) &&
    (to === undefined || call.at.getTime() < to.getTime()) &&
    (outcomes === undefined || outcomes.length === 0 || outcomes.some((one) => isOutcome(call, one))) &&
    (criteria.group === undefined || call.group === criteria.group) &&
    (criteria.provider === undefined || call.provider === criteria.provider) &&
    (criteria.model === undefined || call.model === criteria.model) &&
    (criteria.keyId === undefined || call.keyId === criteria.keyId) &&
    (criteria.errorCode === undefined || call.errorCode === criteria.errorCode) &&
    (search === undefined || found(search, call))
  );
}

function isOutcome(call: FilteredCall, outcome: FilteredOutcome): boolean {
  if (outcome === "failed_over") return call.failedOver;
  return outcome === "cached" ? call.cached : call.outcome === outcome;
}

function found(search: CallSearch, call: FilteredCall): boolean {
  switch (search.kind) {
    case "ids":
      return call.id >= search.first && call.id <= search.last;
    case "text":
      return call.errorText !== undefined && lowerAscii(call.errorText).includes(search.part);
  }
}
