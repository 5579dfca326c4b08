/** What the measured provider reports for each answer, and what that costs: the bench's own arithmetic of money. */

export const USAGE_WHOLE = { prompt_tokens: 20, completion_tokens: 10 } as const;
export const USAGE_STREAM = { prompt_tokens: 20, completion_tokens: 100 } as const;

/** Dollars per million tokens, as the configuration file has them. */
export const PRICE = { inputPerMillion: "0.15", outputPerMillion: "0.60" } as const;
const INPUT_NANO_PER_MILLION = 150_000_000n;
const OUTPUT_NANO_PER_MILLION = 600_000_000n;
const MILLION = 1_000_000n;

/** The exact cost of one answer in nano-dollars, rounded up once. */
export function costOf(usage: { readonly prompt_tokens: number; readonly completion_tokens: number }): bigint {
  const exact = BigInt(usage.prompt_tokens) * INPUT_NANO_PER_MILLION + BigInt(usage.completion_tokens) * OUTPUT_NANO_PER_MILLION;
  return (exact + MILLION - 1n) / MILLION;
}

/** What the provider counted. */
export interface ProviderTally {
  readonly whole: number;
  readonly streams: number;
  /** Answers whose usage was told; the rest can only be estimated. */
  readonly usageTold: number;
  readonly aborted: number;
}

/** What all counted answers must have cost together, in nano-dollars. */
export const costOfTally = (tally: ProviderTally): bigint => BigInt(tally.whole) * costOf(USAGE_WHOLE) + BigInt(tally.streams) * costOf(USAGE_STREAM);
