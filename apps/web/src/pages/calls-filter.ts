/** Joins the address of the calls page to the filter that the server understands, and to the chips that show it. */
import type { CallFilter } from "@switchyard/shared/domain/call-filter";
import type { CallsSearch } from "../paths.ts";
import { SHOWN_OUTCOMES, type ShownOutcome } from "../ui/outcome.tsx";
import { spanOf } from "./calls-range.ts";

/** The parts of the address that are shown as chips. */
export const CHIP_NAMES = ["outcome", "group", "provider", "model", "key", "error"] as const;
export type ChipName = (typeof CHIP_NAMES)[number];

/** The outcomes in the address; words that are none are left out. */
export const outcomesOf = (search: CallsSearch): readonly ShownOutcome[] => {
  const words = (search.outcome ?? "").split(",");
  return SHOWN_OUTCOMES.filter((one) => words.includes(one));
};

/** The filter that an address means at `nowMs`. */
export function filterOf(search: CallsSearch, nowMs: number): CallFilter {
  const outcomes = outcomesOf(search);
  return {
    ...spanOf(search.range, nowMs),
    ...(outcomes.length > 0 ? { outcomes: [...outcomes] } : {}),
    ...(search.group ? { group: search.group } : {}),
    ...(search.provider ? { provider: search.provider } : {}),
    ...(search.model ? { model: search.model } : {}),
    ...(search.key ? { key: search.key } : {}),
    ...(search.error ? { errorCode: search.error } : {}),
    ...(search.q ? { search: search.q } : {}),
  };
}

/** Whether anything but the range narrows the list. */
export const isNarrowed = (search: CallsSearch): boolean => Boolean(search.q) || CHIP_NAMES.some((name) => search[name]);

/** The address with one outcome more or less. */
export function toggleOutcome(search: CallsSearch, outcome: string): CallsSearch {
  const now = outcomesOf(search);
  const next = SHOWN_OUTCOMES.filter((one) => (one === outcome ? !now.includes(one) : now.includes(one)));
  return { ...search, outcome: next.length > 0 ? next.join(",") : undefined };
}

/** The address with a value chosen, or taken back when it was chosen already. */
export const toggleValue = (search: CallsSearch, name: Exclude<ChipName, "outcome">, value: string): CallsSearch => ({
  ...search,
  [name]: search[name] === value ? undefined : value,
});

/** The address without filters; the range stays. */
export const withoutFilters = ({ range }: CallsSearch): CallsSearch => ({ range });
