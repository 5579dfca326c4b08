/** Says in OpenAI's words why Anthropic stopped. */
import { fieldsOf, textOf, type Fields } from "../openai-dialect/fields.ts";

const REASONS: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/** @returns undefined when there is no reason yet; a reason we do not know is an ordinary end. */
export const finishReasonOf = (stopReason: unknown): string | undefined =>
  typeof stopReason !== "string" || stopReason === "" ? undefined : Object.hasOwn(REASONS, stopReason) ? REASONS[stopReason] : "stop";

/** Why Anthropic refused, in words for the caller; undefined when it did not, or did not say. */
export function refusalOf(stopped: Fields): string | undefined {
  return stopped["stop_reason"] === "refusal" ? textOf(fieldsOf(stopped["stop_details"])?.["explanation"]) : undefined;
}
