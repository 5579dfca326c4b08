/** What a call consumed, in token parts that never overlap, so that they can be added and priced one by one. */

/**
 * Every part is a whole number of tokens and counted once: `input` excludes cached and cache-written tokens,
 * `output` excludes reasoning. Totals as providers print them are sums of parts.
 */
export interface Usage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

export const USAGE_PARTS = ["input", "cachedInput", "cacheWrite", "output", "reasoning"] as const;
export type UsagePart = (typeof USAGE_PARTS)[number];

export const NO_USAGE: Usage = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input: a.input + b.input,
  cachedInput: a.cachedInput + b.cachedInput,
  cacheWrite: a.cacheWrite + b.cacheWrite,
  output: a.output + b.output,
  reasoning: a.reasoning + b.reasoning,
});

export const promptTokensOf = (usage: Usage): number => usage.input + usage.cachedInput + usage.cacheWrite;
export const completionTokensOf = (usage: Usage): number => usage.output + usage.reasoning;

/** Where the figures come from: the provider's report, our own count, our journal after a crash, a report after the sweep, or nothing consumed. */
export type UsageBasis = "usage" | "estimate" | "recovered" | "late" | "none";

/** No provider reports more than this in one call; beyond it a report is a lie (rule C8). */
export const USAGE_TOKENS_MAX = 2 ** 40;

/** A count as providers send it, made safe: undefined unless a finite whole number of at least zero and at most `USAGE_TOKENS_MAX`. */
export const tokenCount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= USAGE_TOKENS_MAX ? value : undefined;
