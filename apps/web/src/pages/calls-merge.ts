/** Puts calls that arrive live into a list that is being read: no call twice, newest first, nothing that was there moves. */
import type { CallRow } from "@switchyard/shared/wire/console/calls";
import type { Page } from "@switchyard/shared/wire/console/page";

/** Those of the arrivals that are not in the list yet, newest first, each once. */
export function newOnes(known: readonly CallRow[], arrived: readonly CallRow[]): readonly CallRow[] {
  const seen = new Set(known.map(({ id }) => id));
  const fresh = arrived.filter(({ id }) => {
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  return fresh.toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1));
}

/** The pages with the arrivals at the head of the first one. A call that ended late but began early takes its place among the rest. */
export function withArrivals(pages: readonly Page<CallRow>[], arrived: readonly CallRow[]): readonly Page<CallRow>[] {
  const [first, ...rest] = pages;
  if (!first) return pages;
  const fresh = newOnes(
    pages.flatMap(({ items }) => items),
    arrived,
  );
  if (fresh.length === 0) return pages;
  const items = [...fresh, ...first.items].toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1));
  return [{ ...first, items }, ...rest];
}
