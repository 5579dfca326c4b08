/** Says in OpenAI's words why a candidate ended. */

const WITHHELD: ReadonlySet<string> = new Set([
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MODEL_ARMOR",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
]);
/** The model lost its way: there is no answer. */
const BROKEN: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "MALFORMED_RESPONSE",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MISSING_THOUGHT_SIGNATURE",
]);

/** @returns undefined when there is no reason yet, "broken" when the model gave up; a word we do not know is an ordinary end. */
export function finishReasonOf(value: unknown, calledTools: boolean): string | undefined {
  if (typeof value !== "string" || value === "" || value === "FINISH_REASON_UNSPECIFIED") return undefined;
  if (BROKEN.has(value)) return "broken";
  if (WITHHELD.has(value)) return "content_filter";
  if (value === "MAX_TOKENS") return "length";
  return calledTools ? "tool_calls" : "stop";
}
