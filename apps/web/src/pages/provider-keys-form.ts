/** Reads the list of a provider's keys in its form: which stay, which are new, which are destroyed, and what has to be corrected. */
import type { ProviderEditRow } from "@switchyard/shared/wire/console/providers";
import { isCatalogName } from "./group-form.ts";

export interface KeyFields {
  /** Its own for as long as the form is open. */
  readonly id: number;
  /** The name and end under which it is stored; undefined: it is new. */
  readonly stored: { readonly name: string; readonly masked: string | null; readonly weight: number } | undefined;
  readonly name: string;
  /** Empty: what is stored stays. */
  readonly secret: string;
  readonly weight: string;
  /** It is destroyed when the form is saved; only stored ones are kept in the form so. */
  readonly removed: boolean;
}

export type KeyFault = "name" | "moved" | "variable" | "missing" | "same" | "weight";

const WEIGHT_MAX = 1_000;
const isWeight = (text: string): boolean => /^\d{1,4}$/.test(text) && Number(text) <= WEIGHT_MAX;
/** Names that differ in signs alone would be one variable in the configuration file. */
const plainName = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");

export const keyRowsOf = (keys: ProviderEditRow["keys"]): readonly KeyFields[] =>
  keys.length === 0 ? withNewKey([]) : keys.map((stored, id) => ({ id, stored, name: stored.name, secret: "", weight: String(stored.weight), removed: false }));

/** Its name is the first that is free. */
export function withNewKey(rows: readonly KeyFields[]): readonly KeyFields[] {
  const names = new Set(rows.map(({ name }) => plainName(name)));
  let number = 1;
  while (names.has(plainName(`key-${number}`))) number += 1;
  return [...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, stored: undefined, name: `key-${number}`, secret: "", weight: "1", removed: false }];
}

/** A stored one stays in sight until it is destroyed. */
export const withoutKey = (rows: readonly KeyFields[], id: number): readonly KeyFields[] =>
  rows.flatMap((row) => (row.id !== id ? [row] : row.stored ? [{ ...row, secret: "", removed: true }] : []));

export const keptKeys = (rows: readonly KeyFields[]): readonly KeyFields[] => rows.filter(({ removed }) => !removed);
/** A lone field that nobody filled in is no key. */
const givenKeys = (rows: readonly KeyFields[]): readonly KeyFields[] => {
  const kept = keptKeys(rows);
  const [only] = kept;
  return kept.length === 1 && only?.stored === undefined && only?.secret === "" ? [] : kept;
};

/** @param moved the provider has another address, to which no stored key is sent */
export function keyFaultsOf(rows: readonly KeyFields[], moved: boolean): ReadonlyMap<number, readonly KeyFault[]> {
  const given = givenKeys(rows);
  const noneServes = given.length > 1 && given.every(({ weight }) => Number(weight) === 0);
  const faultsOf = ({ stored, name, secret, weight }: KeyFields, at: number): KeyFault[] => {
    const before = given.slice(0, at);
    return [
      ...(isCatalogName(name) && !before.some((one) => plainName(one.name) === plainName(name)) ? [] : (["name"] as const)),
      ...(stored === undefined && secret === "" ? (["missing"] as const) : []),
      ...(stored !== undefined && secret === "" && moved ? (["moved"] as const) : []),
      ...(secret.startsWith("env:") ? (["variable"] as const) : []),
      ...(secret !== "" && before.some((one) => one.secret === secret) ? (["same"] as const) : []),
      ...(isWeight(weight) && !(noneServes && at === 0) ? [] : (["weight"] as const)),
    ];
  };
  return new Map(given.map((row, at) => [row.id, faultsOf(row, at)] as const).filter(([, faults]) => faults.length > 0));
}

/** What the server is asked for; nothing when the keys are to stay as they are. They must be without fault. */
export function keysOf(rows: readonly KeyFields[]) {
  const given = givenKeys(rows);
  const isUntouched = ({ stored, name, secret, weight, removed }: KeyFields): boolean =>
    stored !== undefined && !removed && secret === "" && name === stored.name && Number(weight) === stored.weight;
  const shown = rows.filter((row) => row.stored !== undefined || given.includes(row));
  if (shown.every(isUntouched)) return {};
  if (given.length === 0) return { apiKey: null };
  return {
    apiKeys: given.map(({ stored, name, secret, weight }) => ({
      ...(stored === undefined ? {} : { was: stored.name }),
      name,
      ...(secret === "" ? {} : { key: secret }),
      weight: Number(weight),
    })),
  };
}

/** The key with which the connection is tried: the first that was typed, else the stored one. */
export function testedKeyOf(rows: readonly KeyFields[]): { readonly apiKey?: string | null } {
  const given = givenKeys(rows);
  const typed = given.find(({ secret }) => secret !== "");
  if (typed) return { apiKey: typed.secret };
  return given.length === 0 && rows.some(({ stored }) => stored !== undefined) ? { apiKey: null } : {};
}
