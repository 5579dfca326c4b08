/** Durations as counts of bins that grow by 4 %, as `switchyard.duration_bin` makes them: they add up, percentiles do not. */

/** `counts[i]` durations were of bin `bins[i]`. */
export interface Durations {
  readonly bins: readonly number[];
  readonly counts: readonly number[];
}

const GROWTH = 1.04;

/** The middle of a bin in milliseconds: no duration of the bin is more than 2 % away. Bin 0 holds all up to one. */
const middleOf = (bin: number): number => GROWTH ** (bin - 0.5);

/**
 * The duration in milliseconds that this share of all stays below, within 2 %; undefined where there is none.
 * @param share in [0, 1]
 */
export function percentileOf(all: readonly Durations[], share: number): number | undefined {
  const counts = new Map<number, number>();
  let total = 0;
  for (const one of all) {
    for (const [index, bin] of one.bins.entries()) {
      const count = one.counts[index] ?? 0;
      counts.set(bin, (counts.get(bin) ?? 0) + count);
      total += count;
    }
  }
  const wanted = share * total;
  let passed = 0;
  for (const [bin, count] of [...counts].sort(([one], [other]) => one - other)) {
    passed += count;
    if (passed >= wanted && count > 0) return middleOf(bin);
  }
  return undefined;
}
