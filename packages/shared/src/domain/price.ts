/** What usage costs: integer nano-dollars per million tokens or per unit, one rounding up per call. */
import { nano, type NanoUsd } from "../kernel/money.ts";
import type { PriceId } from "../kernel/id.ts";
import { SERVICE_TIERS, type AskedTier, type ServiceTier } from "./service-tier.ts";
import {
  BASE_PARTS,
  FURTHER_COMPLETION_PARTS,
  FURTHER_PARTS,
  FURTHER_PROMPT_PARTS,
  promptTokensOf,
  UNIT_PARTS,
  type BasePart,
  type FurtherPart,
  type UnitPart,
  type Usage,
  type UsagePart,
} from "./usage.ts";

const MILLION = 1_000_000n;
const HOUR_MS = 3_600_000n;

/** How many of a part its rate is for: a million tokens or characters, an hour, one picture, a thousand searches. */
export const RATE_PER: Readonly<Record<UsagePart, bigint>> = {
  input: MILLION,
  cachedInput: MILLION,
  cacheWrite: MILLION,
  output: MILLION,
  reasoning: MILLION,
  cacheWriteLong: MILLION,
  audioInput: MILLION,
  cachedAudioInput: MILLION,
  imageInput: MILLION,
  cachedImageInput: MILLION,
  videoInput: MILLION,
  audioOutput: MILLION,
  imageOutput: MILLION,
  images: 1n,
  audioMs: HOUR_MS,
  videoMs: HOUR_MS,
  characters: MILLION,
  searches: 1_000n,
};

/** Nano-dollars for `RATE_PER` of each part. A further part without a rate of its own costs what `FALLBACK` says. */
export interface Rates {
  readonly inputPerMillion: bigint;
  readonly cachedInputPerMillion: bigint;
  readonly cacheWritePerMillion: bigint;
  readonly outputPerMillion: bigint;
  readonly reasoningPerMillion: bigint;
  readonly further?: FurtherRates | undefined;
}
export type FurtherRates = { readonly [Part in FurtherPart]?: bigint };

/** What the rate of a further part is called in configurations and, in snake case, over REST. */
export const FURTHER_RATE_NAMES = {
  cacheWriteLong: "cacheWriteLongPerMillion",
  audioInput: "audioInputPerMillion",
  cachedAudioInput: "cachedAudioInputPerMillion",
  imageInput: "imageInputPerMillion",
  cachedImageInput: "cachedImageInputPerMillion",
  videoInput: "videoInputPerMillion",
  audioOutput: "audioOutputPerMillion",
  imageOutput: "imageOutputPerMillion",
  images: "perImage",
  audioMs: "perAudioHour",
  videoMs: "perVideoHour",
  characters: "perMillionCharacters",
  searches: "perThousandSearches",
} as const satisfies Record<FurtherPart, string>;

/** Other rates for every part of a call whose prompt has more tokens than `abovePromptTokens`. */
export interface PriceTier extends Rates {
  readonly abovePromptTokens: number;
}

/** All that calls of one grade of service cost. `perCall` in nano-dollars; tiers in ascending order. */
export interface Tariff extends Rates {
  readonly perCall: bigint;
  readonly tiers?: readonly PriceTier[] | undefined;
}
export type ServiceTariffs = { readonly [Tier in ServiceTier]?: Tariff };

/** The tariff of ordinary service, and those of other tiers where they differ. The row is immutable, a change is a new row. */
export interface Price extends Tariff {
  readonly id: PriceId;
  readonly perCall: NanoUsd;
  readonly serviceTiers?: ServiceTariffs | undefined;
}

/** What a call costs that was served in this tier: as ordinary service where the tier has no price of its own. */
export const tariffOf = (price: Omit<Price, "id" | "perCall"> & Tariff, served: ServiceTier | undefined): Tariff =>
  served === undefined ? price : (price.serviceTiers?.[served] ?? price);

/** Every tariff that a call can come to: a provider may serve any tier as ordinary, and chooses itself when it is not told. */
export function tariffsOf(price: Price, asked: AskedTier): readonly Tariff[] {
  const { serviceTiers } = price;
  if (serviceTiers === undefined || asked === "ordinary") return [price];
  const tiers = asked === "any" ? SERVICE_TIERS : [asked];
  return [price, ...tiers.flatMap((tier) => serviceTiers[tier] ?? [])];
}

/** What a part costs when it has no rate of its own: tokens as their plain kind, units nothing. */
const FALLBACK: Readonly<Record<FurtherPart, BasePart | undefined>> = {
  cacheWriteLong: "cacheWrite",
  audioInput: "input",
  cachedAudioInput: "cachedInput",
  imageInput: "input",
  cachedImageInput: "cachedInput",
  videoInput: "input",
  audioOutput: "output",
  imageOutput: "output",
  images: undefined,
  audioMs: undefined,
  videoMs: undefined,
  characters: undefined,
  searches: undefined,
};

const BASE_FIELDS = {
  input: "inputPerMillion",
  cachedInput: "cachedInputPerMillion",
  cacheWrite: "cacheWritePerMillion",
  output: "outputPerMillion",
  reasoning: "reasoningPerMillion",
} as const satisfies Record<BasePart, keyof Rates>;
const baseRate = (rates: Rates, part: BasePart): bigint => rates[BASE_FIELDS[part]];
const furtherRate = (rates: Rates, part: FurtherPart): bigint => {
  const own = rates.further?.[part];
  if (own !== undefined) return own;
  const plain = FALLBACK[part];
  return plain === undefined ? 0n : baseRate(rates, plain);
};
const isBase = (part: UsagePart): part is BasePart => (BASE_PARTS as readonly string[]).includes(part);

/** Nano-dollars for `RATE_PER` of this part, its fallback included. */
export const rateOf = (rates: Rates, part: UsagePart): NanoUsd => nano(isBase(part) ? baseRate(rates, part) : furtherRate(rates, part));

/** The rates for a call whose prompt has so many tokens in all. */
export function ratesFor(price: Tariff, promptTokens: number): Rates {
  let rates: Rates = price;
  for (const tier of price.tiers ?? []) if (promptTokens > tier.abovePromptTokens) rates = tier;
  return rates;
}

/** A common multiple of every `RATE_PER`, so that parts can be summed before the one rounding. */
const DENOMINATOR = 18_000_000n;
const weigh = (count: number, rate: bigint, part: UsagePart): bigint => BigInt(count) * rate * (DENOMINATOR / RATE_PER[part]);
const roundedUp = (scaled: bigint): bigint => (scaled + DENOMINATOR - 1n) / DENOMINATOR;

/** The sum over parts of count x rate, rounded up once, and `perCall`: exact. In nano-dollars. */
export function costOf(usage: Usage, price: Tariff): NanoUsd {
  const rates = price.tiers === undefined ? price : ratesFor(price, promptTokensOf(usage));
  let scaled = 0n;
  for (const part of BASE_PARTS) if (usage[part] > 0) scaled += weigh(usage[part], baseRate(rates, part), part);
  for (const part of FURTHER_PARTS) {
    const count = usage[part];
    if (count !== undefined && count > 0) scaled += weigh(count, furtherRate(rates, part), part);
  }
  return nano(roundedUp(scaled) + price.perCall);
}

/** The most that a call may consume. */
export interface UsageBound {
  /** Tokens of text in the prompt. */
  readonly promptMax: number;
  /** Tokens of pictures, sound, film and documents in the prompt. */
  readonly mediaMax?: number | undefined;
  /** Tokens of the answer, all choices together. */
  readonly completionMax: number;
  /** Whether the answer may be sound or pictures, whose tokens have rates of their own. */
  readonly mediaOutput?: boolean | undefined;
  readonly units?: { readonly [Part in UnitPart]?: number } | undefined;
}

const TEXT_INPUT = ["input", "cachedInput", "cacheWrite", "cacheWriteLong"] as const satisfies readonly UsagePart[];
const MEDIA_INPUT = [...TEXT_INPUT, ...FURTHER_PROMPT_PARTS] as const;
const TEXT_OUTPUT = ["output", "reasoning"] as const;
const MEDIA_OUTPUT = [...TEXT_OUTPUT, ...FURTHER_COMPLETION_PARTS] as const;

/** Looked up for every call, while rates change once in months: remembered for as long as they are in use. */
const dearestKnown = new WeakMap<Rates, Map<readonly UsagePart[], bigint>>();

function dearest(rates: Rates, parts: readonly UsagePart[]): bigint {
  // A single part is no list of ours to remember.
  if (parts.length === 1) return rateOf(rates, parts[0] as UsagePart);
  let known = dearestKnown.get(rates);
  if (known === undefined) dearestKnown.set(rates, (known = new Map()));
  let most = known.get(parts);
  if (most === undefined) {
    most = 0n;
    for (const part of parts) {
      const rate = rateOf(rates, part);
      if (rate > most) most = rate;
    }
    known.set(parts, most);
  }
  return most;
}

/** The rates that a prompt of at most so many tokens can meet. */
const reachable = (price: Tariff, promptTokens: number): readonly Rates[] =>
  price.tiers === undefined ? [price] : [price, ...price.tiers.filter((tier) => promptTokens > tier.abovePromptTokens)];

/** The dearest way a token of such an answer can be charged, in nano-dollars per million. */
export const dearestOutput = (price: Tariff, bound: Pick<UsageBound, "promptMax" | "mediaMax" | "mediaOutput">): bigint =>
  reachable(price, bound.promptMax + (bound.mediaMax ?? 0)).reduce((most, rates) => {
    const rate = dearest(rates, bound.mediaOutput === true ? MEDIA_OUTPUT : TEXT_OUTPUT);
    return rate > most ? rate : most;
  }, 0n);

/** The most a call within this bound can cost, whichever way its tokens are charged: nano-dollars, rounded up. */
export function worstCaseOf(bound: UsageBound, price: Tariff): NanoUsd {
  const rates = reachable(price, bound.promptMax + (bound.mediaMax ?? 0));
  const most = (parts: readonly UsagePart[]): bigint => {
    let dear = 0n;
    for (const one of rates) {
      const rate = dearest(one, parts);
      if (rate > dear) dear = rate;
    }
    return dear;
  };
  let scaled = weigh(bound.promptMax, most(TEXT_INPUT), "input");
  if (bound.mediaMax !== undefined && bound.mediaMax > 0) scaled += weigh(bound.mediaMax, most(MEDIA_INPUT), "input");
  scaled += weigh(bound.completionMax, dearestOutput(price, bound), "output");
  if (bound.units !== undefined) {
    for (const part of UNIT_PARTS) {
      const count = bound.units[part];
      if (count !== undefined && count > 0) scaled += weigh(count, most([part]), part);
    }
  }
  return nano(roundedUp(scaled) + price.perCall);
}
