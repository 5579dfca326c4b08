/**
 * The most a call can cost, before it is sent.
 *
 * A prompt of b bytes and m messages is taken for at most ceil(b / 3) + 8 m tokens, each media part for a constant more:
 * real tokenizers stay below that for text as people write it. Whatever the truth turns out to be, the ledger never lets a
 * charge pass what the hold and the free money cover, so a prompt that beats the bound costs us, not the wallet's floor.
 */
import { dearestOutput, worstCaseOf, type Price } from "@switchyard/shared/domain/price";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { maxUsd, nano, ZERO_USD, type NanoUsd } from "@switchyard/shared/kernel/money";

/** What the size of a prompt is estimated from. */
export interface PromptSize {
  readonly bytes: number;
  readonly messages: number;
  readonly mediaParts: number;
}

const BYTES_PER_TOKEN_BOUND = 3;
const TOKENS_PER_MESSAGE_BOUND = 8;
/** Large images and documents of the known providers stay below this. */
const TOKENS_PER_MEDIA_PART = 4_096;
/** The output cap of a model whose own is not known. */
const DEFAULT_MAX_OUTPUT = 4_096;
/** Below this a clamped answer is of no use: better to refuse. */
export const CLAMPED_OUTPUT_MIN = 256;

export const promptTokensMax = (size: PromptSize): number =>
  Math.ceil(size.bytes / BYTES_PER_TOKEN_BOUND) + TOKENS_PER_MESSAGE_BOUND * size.messages + TOKENS_PER_MEDIA_PART * size.mediaParts;

/** The likely prompt, for charging a call whose provider never reported usage. */
export const promptTokensLikely = (size: PromptSize): number => Math.ceil(size.bytes / 4) + 4 * size.messages + 1_024 * size.mediaParts;

/** The output cap for one choice, in tokens: what the client asked for, within what the model can. */
export const outputCap = (model: CatalogModel, asked: number | undefined): number =>
  Math.min(asked ?? model.maxOutput ?? DEFAULT_MAX_OUTPUT, model.maxOutput ?? Number.MAX_SAFE_INTEGER);

/** One planned attempt's price and caps. */
export interface PlannedCost {
  readonly price: Price;
  /** Tokens for each choice. */
  readonly maxOutput: number;
}

/** The upper bound over all planned attempts: only one of them is charged. */
export function worstCase(promptMax: number, choices: number, planned: readonly PlannedCost[]): NanoUsd {
  return planned.reduce<NanoUsd>((most, one) => maxUsd(most, worstCaseOf({ promptMax, completionMax: one.maxOutput * choices }, one.price)), ZERO_USD);
}

/**
 * The output cap that `available` nano-dollars can cover whichever of the attempts answers.
 * @returns undefined when that is less than `CLAMPED_OUTPUT_MIN` tokens for each choice.
 */
export function affordableOutput(available: NanoUsd, promptMax: number, choices: number, planned: readonly PlannedCost[]): number | undefined {
  let cap = Number.MAX_SAFE_INTEGER;
  for (const one of planned) {
    const left = available - worstCaseOf({ promptMax, completionMax: 0 }, one.price);
    if (left < 0n) return undefined;
    const each = dearestOutput(one.price, { promptMax }) * BigInt(choices);
    // The bound is rounded up once, so a whole token less is always safe.
    const tokens = each === 0n ? BigInt(one.maxOutput) : (nano(left) * 1_000_000n) / each;
    cap = Math.min(cap, Number(tokens < BigInt(one.maxOutput) ? tokens : BigInt(one.maxOutput)));
  }
  return cap >= CLAMPED_OUTPUT_MIN ? cap : undefined;
}
