/** Reads the usage that OpenAI-family providers report and makes parts of it that never overlap. */
import { furtherOf, takeFrom, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { fieldsOf } from "./fields.ts";

/**
 * @returns undefined when there is no report or its totals are no plausible counts: then our own count is the better one.
 * Parts that do not fit into their totals are cut down to them.
 */
export function usageOf(report: unknown): Usage | undefined {
  const fields = fieldsOf(report);
  if (!fields) return undefined;
  const total = tokenCount(fields["total_tokens"]);
  const prompt = tokenCount(fields["prompt_tokens"]);
  // Some leave out a count of zero, and then the total still tells it.
  const told = fields["completion_tokens"] === undefined && total !== undefined && prompt !== undefined ? total - prompt : fields["completion_tokens"];
  const completion = tokenCount(told);
  if (prompt === undefined || completion === undefined || prompt + completion === 0) return undefined;
  const promptDetails = fieldsOf(fields["prompt_tokens_details"]);
  const asked = { left: prompt };
  const cachedInput = takeFrom(asked, tokenCount(promptDetails?.["cached_tokens"]) ?? tokenCount(fields["prompt_cache_hit_tokens"]));
  const cacheWrite = takeFrom(asked, tokenCount(promptDetails?.["cache_write_tokens"]));
  // Sound and pictures that came from the cache are not told apart: they count as cached.
  const heard = {
    audioInput: takeFrom(asked, tokenCount(promptDetails?.["audio_tokens"])),
    imageInput: takeFrom(asked, tokenCount(promptDetails?.["image_tokens"])),
    videoInput: takeFrom(asked, tokenCount(promptDetails?.["video_tokens"])),
  };
  const completionDetails = fieldsOf(fields["completion_tokens_details"]);
  const thought = tokenCount(completionDetails?.["reasoning_tokens"]) ?? 0;
  // xAI counts reasoning beside the completion instead of within it; its total shows that.
  const isBeside = thought > 0 && total === prompt + completion + thought;
  const answered = { left: completion };
  const reasoning = isBeside ? thought : takeFrom(answered, thought);
  const further = furtherOf({
    ...heard,
    audioOutput: takeFrom(answered, tokenCount(completionDetails?.["audio_tokens"])),
    imageOutput: takeFrom(answered, tokenCount(completionDetails?.["image_tokens"])),
    searches: tokenCount(fieldsOf(fields["server_tool_use"])?.["web_search_requests"]) ?? 0,
  });
  return { input: asked.left, cachedInput, cacheWrite, output: answered.left, reasoning, ...further };
}

/** xAI tells a cost in ticks of 10^-10 dollars. */
const TICK_DIGITS = 10;

/** The dollars that a provider says the call cost, as a decimal text. */
export function reportedCostOf(report: unknown): string | undefined {
  const { cost, cost_in_usd_ticks: ticks } = fieldsOf(report) ?? {};
  if (cost === undefined && typeof ticks === "number" && Number.isSafeInteger(ticks) && ticks >= 0) {
    const digits = String(ticks).padStart(TICK_DIGITS + 1, "0");
    return `${digits.slice(0, -TICK_DIGITS)}.${digits.slice(-TICK_DIGITS)}`;
  }
  if (typeof cost === "string" && /^\d{1,10}(?:\.\d{1,18})?$/.test(cost)) return cost;
  if (typeof cost !== "number" || !Number.isFinite(cost) || cost < 0 || cost > 1e9) return undefined;
  const text = String(cost);
  return text.includes("e") ? cost.toFixed(18).replace(/\.?0+$/, "") : text;
}
