/**
 * The most a call can cost, before it is sent.
 *
 * A prompt of b bytes and m messages is taken for at most ceil(b / 3) + 8 m tokens, each media part for a constant more:
 * real tokenizers stay below that for text as people write it. Whatever the truth turns out to be, the ledger never lets a
 * charge pass what the hold and the free money cover, so a prompt that beats the bound costs us, not the wallet's floor.
 */
import { dearestOutput, worstCaseOf, type Tariff, type UsageBound } from "@switchyard/shared/domain/price";
import type { UnitPart } from "@switchyard/shared/domain/usage";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { maxUsd, nano, ZERO_USD, type NanoUsd } from "@switchyard/shared/kernel/money";

/** What the size of a prompt is estimated from. */
export interface PromptSize {
  readonly bytes: number;
  readonly messages: number;
  readonly mediaParts: number;
  /** The most tokens that all media parts together can become, where their door knows better than a constant for each. */
  readonly mediaTokensMax?: number | undefined;
}

/** Units asked for that are no tokens: they bound the hold, and are charged as asked when no report counts them. */
export type AskedUnits = { readonly [Part in UnitPart]?: number };

/** What the worst case of a call is made of, whichever target carries it out. */
export interface CallDemand {
  readonly prompt: PromptSize;
  /** How many answers were asked for. */
  readonly choices: number;
  readonly units?: AskedUnits | undefined;
  /** Whether the answer may be sound or pictures counted in tokens. */
  readonly mediaOutput?: boolean | undefined;
  /** How often at most the provider itself may search the web for this call, asked in the wire of this model. */
  readonly searchesAt?: ((model: CatalogModel) => number) | undefined;
}

const BYTES_PER_TOKEN_BOUND = 3;
const TOKENS_PER_MESSAGE_BOUND = 8;
/** Large images and documents of the known providers stay below this. */
const TOKENS_PER_MEDIA_PART = 4_096;
/**
 * What one search of the provider's brings into the prompt at most, as a rule: where OpenAI bills it as a block, the block has
 * 8,000 tokens (https://platform.openai.com/docs/pricing). The model's context window bounds it as well.
 */
const TOKENS_PER_SEARCH = 8_192;
/** The output cap of a model whose own is not known. */
const DEFAULT_MAX_OUTPUT = 4_096;
/** Below this a clamped answer is of no use: better to refuse. */
export const CLAMPED_OUTPUT_MIN = 256;

/** Tokens of text at most, as people write it. */
export const textTokensMax = (size: PromptSize): number => Math.ceil(size.bytes / BYTES_PER_TOKEN_BOUND) + TOKENS_PER_MESSAGE_BOUND * size.messages;
export const mediaTokensMax = (size: PromptSize): number => size.mediaTokensMax ?? TOKENS_PER_MEDIA_PART * size.mediaParts;
/** Tokens that searches of the provider's find, at most. */
export const foundTokensMax = (searches: number): number => TOKENS_PER_SEARCH * searches;
export const promptTokensMax = (size: PromptSize): number => textTokensMax(size) + mediaTokensMax(size);

/** A part of a prompt that is no text; `bytes` as they stand in the request, base64 in most cases. */
export interface MediaSize {
  readonly kind: "image" | "audio" | "file";
  readonly bytes: number;
  readonly remote: boolean;
}

/**
 * The most tokens such parts become, as a rule: sound has up to 32 tokens a second (Gemini) and 4 kB a second or more,
 * documents a page of up to 3,000 tokens in 24 kB or more. The model's context window bounds it as well.
 */
export const mediaTokensOf = (parts: readonly MediaSize[]): number => parts.reduce((sum, part) => sum + tokensOfPart(part), 0);

function tokensOfPart({ kind, bytes, remote }: MediaSize): number {
  if (kind === "image") return TOKENS_PER_MEDIA_PART;
  if (remote) return TOKENS_PER_REMOTE_FILE;
  return TOKENS_PER_MEDIA_PART + Math.ceil(bytes / (kind === "audio" ? BYTES_PER_AUDIO_TOKEN : BYTES_PER_FILE_TOKEN));
}
const TOKENS_PER_REMOTE_FILE = 32_768;
const BYTES_PER_AUDIO_TOKEN = 160;
const BYTES_PER_FILE_TOKEN = 8;

/** The likely prompt, for charging a call whose provider never reported usage. */
export const promptTokensLikely = (size: PromptSize): number => Math.ceil(size.bytes / 4) + 4 * size.messages + 1_024 * size.mediaParts;

/** The output cap for one choice, in tokens: what the client asked for, within what the model can. */
export const outputCap = (model: CatalogModel, asked: number | undefined): number =>
  Math.min(asked ?? model.maxOutput ?? DEFAULT_MAX_OUTPUT, model.maxOutput ?? Number.MAX_SAFE_INTEGER);

/** One way in which a planned attempt can be charged, and its caps. */
export interface PlannedCost {
  readonly price: Tariff;
  /** Tokens for each choice. */
  readonly maxOutput: number;
  /** No prompt that this model takes is longer, in tokens. */
  readonly contextWindow?: number | undefined;
  /** Searches that the provider may carry out. */
  readonly searches?: number | undefined;
}

const boundOf = (demand: CallDemand, planned: PlannedCost, maxOutput = planned.maxOutput): UsageBound => ({
  promptMax: textTokensMax(demand.prompt),
  mediaMax: Math.min(mediaTokensMax(demand.prompt) + foundTokensMax(planned.searches ?? 0), planned.contextWindow ?? Number.MAX_SAFE_INTEGER),
  completionMax: maxOutput * demand.choices,
  mediaOutput: demand.mediaOutput,
  units: planned.searches === undefined || planned.searches === 0 ? demand.units : { ...demand.units, searches: planned.searches },
});

/** The upper bound over all planned attempts: only one of them is charged. */
export function worstCase(demand: CallDemand, planned: readonly PlannedCost[]): NanoUsd {
  return planned.reduce<NanoUsd>((most, one) => maxUsd(most, worstCaseOf(boundOf(demand, one), one.price)), ZERO_USD);
}

/**
 * The output cap that `available` nano-dollars can cover whichever of the attempts answers.
 * @returns undefined when that is less than `CLAMPED_OUTPUT_MIN` tokens for each choice.
 */
export function affordableOutput(available: NanoUsd, demand: CallDemand, planned: readonly PlannedCost[]): number | undefined {
  let cap = Number.MAX_SAFE_INTEGER;
  for (const one of planned) {
    const left = available - worstCaseOf(boundOf(demand, one, 0), one.price);
    if (left < 0n) return undefined;
    const each = dearestOutput(one.price, boundOf(demand, one, 0)) * BigInt(demand.choices);
    // The bound is rounded up once, so a whole token less is always safe.
    const tokens = each === 0n ? BigInt(one.maxOutput) : (nano(left) * 1_000_000n) / each;
    cap = Math.min(cap, Number(tokens < BigInt(one.maxOutput) ? tokens : BigInt(one.maxOutput)));
  }
  return cap >= CLAMPED_OUTPUT_MIN ? cap : undefined;
}
