/** Brings `reasoning_effort` to what the model knows: most refuse the field itself, whatever its value (https://docs.x.ai/docs/guides/reasoning). */
import type { Fields } from "../openai-dialect/fields.ts";

/** The words a model knows for an effort. */
type Words = Readonly<Record<string, string | undefined>>;
const TWO: Words = { minimal: "low", low: "low", medium: "high", high: "high", xhigh: "high", max: "high" };
const THREE: Words = { minimal: "low", low: "low", medium: "medium", high: "high", xhigh: "high", max: "high" };
const FOUR: Words = { ...THREE, none: "none" };
const NONE: Words = {};

export function withKnownEffort(body: Fields, model: string): Fields {
  const { reasoning_effort: effort, ...rest } = body;
  if (typeof effort !== "string") return body;
  const words = wordsOf(model);
  const known = Object.hasOwn(words, effort) ? words[effort] : undefined;
  return known === undefined ? rest : { ...rest, reasoning_effort: known };
}

function wordsOf(model: string): Words {
  if (model.includes("grok-3-mini")) return TWO;
  const [, major, minor] = /grok-(\d+)(?:[.](\d+))?/.exec(model) ?? [];
  if (major === undefined || Number(major) < 4) return NONE;
  if (Number(major) > 4) return THREE;
  // 4.20 is older than 4.3: the figure after the point is no decimal.
  if (minor === undefined || minor === "20" || Number(minor) < 3) return NONE;
  return minor === "3" ? FOUR : THREE;
}
