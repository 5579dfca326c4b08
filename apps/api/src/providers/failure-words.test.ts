import { describe, expect, test } from "vitest";
import { failureOf, retryAfterOf, wordsOfBody } from "./failure-words.ts";

const judge = (status: number, body: unknown, headers = {}) =>
  failureOf(status, wordsOfBody(Buffer.from(typeof body === "string" ? body : JSON.stringify(body))), headers);
const openai = (message: string, more: object = {}) => ({ error: { message, type: "invalid_request_error", param: null, code: null, ...more } });
const anthropic = (type: string, message: string) => ({ type: "error", error: { type, message } });

describe("judging an error answer", () => {
  test.each<[string, number, unknown]>([
    [
      "rate_limited",
      429,
      openai("Rate limit reached for gpt-x on tokens per min (TPM). Please try again in 2s.", { type: "tokens", code: "rate_limit_exceeded" }),
    ],
    ["rate_limited", 429, ""],
    ["rate_limited", 429, anthropic("rate_limit_error", "This request would exceed your organization's rate limit of 50 requests per minute")],
    [
      "quota_exhausted",
      429,
      openai("You exceeded your current quota, please check your plan and billing details.", { type: "insufficient_quota", code: "insufficient_quota" }),
    ],
    ["quota_exhausted", 402, { error: { message: "Insufficient Balance" } }],
    ["quota_exhausted", 400, anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")],
    ["overloaded", 529, anthropic("overloaded_error", "Overloaded")],
    ["overloaded", 503, "<html><title>503 Service Unavailable</title></html>"],
    ["overloaded", 500, anthropic("overloaded_error", "Overloaded")],
    ["timeout", 408, ""],
    ["timeout", 504, "gateway timeout"],
    ["conflict", 409, openai("conflict")],
    ["payload_too_large", 413, anthropic("request_too_large", "Request exceeds the maximum size")],
    ["context_too_long", 400, openai("This model's maximum context length is 8192 tokens.", { code: "context_length_exceeded" })],
    ["context_too_long", 400, anthropic("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum")],
    ["context_too_long", 413, { detail: "Input is too long for requested model" }],
    ["refused_content", 400, openai("The response was filtered due to the prompt triggering Azure's content management policy", { code: "content_filter" })],
    ["bad_credentials", 401, openai("Incorrect API key provided: sk-abcdef")],
    ["bad_credentials", 403, anthropic("permission_error", "Your API key does not have permission")],
    ["bad_credentials", 400, { error: { message: "API key not valid. Please pass a valid API key." } }],
    ["not_found", 404, openai("The model `x` does not exist", { code: "model_not_found" })],
    ["bad_request", 400, openai("Unsupported parameter: 'max_tokens'", { param: "max_tokens" })],
    ["bad_request", 422, { detail: [{ loc: ["body", "messages"], msg: "field required" }] }],
    ["unavailable", 500, ""],
    ["unavailable", 502, "<html>bad gateway</html>"],
    ["protocol", 204, ""],
  ])("%s from %i %j", (kind, status, body) => {
    expect(judge(status, body)).toMatchObject({ kind, status });
  });

  test("only what the client caused gets public words, redacted, with the field", () => {
    expect(judge(400, openai("bad 'x' near sk-abcdefghijklmnop", { param: "messages[0].x" }))).toMatchObject({
      publicText: "bad 'x' near [key]",
      param: "messages[0].x",
    });
    for (const status of [401, 404, 429, 500, 503]) expect(judge(status, openai("secret words"))).not.toHaveProperty("publicText");
    expect(judge(400, openai("x", { param: "<script>\n" }))).not.toHaveProperty("param");
  });

  test("a page for people is not quoted", () => {
    expect(judge(502, "<html><head><title>502 Bad Gateway</title></head><body>internal-host-7</body></html>").detail).toBe("502 Bad Gateway");
  });

  test("a reseller's wrapped words are seen", () => {
    expect(judge(400, { error: { message: "Provider returned error", code: 400, metadata: { raw: '{"error":"maximum context length is 5"}' } } }).kind).toBe(
      "context_too_long",
    );
  });
});

describe("retry-after", () => {
  test.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "7", "retry-after-ms": "1234" }, 1_234],
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:10 GMT", date: "Wed, 21 Oct 2026 07:28:00 GMT" }, 10_000],
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", date: "Wed, 21 Oct 2026 07:28:30 GMT" }, 0],
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "99999999999" }, 86_400_000],
    [{}, undefined],
  ])("%j is %s", (headers, expected) => {
    expect(retryAfterOf(headers)).toBe(expected);
  });
});
