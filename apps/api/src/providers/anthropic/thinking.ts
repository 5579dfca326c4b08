/** Turns `reasoning_effort` into what each of Anthropic's models is asked to think. */
import type { Fields } from "../openai-dialect/fields.ts";
import { nearestEffort, type ModelRules } from "./model-rules.ts";

/** Anthropic's least thinking budget, in tokens. */
const THINKING_MIN = 1_024;
/** Share of the output cap that may be thought, by effort. */
const THINKING_SHARE: ReadonlyMap<string, number> = new Map([
  ["low", 0.2],
  ["medium", 0.5],
  ["high", 0.8],
  ["xhigh", 0.9],
  ["max", 0.9],
]);

export interface ThoughtAsked {
  readonly effort: string | undefined;
  readonly maxOutput: number;
  /** A tool must be called: then Anthropic does not let a model think. */
  readonly isForced: boolean;
  /** The turn goes on where thoughts would have to stand that are not in the chat. */
  readonly lacksThoughts: boolean;
}

export interface Thinking {
  /** Goes into `thinking`. */
  readonly thinking?: Fields;
  /** Goes into `output_config`. */
  readonly effort?: string;
}

/** Nothing is said where nothing was asked, or where Anthropic would refuse to think. */
export function thinkingOf(asked: ThoughtAsked, rules: ModelRules): Thinking {
  if (rules.thinking === "adaptive") return adaptive(asked, rules);
  const budget = rules.thinking === "budget" ? budgetOf(asked) : undefined;
  const effort = asked.effort === undefined || asked.effort === "none" ? undefined : nearestEffort(asked.effort, rules.efforts);
  return { ...(budget === undefined ? {} : { thinking: { type: "enabled", budget_tokens: budget } }), ...(effort === undefined ? {} : { effort }) };
}

function budgetOf({ effort, maxOutput, isForced, lacksThoughts }: ThoughtAsked): number | undefined {
  const share = THINKING_SHARE.get(effort ?? "");
  if (share === undefined || maxOutput <= THINKING_MIN || isForced || lacksThoughts) return undefined;
  return Math.min(Math.max(THINKING_MIN, Math.floor(maxOutput * share)), maxOutput - 1);
}

function adaptive({ effort, isForced }: ThoughtAsked, rules: ModelRules): Thinking {
  const known = effort === undefined ? undefined : nearestEffort(effort, rules.efforts);
  const said = known === undefined ? {} : { effort: known };
  const mustRest = effort === "none" || isForced;
  // At the highest efforts a model refuses to be told not to think.
  if (mustRest && rules.thinksUnasked && rules.canRest) return { thinking: { type: "disabled" } };
  if (mustRest) return effort === "none" && !rules.thinksUnasked ? {} : said;
  if (effort === undefined || known === undefined) return {};
  return { thinking: { type: "adaptive", ...(rules.hidesThoughts ? { display: "summarized" } : {}) }, ...said };
}
