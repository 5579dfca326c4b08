/** Says in OpenAI's words why a choice ended, whatever the provider called it. */

const REASONS: Readonly<Record<string, string>> = {
  stop: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  completed: "stop",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  model_length: "length",
  tool_calls: "tool_calls",
  tool_use: "tool_calls",
  tool_call: "tool_calls",
  function_call: "function_call",
  content_filter: "content_filter",
  safety: "content_filter",
  recitation: "content_filter",
  refusal: "content_filter",
  sensitive: "content_filter",
};

/** Reasons by which a provider says that the choice did not come to its end. */
const BROKEN: ReadonlySet<string> = new Set(["error", "network_error", "insufficient_system_resource", "abort", "aborted"]);

/** @returns undefined when there is no reason yet, "broken" when the provider gave up; a word we do not know is an ordinary end. */
export function finishReasonOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const word = value.toLowerCase();
  if (BROKEN.has(word)) return "broken";
  return Object.hasOwn(REASONS, word) ? REASONS[word] : "stop";
}

/** Reasons that make an answer without any content a true answer: the tokens went into thinking, or it was withheld. */
export const mayBeEmpty = (reason: string | undefined): boolean => reason === "length" || reason === "content_filter";
