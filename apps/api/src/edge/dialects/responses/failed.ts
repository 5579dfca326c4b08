/** How a response that broke off is told: in the words that clients of this wire act upon. */
import { publicTextOf, FAILURES, type Failure, type FailureCode } from "@switchyard/shared/kernel/failure";

/**
 * Codes of `response.failed` that Codex knows: on `insufficient_quota`, `context_length_exceeded`, `invalid_prompt` and
 * `server_is_overloaded` it stops, on `rate_limit_exceeded` and `server_error` it asks again.
 */
const CODES: Readonly<Partial<Record<FailureCode, string>>> = {
  context_length_exceeded: "context_length_exceeded",
  content_policy: "invalid_prompt",
  invalid_request: "invalid_prompt",
  insufficient_credits: "insufficient_quota",
  budget_exceeded: "insufficient_quota",
  wallet_frozen: "insufficient_quota",
  rate_limit_exceeded: "rate_limit_exceeded",
  provider_rate_limited: "rate_limit_exceeded",
  overloaded: "server_is_overloaded",
};

export const errorOf = (why: Failure): { readonly code: string; readonly message: string } => ({
  code: CODES[why.code] ?? "server_error",
  message: messageOf(why),
});

/** Codex reads the time to wait out of the words. */
function messageOf(why: Failure): string {
  const text = publicTextOf(why);
  return CODES[why.code] === "rate_limit_exceeded" && why.retryAfterMs !== undefined
    ? `${text} Please try again in ${(why.retryAfterMs / 1000).toFixed(1)}s.`
    : text;
}

/**
 * The `error` event: the fields plainly, as OpenAI documents them, and once more nested, because its own SDK raises only
 * that. Codex reads neither and waits for the `response.failed` that follows.
 */
export function errorEventFields(why: Failure): Record<string, unknown> {
  const message = publicTextOf(why);
  const param = why.param ?? null;
  return { code: why.code, message, param, error: { type: FAILURES[why.code].openai, code: why.code, message, param } };
}
