/** In which order the targets of a group are tried. */

/**
 * `priority`: lowest number first, the cheaper of equals; `lowest_cost`; `lowest_latency`: by recent time to the first
 * token; `highest_throughput`: by recent tokens per second; `local_first` and `remote_first`: by where the provider is;
 * `weighted`: by chance within the lowest number; `round_robin`: in turn within the lowest number.
 */
export const STRATEGIES = [
  "priority",
  "lowest_cost",
  "lowest_latency",
  "highest_throughput",
  "local_first",
  "remote_first",
  "weighted",
  "round_robin",
] as const;
export type Strategy = (typeof STRATEGIES)[number];
