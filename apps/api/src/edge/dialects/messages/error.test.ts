import { expect, test } from "vitest";
import { FAILURES, failure, type FailureCode } from "@switchyard/shared/kernel/failure";
import { messagesErrorOf, messagesStatusOf } from "./error.ts";

test.each<[FailureCode, number, string]>([
  ["invalid_request", 400, "invalid_request_error"],
  ["invalid_api_key", 401, "authentication_error"],
  ["insufficient_credits", 402, "billing_error"],
  ["model_not_allowed", 403, "permission_error"],
  ["model_not_found", 404, "not_found_error"],
  ["payload_too_large", 413, "request_too_large"],
  ["rate_limit_exceeded", 429, "rate_limit_error"],
  ["internal", 500, "api_error"],
  ["overloaded", 529, "overloaded_error"],
  ["provider_rate_limited", 529, "overloaded_error"],
  ["upstream_timeout", 504, "timeout_error"],
])("%s is %i %s", (code, status, type) => {
  const one = failure(code, { param: "model" });
  expect(messagesStatusOf(one)).toBe(status);
  expect(messagesErrorOf(one, "req_1")).toEqual({
    type: "error",
    error: { type, message: FAILURES[code].publicText, details: { error_code: code, param: "model" } },
    request_id: "req_1",
  });
});
