/**
 * Reads the prices of `@pydantic/genai-prices`: dollars as numbers by keys such as `input_mtok`, with tiers and with
 * conditions on the date or the time of day (https://github.com/pydantic/genai-prices, prices/units.yml).
 */
import type { FurtherRates, PriceTier, Rates } from "@switchyard/shared/domain/price";
import type { FurtherPart } from "@switchyard/shared/domain/usage";
import { nano } from "@switchyard/shared/kernel/money";
import type { PriceTerms } from "./price-fields.ts";

/** One amount in dollars, or one that changes above so many tokens of prompt. */
export type BookAmount = number | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] };
export type BookPrice = Readonly<Record<string, BookAmount | undefined>>;
export interface ConditionalBookPrice {
  readonly constraint?: { readonly type: string; readonly start_date?: string } | undefined;
  readonly prices: BookPrice;
}

/** Keys of further parts, and how many of the book's unit make ours. */
const FURTHER: Readonly<Record<string, FurtherPart>> = {
  cache_write_1h_mtok: "cacheWriteLong",
  input_audio_mtok: "audioInput",
  cache_audio_read_mtok: "cachedAudioInput",
  input_image_mtok: "imageInput",
  cache_image_read_mtok: "cachedImageInput",
  input_video_mtok: "videoInput",
  output_audio_mtok: "audioOutput",
  output_image_mtok: "imageOutput",
  audio_hours: "audioMs",
  input_audio_hours: "audioMs",
  web_searches_kcount: "searches",
};
const BASE = ["input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "output_reasoning_mtok"];
/** Of what no call of ours consumes anything, so that it need not be priced. */
const NOT_CONSUMED = ["storage_searches_kcount"];
const KNOWN = new Set([...BASE, ...Object.keys(FURTHER), ...NOT_CONSUMED, "requests_kcount"]);

/**
 * The price that holds on a day. Of prices by the time of day the dearest counts: a row holds all day long.
 * @returns undefined when the book has none, or one in units that no usage of ours is counted in
 */
export function termsOf(prices: BookPrice | readonly ConditionalBookPrice[], at: Date): PriceTerms | undefined {
  const candidates = isConditional(prices) ? currentOf(prices, at) : [prices];
  const read = candidates.flatMap((one) => readPrice(one) ?? []);
  if (read.length === 0) return undefined;
  return read.reduce((dearest, one) => (weightOf(one) > weightOf(dearest) ? one : dearest));
}

const isConditional = (prices: BookPrice | readonly ConditionalBookPrice[]): prices is readonly ConditionalBookPrice[] => Array.isArray(prices);

/** The last price that has begun, and those that hold for hours of its day. */
function currentOf(list: readonly ConditionalBookPrice[], at: Date): BookPrice[] {
  const day = at.toISOString().slice(0, 10);
  let base: BookPrice | undefined;
  const hourly: BookPrice[] = [];
  for (const { constraint, prices } of list) {
    if (constraint === undefined || constraint.type === "start_date") {
      if (constraint?.start_date === undefined || constraint.start_date <= day) base = prices;
    } else hourly.push(prices);
  }
  return base ? [base, ...hourly] : hourly;
}

const weightOf = (terms: PriceTerms): bigint => terms.inputPerMillion + terms.outputPerMillion + terms.perCall;

function readPrice(price: BookPrice): PriceTerms | undefined {
  const keys = Object.keys(price).filter((key) => price[key] !== undefined);
  if (keys.every((key) => NOT_CONSUMED.includes(key)) || keys.some((key) => !KNOWN.has(key))) return undefined;
  if (!keys.every((key) => isSound(price[key]))) return undefined;
  const starts = [...new Set(keys.flatMap((key) => tiersOf(price[key]).map((tier) => tier.start)))].sort((a, b) => a - b);
  const tiers = starts.map((start): PriceTier => ({ abovePromptTokens: start, ...ratesAt(price, start + 1) }));
  return {
    ...ratesAt(price, 0),
    // A thousand calls are the book's unit.
    perCall: nano(nanoOf(amountAt(price["requests_kcount"], 0) ?? 0) / 1_000n),
    ...(tiers.length > 0 ? { tiers } : {}),
  };
}

/** Dollars for the book's units; no price of anything comes near the bound. */
const AMOUNT_MAX = 1e9;
const isDollars = (amount: unknown): boolean => typeof amount === "number" && amount >= 0 && amount <= AMOUNT_MAX;
/** What is published is the work of others, and a mistake in it must not become a price. */
function isSound(amount: BookAmount | undefined): boolean {
  if (typeof amount !== "object" || amount === null) return amount === undefined || isDollars(amount);
  return (
    isDollars(amount.base) && Array.isArray(amount.tiers) && amount.tiers.every(({ start, price }) => Number.isInteger(start) && start > 0 && isDollars(price))
  );
}

const tiersOf = (amount: BookAmount | undefined) => (typeof amount === "object" ? amount.tiers : []);

function amountAt(amount: BookAmount | undefined, promptTokens: number): number | undefined {
  if (typeof amount !== "object") return amount;
  let price = amount.base;
  for (const tier of amount.tiers.toSorted((a, b) => a.start - b.start)) if (promptTokens > tier.start) ({ price } = tier);
  return price;
}

function ratesAt(price: BookPrice, promptTokens: number): Rates {
  const rate = (key: string): bigint | undefined => {
    const amount = amountAt(price[key], promptTokens);
    return amount === undefined ? undefined : nanoOf(amount);
  };
  const input = rate("input_mtok") ?? 0n;
  const output = rate("output_mtok") ?? 0n;
  const further: Partial<Record<FurtherPart, bigint>> = {};
  for (const [key, part] of Object.entries(FURTHER)) {
    const own = rate(key);
    if (own !== undefined) further[part] = own;
  }
  return {
    inputPerMillion: input,
    cachedInputPerMillion: rate("cache_read_mtok") ?? input,
    cacheWritePerMillion: rate("cache_write_mtok") ?? input,
    outputPerMillion: output,
    reasoningPerMillion: rate("output_reasoning_mtok") ?? output,
    ...(Object.keys(further).length > 0 ? { further: further satisfies FurtherRates } : {}),
  };
}

/** Dollars as the book has them, in nano-dollars; rounded where they are finer, because the book's are decimals made binary. */
const nanoOf = (dollars: number): bigint => BigInt(Math.round(dollars * 1e9));
