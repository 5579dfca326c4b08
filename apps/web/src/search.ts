/** Reads the address bar: unknown names are dropped, values that mean nothing are left out. */
import { OVERVIEW_RANGES, type OverviewRange } from "@switchyard/shared/wire/console/overview";
import type { CallsSearch } from "./paths.ts";

type Raw = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The address bar holds plain text only; nothing in it is parsed as JSON. */
export const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));
export function stringifySearch(search: Record<string, unknown>): string {
  const plain = new URLSearchParams(Object.entries(search).flatMap(([name, value]) => (typeof value === "string" && value !== "" ? [[name, value]] : [])));
  return plain.size > 0 ? `?${plain}` : "";
}

export interface OverviewSearch {
  readonly range?: OverviewRange | undefined;
}
export const readOverviewSearch = (raw: Raw): OverviewSearch => {
  const range = OVERVIEW_RANGES.find((one) => one === raw["range"]);
  return range === undefined ? {} : { range };
};

const CALLS_NAMES = ["range", "outcome", "group", "provider", "model", "key", "error", "q", "call"] as const satisfies readonly (keyof CallsSearch)[];
export const readCallsSearch = (raw: Raw): CallsSearch =>
  Object.fromEntries(CALLS_NAMES.flatMap((name) => (text(raw[name]) === undefined ? [] : [[name, text(raw[name])]])));

export interface SignInSearch {
  readonly next?: string | undefined;
}
export const readSignInSearch = (raw: Raw): SignInSearch => {
  const next = text(raw["next"]);
  return next === undefined ? {} : { next };
};
