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

const xai = (error: string, code = "Client specified an invalid argument") => ({ code, error });
const wrapped = (code: number, message: string, metadata: object = {}) => ({ error: { code, message, metadata } });
const plain = (message: string, type = "invalid_request_error", code: unknown = null) => ({ object: "error", message, type, code });

describe("what each provider says", () => {
  test.each<[string, string, number, unknown]>([
    ["xAI", "bad_credentials", 400, xai("Incorrect API key provided: xa***yz. You can obtain an API key from https://console.x.ai.")],
    ["xAI", "quota_exhausted", 403, xai("Your team has either used all available credits or reached its monthly spending limit.", "permission-denied")],
    ["xAI", "rate_limited", 429, xai("Too many requests for team. Your rate limit is 480 requests per minute.", "Some resource has been exhausted")],
    ["xAI", "context_too_long", 400, xai("This model's maximum prompt length is 131072 but the request contains 140001 tokens.")],
    ["xAI", "refused_content", 403, xai("Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", "permission-denied")],
    ["xAI", "not_found", 404, xai("The model grok-x does not exist or your team does not have access to it.", "Some requested entity was not found")],
    ["xAI", "bad_request", 400, xai("Model grok-build-0.1 does not support parameter reasoningEffort.", "invalid-argument")],
    ["OpenRouter", "quota_exhausted", 402, wrapped(402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits")],
    ["OpenRouter", "refused_content", 403, wrapped(403, "Input was flagged by moderation", { reasons: ["harassment"], provider_name: "OpenAI" })],
    ["OpenRouter", "rate_limited", 429, wrapped(429, "Provider returned error", { raw: "x is temporarily rate-limited upstream. Please retry shortly." })],
    ["OpenRouter", "context_too_long", 400, wrapped(400, "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens.")],
    ["OpenRouter", "not_found", 404, wrapped(404, "No endpoints found matching your data policy.")],
    ["OpenRouter", "unavailable", 502, wrapped(502, "Provider returned error")],
    ["Mistral", "bad_credentials", 401, { message: "Unauthorized", request_id: "r" }],
    ["Mistral", "overloaded", 429, plain("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505")],
    ["Mistral", "rate_limited", 429, { message: "Requests rate limit exceeded" }],
    [
      "Mistral",
      "context_too_long",
      400,
      plain("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", "invalid_request_prompt"),
    ],
    ["Mistral", "bad_request", 422, plain(JSON.stringify({ detail: [{ type: "extra_forbidden", loc: ["body", "x"] }] }))],
    ["DeepSeek", "quota_exhausted", 402, openai("Insufficient Balance", { type: "unknown_error" })],
    ["DeepSeek", "refused_content", 400, openai("Content Exists Risk")],
    ["DeepSeek", "overloaded", 503, openai("Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.")],
    [
      "Groq",
      "rate_limited",
      413,
      openai("Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000.", { type: "tokens", code: "rate_limit_exceeded" }),
    ],
    ["Groq", "overloaded", 498, openai("Flex tier capacity exceeded", { code: "capacity_exceeded" })],
    ["Groq", "unavailable", 400, openai("Failed to call a function. Please adjust your prompt.", { code: "tool_use_failed" })],
    ["Azure", "not_found", 404, openai("The API deployment for this resource does not exist.", { code: "DeploymentNotFound" })],
    [
      "Azure",
      "rate_limited",
      429,
      openai("Requests have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 20 seconds. https://aka.ms/oai/quotaincrease"),
    ],
    ["Ollama", "not_found", 404, openai('model "x" not found, try pulling it first', { type: "api_error" })],
    ["Ollama", "bad_request", 400, { error: "registry.ollama.ai/library/gemma does not support tools" }],
    ["vLLM", "context_too_long", 400, plain("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.", "BadRequestError", 400)],
    ["llama.cpp", "context_too_long", 400, wrapped(400, "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it")],
    [
      "LM Studio",
      "context_too_long",
      400,
      { error: "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens." },
    ],
    ["Anthropic", "context_too_long", 400, anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000")],
    ["Anthropic", "refused_content", 400, anthropic("invalid_request_error", "Output blocked by content filtering policy")],
    [
      "OpenAI",
      "refused_content",
      400,
      openai("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", { code: "invalid_prompt" }),
    ],
    ["OpenAI", "not_found", 403, openai("Project `p` does not have access to model `x`", { code: "model_not_found" })],
    ["OpenAI", "not_found", 400, openai("Your organization must be verified to stream this model.", { param: "stream", code: "unsupported_value" })],
  ])("%s: %s from %i %j", (_provider, kind, status, body) => {
    expect(judge(status, body)).toMatchObject({ kind, status });
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
