/** What tokens cost: integer nano-dollars per million tokens, one rounding up per call. */
import { nano, type NanoUsd } from "../kernel/money.ts";
import type { PriceId } from "../kernel/id.ts";
import type { Usage } from "./usage.ts";

/** Nano-dollars per million tokens of each part; `perCall` in nano-dollars. The row is immutable, a change is a new row. */
export interface Price {
  readonly id: PriceId;
  readonly inputPerMillion: NanoUsd;
  readonly cachedInputPerMillion: NanoUsd;
  readonly cacheWritePerMillion: NanoUsd;
  readonly outputPerMillion: NanoUsd;
  readonly reasoningPerMillion: NanoUsd;
  readonly perCall: NanoUsd;
}

const TOKENS_PER_PRICE = 1_000_000n;

/** `ceil(sum of tokens x price / 10^6) + perCall`: exact, rounded up once. */
export function costOf(usage: Usage, price: Price): NanoUsd {
  const scaled =
    BigInt(usage.input) * price.inputPerMillion +
    BigInt(usage.cachedInput) * price.cachedInputPerMillion +
    BigInt(usage.cacheWrite) * price.cacheWritePerMillion +
    BigInt(usage.output) * price.outputPerMillion +
    BigInt(usage.reasoning) * price.reasoningPerMillion;
  return nano((scaled + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE + price.perCall);
}

/** The dearest way a prompt token can be charged, for worst cases. */
export const dearestInput = (price: Price): bigint =>
  [price.inputPerMillion, price.cachedInputPerMillion, price.cacheWritePerMillion].reduce((a, b) => (a > b ? a : b));

/** The dearest way a completion token can be charged, for worst cases. */
export const dearestOutput = (price: Price): bigint =>
  price.outputPerMillion > price.reasoningPerMillion ? price.outputPerMillion : price.reasoningPerMillion;

/** The most a call can cost with this many tokens at most: nano-dollars, rounded up. */
export function worstCaseOf(tokens: { promptMax: number; completionMax: number }, price: Price): NanoUsd {
  const scaled = BigInt(tokens.promptMax) * dearestInput(price) + BigInt(tokens.completionMax) * dearestOutput(price);
  return nano((scaled + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE + price.perCall);
}
