/**
 * How a call that ended is charged: purely from what was seen.
 *
 * - usage reported and plausible: exactly that (basis `usage`);
 * - no usage, but output was produced: the likely prompt and our own count of the output (basis `estimate`), never above the hold;
 * - nothing produced, whatever else happened: nothing (the hold is voided);
 * - an implausible report: its price, cut to the hold, and the call is marked.
 */
import { costOf, type Tariff } from "@switchyard/shared/domain/price";
import { completionTokensOf, NO_USAGE, promptTokensOf, UNIT_PARTS, type Usage, type UsageBasis } from "@switchyard/shared/domain/usage";
import { minUsd, ZERO_USD, type NanoUsd } from "@switchyard/shared/kernel/money";
import { foundTokensMax, mediaTokensMax, promptTokensLikely, type AskedUnits, type PromptSize } from "./estimate.ts";

/** What the tap saw of a call. */
export interface Seen {
  readonly usage: Usage | undefined;
  /** UTF-8 bytes of produced text, reasoning and tool arguments. */
  readonly outputBytes: number;
  /** The stream or reply ended as it should. */
  readonly complete: boolean;
}

/** The terms a call was sent under. */
export interface Terms {
  /** Of the service tier that the answer names. */
  readonly price: Tariff;
  readonly held: NanoUsd;
  readonly prompt: PromptSize;
  /** Tokens for all choices together, as the cap that was sent. */
  readonly completionMax: number;
  readonly units?: AskedUnits | undefined;
  /** Searches that the provider was free to carry out. */
  readonly searches?: number | undefined;
}

export interface Closing {
  /** Nothing is charged: the hold is given back. */
  readonly void: boolean;
  readonly usage: Usage;
  readonly basis: UsageBasis;
  readonly suspect: boolean;
  /** The true cost in nano-dollars. */
  readonly cost: NanoUsd;
}

/** The hold is given back. */
export const NOTHING_CHARGED: Closing = { void: true, usage: NO_USAGE, basis: "none", suspect: false, cost: ZERO_USD };
const BYTES_PER_TOKEN = 4;
/** What a provider may add to a prompt out of our sight (its own instructions, tool preambles). */
const HIDDEN_PROMPT_TOKENS = 4_096;

/** @returns how to close the hold of a call that ended as `seen` under `terms`. */
export function closing(seen: Seen, terms: Terms): Closing {
  if (seen.usage && (seen.complete || seen.outputBytes > 0) && (completionTokensOf(seen.usage) > 0 || seen.outputBytes > 0)) {
    const usage = withUnits(seen.usage, terms.units);
    const suspect = isSuspect(usage, terms);
    const cost = costOf(usage, terms.price);
    return { void: false, usage, basis: "usage", suspect, cost: suspect ? minUsd(cost, terms.held) : cost };
  }
  if (seen.outputBytes > 0) return estimated(seen.outputBytes, terms, "estimate");
  return NOTHING_CHARGED;
}

/** The charge for output that was counted by us, not reported: never above the hold. */
export function estimated(outputBytes: number, terms: Terms, basis: UsageBasis): Closing {
  const output = Math.min(Math.ceil(outputBytes / BYTES_PER_TOKEN), terms.completionMax);
  const usage = withUnits({ ...NO_USAGE, input: promptTokensLikely(terms.prompt), output }, terms.units);
  return { void: false, usage, basis, suspect: false, cost: minUsd(costOf(usage, terms.price), terms.held) };
}

/** More than could have been sent or asked for. After each search the model reads the whole prompt anew, and what was found with it. */
function isSuspect(usage: Usage, terms: Terms): boolean {
  const { bytes, messages, mediaParts } = terms.prompt;
  const mediaMost = Math.max(65_536 * mediaParts, mediaTokensMax(terms.prompt));
  const { searches = 0 } = terms;
  const promptMost = (bytes + 16 * messages + mediaMost + HIDDEN_PROMPT_TOKENS + foundTokensMax(searches)) * (1 + searches);
  return promptTokensOf(usage) > promptMost || completionTokensOf(usage) > terms.completionMax + 64;
}

/**
 * Pictures, sound, film and characters were delivered as they were asked for, unless the report counts them itself.
 */
function withUnits(usage: Usage, asked: AskedUnits | undefined): Usage {
  if (!asked) return usage;
  const missing = UNIT_PARTS.filter((part) => usage[part] === undefined && (asked[part] ?? 0) > 0);
  return missing.length === 0 ? usage : { ...usage, ...Object.fromEntries(missing.map((part) => [part, asked[part]])) };
}
