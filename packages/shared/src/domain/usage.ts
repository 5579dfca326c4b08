/** What a call consumed, in parts that never overlap, so that they can be added and priced one by one. */

/** Parts that nearly every call has: whole numbers of tokens. */
export const BASE_PARTS = ["input", "cachedInput", "cacheWrite", "output", "reasoning"] as const;

/** Further tokens of the prompt. `cacheWriteLong` are those that a provider keeps for an hour at a price of its own. */
export const FURTHER_PROMPT_PARTS = ["cacheWriteLong", "audioInput", "cachedAudioInput", "imageInput", "cachedImageInput", "videoInput"] as const;
/** Further tokens of the answer. */
export const FURTHER_COMPLETION_PARTS = ["audioOutput", "imageOutput"] as const;
/**
 * What is counted in other units than tokens: pictures made, milliseconds of sound heard, milliseconds of film made,
 * characters spoken, searches carried out.
 */
export const UNIT_PARTS = ["images", "audioMs", "videoMs", "characters", "searches"] as const;

export const FURTHER_PARTS = [...FURTHER_PROMPT_PARTS, ...FURTHER_COMPLETION_PARTS, ...UNIT_PARTS] as const;
export const USAGE_PARTS = [...BASE_PARTS, ...FURTHER_PARTS] as const;

export type BasePart = (typeof BASE_PARTS)[number];
export type UnitPart = (typeof UNIT_PARTS)[number];
export type FurtherPart = (typeof FURTHER_PARTS)[number];
export type UsagePart = (typeof USAGE_PARTS)[number];

/** Counts of further parts; an absent one is zero. */
export type FurtherUsage = { readonly [Part in FurtherPart]?: number };

/**
 * Every part is a whole number and counted once: `input` excludes cached, cache-written, heard and seen tokens,
 * `output` excludes reasoning, spoken and painted ones. Totals as providers print them are sums of parts.
 */
export interface Usage extends FurtherUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

export const NO_USAGE: Usage = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };

export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Record<BasePart, number> & Partial<Record<FurtherPart, number>> = {
    input: a.input + b.input,
    cachedInput: a.cachedInput + b.cachedInput,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
  for (const part of FURTHER_PARTS) {
    const count = (a[part] ?? 0) + (b[part] ?? 0);
    if (count > 0) sum[part] = count;
  }
  return sum;
}

const sumOf = (usage: Usage, parts: readonly FurtherPart[]): number => parts.reduce((sum, part) => sum + (usage[part] ?? 0), 0);

export const promptTokensOf = (usage: Usage): number => usage.input + usage.cachedInput + usage.cacheWrite + sumOf(usage, FURTHER_PROMPT_PARTS);
export const completionTokensOf = (usage: Usage): number => usage.output + usage.reasoning + sumOf(usage, FURTHER_COMPLETION_PARTS);

/** The further parts that are not zero; undefined when there are none, as for most calls. */
export function furtherOf(usage: FurtherUsage): FurtherUsage | undefined {
  let further: Partial<Record<FurtherPart, number>> | undefined;
  for (const part of FURTHER_PARTS) {
    const count = usage[part];
    if (count !== undefined && count > 0) (further ??= {})[part] = count;
  }
  return further;
}

/** Tokens of the prompt that came from a provider's cache, whatever their kind. */
export const cachedTokensOf = (usage: Usage): number => usage.cachedInput + (usage.cachedAudioInput ?? 0) + (usage.cachedImageInput ?? 0);
/** Tokens that a provider wrote into its cache. */
export const cacheWriteTokensOf = (usage: Usage): number => usage.cacheWrite + (usage.cacheWriteLong ?? 0);

/** Where the figures come from: the provider's report, our own count, our journal after a crash, a report after the sweep, or nothing consumed. */
export type UsageBasis = "usage" | "estimate" | "recovered" | "late" | "none";

/** No provider reports more than this in one call; beyond it a report is a lie (rule C8). */
export const USAGE_TOKENS_MAX = 2 ** 40;

/** A count as providers send it, made safe: undefined unless a finite whole number of at least zero and at most `USAGE_TOKENS_MAX`. */
export const tokenCount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= USAGE_TOKENS_MAX ? value : undefined;

/** Takes up to `wanted` from what is left of a total, so that parts never sum to more than it. */
export function takeFrom(total: { left: number }, wanted: number | undefined): number {
  const taken = Math.min(wanted ?? 0, total.left);
  total.left -= taken;
  return taken;
}
