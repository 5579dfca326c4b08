/** A refusal as the OpenAI envelope says it: status, headers and body. */
import type { Response } from "express";
import { FAILURES, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";

export interface ErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string };
}

export const errorBodyOf = (failure: Failure): ErrorBody => ({
  error: { message: publicTextOf(failure), type: FAILURES[failure.code].openai, param: failure.param ?? null, code: failure.code },
});

/** Waiting heals gradually, and some clients give up at once when asked to wait for longer. */
const PROVIDER_RETRY_AFTER_MAX_S = 60;

/** `Retry-After` in whole seconds, at least one. That of our own limits is exact, that of providers is capped. */
export function retryAfterSeconds(failure: Failure): number | undefined {
  const http = FAILURES[failure.code].http;
  if (failure.retryAfterMs === undefined) return http === 429 || http === 503 ? 1 : undefined;
  const seconds = Math.max(1, Math.ceil(failure.retryAfterMs / 1000));
  return http === 429 ? seconds : Math.min(seconds, PROVIDER_RETRY_AFTER_MAX_S);
}

/** Headers that go with a refusal. SDKs repeat 409 and 5xx by themselves; where that cannot help they are told so. */
export function errorHeadersOf(failure: Failure): Record<string, string> {
  const row = FAILURES[failure.code];
  const headers: Record<string, string> = {};
  const seconds = retryAfterSeconds(failure);
  if (seconds !== undefined) headers["retry-after"] = String(seconds);
  if (row.http === 401) headers["www-authenticate"] = "Bearer";
  // The rest of such a body is not read: the connection cannot be used for anything after it.
  if (failure.code === "payload_too_large") headers["connection"] = "close";
  if (!row.retryable && (row.http === 409 || row.http >= 500)) headers["x-should-retry"] = "false";
  return headers;
}

/** Answers with the envelope, unless the answer has begun already: then the connection is ended, because nothing true can follow. */
export function sendFailure(res: Response, failure: Failure): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.status(FAILURES[failure.code].http).set(errorHeadersOf(failure)).json(errorBodyOf(failure));
}
