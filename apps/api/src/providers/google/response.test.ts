import { describe, expect, test } from "vitest";
import { collected, hasCollection } from "../testing/recordings.fs.ts";
import { ask } from "../testing/stream-story.ts";
import { fieldsOf, listOf, textOf } from "../openai-dialect/fields.ts";
import { googleFailure } from "./failure.ts";
import { googleResponse } from "./response.ts";

const read = (body: unknown) => googleResponse(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), ask({ stream: false }));
function reply(body: unknown) {
  const answer = read(body);
  if ("failure" in answer) throw new Error(JSON.stringify(answer.failure));
  return answer.reply;
}
const answer = (parts: object[], finishReason = "STOP") => ({
  candidates: [{ content: { role: "model", parts }, finishReason, index: 0 }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3, totalTokenCount: 12, thoughtsTokenCount: 4 },
  modelVersion: "gemini-x",
});

describe("a whole answer", () => {
  test("becomes a chat completion under our id", () => {
    const parts = [
      { text: "hm ", thought: true },
      { text: "well", thought: true },
      { text: "a" },
      { text: "é" },
      { functionCall: { name: "f", args: { q: 1 } }, thoughtSignature: "S" },
      { executableCode: { code: "1+1" } },
    ];
    expect(reply(answer(parts))).toEqual({
      body: {
        id: "gen_test",
        object: "chat.completion",
        created: 1_700_000_000,
        model: "gemini-x",
        choices: [
          {
            index: 0,
            logprobs: null,
            finish_reason: "tool_calls",
            message: {
              role: "assistant",
              content: "aé",
              refusal: null,
              reasoning_content: "hm well",
              reasoning_details: [
                { type: "reasoning.text", text: "hm well", format: "google-gemini-v1", index: 0 },
                { type: "reasoning.encrypted", data: "S", id: "call_gen_test_0_0", format: "google-gemini-v1", index: 1 },
              ],
              tool_calls: [{ id: "call_gen_test_0_0", type: "function", function: { name: "f", arguments: '{"q":1}' } }],
            },
          },
        ],
      },
      usage: { input: 5, cachedInput: 0, cacheWrite: 0, output: 3, reasoning: 4 },
      outputBytes: 18,
      finishReason: "tool_calls",
    });
  });

  test.each<[string, unknown]>([
    ["protocol", ""],
    ["protocol", "<html>"],
    ["protocol", {}],
    ["empty", answer([])],
    ["empty", answer([{ text: "only a thought", thought: true }])],
    ["empty", { candidates: [], usageMetadata: { promptTokenCount: 1 } }],
    ["unavailable", answer([], "MALFORMED_FUNCTION_CALL")],
    ["refused_content", { promptFeedback: { blockReason: "SAFETY" } }],
    ["overloaded", { error: { code: 503, message: "The model is overloaded. Please try again later.", status: "UNAVAILABLE" } }],
  ])("%s: %j", (kind, body) => {
    const made = read(body);
    expect("failure" in made && made.failure.kind).toBe(kind);
  });

  test("a safety stop and a cap without words are answers", () => {
    expect(reply(answer([], "SAFETY")).finishReason).toBe("content_filter");
    expect(reply(answer([], "MAX_TOKENS")).finishReason).toBe("length");
  });
});

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each(["google-text", "google-reasoning", "google-reasoning-gemini3", "google-tool-call"])("%s keeps its text, calls, signature and usage", (name) => {
    const recording = JSON.parse(collected(`google/${name}.json`).toString()) as Record<string, unknown>;
    const parts = listOf(fieldsOf(fieldsOf(listOf(recording["candidates"])[0])?.["content"])?.["parts"]).map((part) => fieldsOf(part) ?? {});
    const made = reply(recording);
    const ours = fieldsOf(fieldsOf(listOf(made.body["choices"])[0])?.["message"]) ?? {};
    expect(ours["content"] ?? "").toBe(parts.map((part) => textOf(part["text"]) ?? "").join(""));
    expect(listOf(ours["tool_calls"])).toHaveLength(parts.filter((part) => part["functionCall"]).length);
    expect(listOf(ours["reasoning_details"])).toHaveLength(parts.filter((part) => part["thoughtSignature"]).length);
    const report = fieldsOf(recording["usageMetadata"]) ?? {};
    expect(Object.values(made.usage ?? {}).reduce((sum: number, count) => sum + Number(count), 0)).toBe(report["totalTokenCount"]);
  });

  test("the recorded 429 is a rate, whose details tell how long to wait", () => {
    expect(googleFailure(429, {}, collected("google/google-429-retry-info.json"))).toMatchObject({ kind: "rate_limited", retryAfterMs: 34_400 });
  });
});

describe("errors", () => {
  const error = (code: number, status: string, message: string, details: object[] = []) => ({ error: { code, status, message, details } });
  const violation = (quotaId: string) => [{ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] }];
  test.each<[string, number, unknown]>([
    [
      "rate_limited",
      429,
      error(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        violation("GenerateRequestsPerMinutePerProjectPerModel"),
      ),
    ],
    [
      "quota_exhausted",
      429,
      error(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        violation("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
      ),
    ],
    ["quota_exhausted", 429, error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.")],
    ["rate_limited", 429, error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")],
    ["overloaded", 503, error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")],
    ["unavailable", 500, error(500, "INTERNAL", "An internal error has occurred.")],
    ["timeout", 504, error(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.")],
    ["bad_credentials", 400, error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")],
    ["bad_credentials", 403, error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")],
    ["not_found", 404, error(404, "NOT_FOUND", "models/gemini-x is not found for API version v1beta")],
    ["context_too_long", 400, error(400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")],
    ["bad_request", 400, error(400, "INVALID_ARGUMENT", "Unable to process input image.")],
    ["bad_request", 400, [error(400, "INVALID_ARGUMENT", "A list, as streams have it.")]],
    ["unavailable", 500, "<html>oops</html>"],
  ])("%s from %i %j", (kind, status, body) => {
    expect(googleFailure(status, {}, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)))).toMatchObject({ kind, status });
  });

  test("a header's waiting time goes before that of the details", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3s" }];
    const body = Buffer.from(JSON.stringify(error(429, "RESOURCE_EXHAUSTED", "x", details)));
    expect(googleFailure(429, { "retry-after": "7" }, body).retryAfterMs).toBe(7_000);
    expect(googleFailure(429, {}, body).retryAfterMs).toBe(3_000);
  });
});
