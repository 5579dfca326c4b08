/** Turns `reasoning_effort` into Gemini's settings for thinking (https://ai.google.dev/gemini-api/docs/thinking). */
import type { Fields } from "../openai-dialect/fields.ts";
import { generationOf, isFlashLite, isPro, makesMedia } from "./model-name.ts";

/** Tokens of thought by effort, as Google's own OpenAI door has them. */
const BUDGETS: Readonly<Record<string, number>> = { minimal: 1_024, low: 1_024, medium: 8_192, high: 24_576, xhigh: 32_768, max: 32_768 };
const LEVELS: Readonly<Record<string, string>> = {
  none: "minimal",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};
/** Thoughts count against the output cap: this share of it may be thought, so that an answer is left. */
const THOUGHT_SHARE = 0.8;
const BUDGET_MIN = { pro: 128, flashLite: 512, flash: 1 };
const BUDGET_MAX = { pro: 32_768, other: 24_576 };

/** @returns undefined when nothing was asked, or the model has no such settings: then it thinks as it likes. */
export function thinkingOf(effort: string | undefined, model: string, maxOutput: number): Fields | undefined {
  const generation = generationOf(model);
  if (effort === undefined || generation === undefined || generation < 2.5 || makesMedia(model)) return undefined;
  const includeThoughts = effort !== "none";
  if (generation >= 3) {
    const level = levelOf(effort, model, generation);
    return level === undefined ? undefined : { thinkingLevel: level, ...(includeThoughts ? { includeThoughts } : {}) };
  }
  const budget = budgetOf(effort, model, maxOutput);
  return budget === undefined ? undefined : { thinkingBudget: budget, ...(includeThoughts ? { includeThoughts } : {}) };
}

/** Pro models know no "minimal", and the first of them no "medium" either. */
function levelOf(effort: string, model: string, generation: number): string | undefined {
  const level = Object.hasOwn(LEVELS, effort) ? LEVELS[effort] : undefined;
  if (!isPro(model)) return level;
  if (level === "minimal") return "low";
  return level === "medium" && generation < 3.1 ? "high" : level;
}

function budgetOf(effort: string, model: string, maxOutput: number): number | undefined {
  const pro = isPro(model);
  // Pro models of this generation always think.
  if (effort === "none") return pro ? BUDGET_MIN.pro : 0;
  if (!Object.hasOwn(BUDGETS, effort)) return undefined;
  const least = pro ? BUDGET_MIN.pro : isFlashLite(model) ? BUDGET_MIN.flashLite : BUDGET_MIN.flash;
  const most = Math.min(pro ? BUDGET_MAX.pro : BUDGET_MAX.other, Math.floor(maxOutput * THOUGHT_SHARE));
  return Math.max(least, Math.min(BUDGETS[effort] ?? 0, most));
}
