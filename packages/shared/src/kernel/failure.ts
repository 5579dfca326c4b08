/** The closed table of everything that can be refused, and how each wire says it. */

/** tRPC's own names of its error codes (the subset we answer with). */
type TrpcCode =
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "PAYMENT_REQUIRED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "UNPROCESSABLE_CONTENT"
  | "TOO_MANY_REQUESTS"
  | "CLIENT_CLOSED_REQUEST"
  | "INTERNAL_SERVER_ERROR"
  | "NOT_IMPLEMENTED"
  | "BAD_GATEWAY"
  | "SERVICE_UNAVAILABLE"
  | "GATEWAY_TIMEOUT"
  | "METHOD_NOT_SUPPORTED"
  | "TIMEOUT";

type OpenAiType =
  | "invalid_request_error"
  | "authentication_error"
  | "insufficient_quota"
  | "permission_error"
  | "not_found_error"
  | "conflict_error"
  | "rate_limit_error"
  | "api_error"
  | "not_supported"
  | "provider_error"
  | "overloaded_error"
  | "timeout_error";

/** https://docs.anthropic.com/en/api/errors */
type AnthropicType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "api_error"
  | "overloaded_error"
  | "timeout_error";

interface FailureRow {
  readonly http: number;
  readonly trpc: TrpcCode;
  readonly openai: OpenAiType;
  readonly anthropic: AnthropicType;
  /** Whether the same request may succeed when sent again unchanged. */
  readonly retryable: boolean;
  readonly publicText: string;
}

const row = (http: number, trpc: TrpcCode, openai: OpenAiType, anthropic: AnthropicType, retryable: boolean, publicText: string): FailureRow => ({
  http,
  trpc,
  openai,
  anthropic,
  retryable,
  publicText,
});

export const FAILURES = {
  invalid_request: row(400, "BAD_REQUEST", "invalid_request_error", "invalid_request_error", false, "The request is not valid."),
  invalid_json: row(400, "BAD_REQUEST", "invalid_request_error", "invalid_request_error", false, "The body is not valid JSON."),
  limit_too_small: row(400, "BAD_REQUEST", "invalid_request_error", "invalid_request_error", false, "This call alone is more than a limit allows."),
  context_length_exceeded: row(400, "BAD_REQUEST", "invalid_request_error", "invalid_request_error", false, "The request is longer than the model's context."),
  content_policy: row(400, "BAD_REQUEST", "invalid_request_error", "invalid_request_error", false, "The provider refused the request by its content policy."),
  thread_unsupported: row(
    400,
    "BAD_REQUEST",
    "invalid_request_error",
    "invalid_request_error",
    false,
    "Conversations are not kept here: send the whole conversation in 'messages', without 'thread'.",
  ),
  invalid_api_key: row(
    401,
    "UNAUTHORIZED",
    "authentication_error",
    "authentication_error",
    false,
    "No valid API key was given. Send it as 'Authorization: Bearer sy-...'.",
  ),
  not_signed_in: row(401, "UNAUTHORIZED", "authentication_error", "authentication_error", false, "You are not signed in."),
  wrong_credentials: row(401, "UNAUTHORIZED", "authentication_error", "authentication_error", false, "The address or the password is not right."),
  insufficient_credits: row(402, "PAYMENT_REQUIRED", "insufficient_quota", "billing_error", false, "The wallet cannot cover this call's worst case."),
  budget_exceeded: row(402, "PAYMENT_REQUIRED", "insufficient_quota", "billing_error", false, "The budget of this key cannot cover this call's worst case."),
  wallet_frozen: row(402, "PAYMENT_REQUIRED", "insufficient_quota", "billing_error", false, "The wallet is frozen."),
  key_disabled: row(403, "FORBIDDEN", "permission_error", "permission_error", false, "This API key is disabled."),
  model_not_allowed: row(403, "FORBIDDEN", "permission_error", "permission_error", false, "This API key may not use this model."),
  permission_denied: row(403, "FORBIDDEN", "permission_error", "permission_error", false, "You may not do this."),
  cross_site: row(403, "FORBIDDEN", "permission_error", "permission_error", false, "This request does not come from the console."),
  model_not_found: row(404, "NOT_FOUND", "not_found_error", "not_found_error", false, "This model does not exist or this key may not use it."),
  previous_response_not_found: row(404, "NOT_FOUND", "not_found_error", "not_found_error", false, "There is no such previous response."),
  not_found: row(404, "NOT_FOUND", "not_found_error", "not_found_error", false, "There is nothing here."),
  method_not_allowed: row(405, "METHOD_NOT_SUPPORTED", "invalid_request_error", "invalid_request_error", false, "This method is not allowed here."),
  request_timeout: row(408, "TIMEOUT", "timeout_error", "timeout_error", true, "The request took too long to arrive."),
  conflict: row(409, "CONFLICT", "conflict_error", "invalid_request_error", false, "This is in conflict with the present state."),
  idempotency_in_progress: row(
    409,
    "CONFLICT",
    "conflict_error",
    "invalid_request_error",
    true,
    "A call with this Idempotency-Key is being carried out. Ask again in a moment.",
  ),
  idempotency_replay_unavailable: row(
    409,
    "CONFLICT",
    "conflict_error",
    "invalid_request_error",
    false,
    "The call with this Idempotency-Key was carried out already, and its answer is not kept.",
  ),
  payload_too_large: row(413, "PAYLOAD_TOO_LARGE", "invalid_request_error", "request_too_large", false, "The body is too large."),
  unsupported_media_type: row(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    "invalid_request_error",
    "invalid_request_error",
    false,
    "Send the body as application/json, without compression.",
  ),
  idempotency_key_reused: row(
    422,
    "UNPROCESSABLE_CONTENT",
    "invalid_request_error",
    "invalid_request_error",
    false,
    "This Idempotency-Key was used for another request.",
  ),
  upgrade_not_supported: row(
    426,
    "METHOD_NOT_SUPPORTED",
    "not_supported",
    "invalid_request_error",
    false,
    "This path is not served over WebSocket. Use plain HTTP.",
  ),
  rate_limit_exceeded: row(429, "TOO_MANY_REQUESTS", "rate_limit_error", "rate_limit_error", true, "A limit is reached."),
  too_many_sign_ins: row(429, "TOO_MANY_REQUESTS", "rate_limit_error", "rate_limit_error", true, "Too many attempts to sign in. Wait a little."),
  client_closed: row(499, "CLIENT_CLOSED_REQUEST", "api_error", "api_error", false, "The client went away."),
  internal: row(500, "INTERNAL_SERVER_ERROR", "api_error", "api_error", true, "Something failed on our side."),
  not_supported: row(501, "NOT_IMPLEMENTED", "not_supported", "invalid_request_error", false, "No target of this model can do this."),
  provider_error: row(502, "BAD_GATEWAY", "provider_error", "api_error", true, "The provider failed."),
  provider_credentials: row(502, "BAD_GATEWAY", "provider_error", "api_error", false, "The provider refused our credentials."),
  upstream_invalid: row(502, "BAD_GATEWAY", "provider_error", "api_error", true, "The provider's answer could not be read."),
  upstream_incomplete: row(502, "BAD_GATEWAY", "provider_error", "api_error", true, "The provider's answer broke off."),
  provider_rate_limited: row(503, "SERVICE_UNAVAILABLE", "overloaded_error", "overloaded_error", true, "All providers of this model are at their limits."),
  overloaded: row(503, "SERVICE_UNAVAILABLE", "overloaded_error", "overloaded_error", true, "All providers of this model are overloaded."),
  service_unavailable: row(503, "SERVICE_UNAVAILABLE", "overloaded_error", "overloaded_error", true, "The gateway cannot take calls just now."),
  shutting_down: row(503, "SERVICE_UNAVAILABLE", "overloaded_error", "overloaded_error", true, "The gateway is shutting down."),
  upstream_timeout: row(504, "GATEWAY_TIMEOUT", "timeout_error", "timeout_error", true, "The provider did not answer in time."),
} as const satisfies Record<string, FailureRow>;

export type FailureCode = keyof typeof FAILURES;

/** `publicText`, `param` and `link` may reach the caller; `detail` and `cause` go to the log only. */
export interface Failure {
  readonly code: FailureCode;
  readonly publicText?: string;
  readonly param?: string;
  /** Where the caller can mend it; `publicText` names it as well. */
  readonly link?: string;
  readonly retryAfterMs?: number;
  readonly detail?: string;
  readonly cause?: unknown;
}

export const failure = (code: FailureCode, extra: Omit<Failure, "code"> = {}): Failure => ({ code, ...extra });
export const publicTextOf = (one: Failure): string => one.publicText ?? FAILURES[one.code].publicText;

/** Carries a refusal through code that can only throw (Express, tRPC); each edge unwraps it once. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(one: Failure) {
    super(one.detail ?? publicTextOf(one), { cause: one.cause });
    this.failure = one;
  }
}
