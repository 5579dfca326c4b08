/** The span of time in the address of the calls page: relative words, or two instants with two dots between. */
import { OVERVIEW_RANGES, type OverviewRange } from "@switchyard/shared/wire/console/overview";

const HOUR_MS = 3_600_000;
const SPAN_MS: Record<OverviewRange, number> = { "1h": HOUR_MS, "24h": 24 * HOUR_MS, "7d": 7 * 24 * HOUR_MS, "30d": 30 * 24 * HOUR_MS };

export const RANGE_DEFAULT = "24h";
export const RANGE_ALL = "all";

export interface Span {
  readonly from?: Date;
  readonly to?: Date;
}

export const isRelative = (range: string): range is OverviewRange => OVERVIEW_RANGES.some((one) => one === range);

/** An absolute range, as a link to one bucket of a chart has it. */
export const rangeBetween = (from: Date, to: Date): string => `${from.toISOString()}..${to.toISOString()}`;

const instant = (text: string | undefined): Date | undefined => {
  const at = new Date(text ?? "");
  return Number.isNaN(at.getTime()) ? undefined : at;
};

/** What a range means at `nowMs`. A range that cannot be read means the default one. */
export function spanOf(range: string | undefined, nowMs: number): Span {
  if (range === RANGE_ALL) return {};
  if (range?.includes("..")) {
    const [first, last] = range.split("..");
    const from = instant(first);
    const to = instant(last);
    if (from && to && from < to) return { from, to };
  }
  const known = range !== undefined && isRelative(range) ? range : RANGE_DEFAULT;
  return { from: new Date(nowMs - SPAN_MS[known]) };
}
