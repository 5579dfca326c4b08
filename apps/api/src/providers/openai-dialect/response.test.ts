import { describe, expect, test } from "vitest";
import { collected, hasCollection } from "../testing/recordings.fs.ts";
import { ask } from "../testing/stream-story.ts";
import { dialectResponse } from "./response.ts";
import { fieldsOf, listOf } from "./fields.ts";

const read = (body: unknown) => dialectResponse(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), ask({ stream: false }));
function reply(body: unknown) {
  const answer = read(body);
  if ("failure" in answer) throw new Error(JSON.stringify(answer.failure));
  return answer.reply;
}
const completion = (message: object, more: object = {}, choice: object = {}) => ({
  id: "theirs",
  object: "chat.completion",
  created: 5,
  model: "m",
  choices: [{ index: 0, message, finish_reason: "stop", ...choice }],
  ...more,
});
const messageOf = (body: unknown) => fieldsOf(fieldsOf(listOf(reply(body).body["choices"])[0])?.["message"]) ?? {};

describe("a whole answer", () => {
  test("keeps everything but the id", () => {
    const body = completion(
      { role: "assistant", content: "é", annotations: [], custom: 1 },
      { system_fingerprint: "f", usage: { prompt_tokens: 3, completion_tokens: 2, cost: 0.5 } },
    );
    expect(reply(body)).toMatchObject({
      body: { ...body, id: "gen_test" },
      usage: { input: 3, output: 2 },
      outputBytes: 2,
      finishReason: "stop",
      reportedCost: "0.5",
    });
  });

  test("is repaired where a strict client would stumble", () => {
    expect(reply({ choices: [{ message: { content: "a" } }] }).body).toMatchObject({
      id: "gen_test",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "target-model",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "a" } }],
    });
    expect(messageOf(completion({ tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }] }, {}, { finish_reason: null }))["tool_calls"]).toEqual([
      { id: "call_gen_test_0_0", type: "function", function: { name: "f", arguments: '{"a":1}' } },
    ]);
  });

  test.each<[string, unknown]>([
    ["protocol", ""],
    ["protocol", "<!DOCTYPE html><html></html>"],
    ["protocol", "ok"],
    ["protocol", "[]"],
    ["protocol", "null"],
    ["protocol", "[".repeat(1_000_000)],
    ["overloaded", { error: { type: "overloaded_error", message: "x" } }],
    ["rate_limited", { error: { code: 429, message: "x" } }],
    ["unavailable", { error: "x" }],
    ["empty", { object: "chat.completion", choices: [] }],
    ["empty", {}],
    ["empty", completion({ role: "assistant", content: "" })],
    ["empty", completion({ content: null, tool_calls: [] })],
    ["unavailable", completion({ content: "half" }, {}, { finish_reason: "error" })],
  ])("%s: %j", (kind, body) => {
    const answer = read(body);
    expect("failure" in answer && answer.failure.kind).toBe(kind);
  });

  test("without content but with a reason for that is an answer", () => {
    expect(reply(completion({ content: "" }, {}, { finish_reason: "length" })).finishReason).toBe("length");
    expect(reply(completion({ content: null, refusal: "no" })).outputBytes).toBe(2);
    expect(reply(completion({ content: null, tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] })).outputBytes).toBe(3);
  });

  test.each<[object, object | undefined]>([
    [
      {
        prompt_tokens: 10,
        completion_tokens: 8,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
      { input: 6, cachedInput: 4, cacheWrite: 0, output: 3, reasoning: 5 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 8, total_tokens: 30, completion_tokens_details: { reasoning_tokens: 12 } },
      { input: 10, cachedInput: 0, cacheWrite: 0, output: 8, reasoning: 12 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 8, prompt_tokens_details: { cached_tokens: 99 }, completion_tokens_details: { reasoning_tokens: 99 } },
      { input: 0, cachedInput: 10, cacheWrite: 0, output: 0, reasoning: 8 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 8, prompt_cache_hit_tokens: 3 },
      { input: 7, cachedInput: 3, cacheWrite: 0, output: 8, reasoning: 0 },
    ],
    [
      { prompt_tokens: 10, total_tokens: 10 },
      { input: 10, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 },
    ],
    [{ prompt_tokens: -1, completion_tokens: 8 }, undefined],
    [{ prompt_tokens: 1e18, completion_tokens: 8 }, undefined],
    [{ prompt_tokens: "3", completion_tokens: 8 }, undefined],
    [{ prompt_tokens: 3.5, completion_tokens: 8 }, undefined],
    [{ prompt_tokens: 0, completion_tokens: 0 }, undefined],
    [{}, undefined],
  ])("usage %j becomes %j", (usage, expected) => {
    expect(reply(completion({ content: "a" }, { usage })).usage).toEqual(expected);
  });
});

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each([
    "openai/chat/openai-text",
    "groq/groq-text",
    "groq/groq-reasoning",
    "deepseek/chat/deepseek-text",
    "deepseek/chat/deepseek-json",
    "deepseek/chat/deepseek-reasoning",
    "mistral/mistral-text",
    "mistral/mistral-tool-call",
    "xai/xai-text",
    "openai-compatible/chat/xai-text",
    "openai-compatible/chat/xai-tool-call",
  ])("%s keeps its text and calls", (name) => {
    const recording = JSON.parse(collected(`${name}.json`).toString()) as Record<string, unknown>;
    const theirs = fieldsOf(fieldsOf(listOf(recording["choices"])[0])?.["message"]) ?? {};
    const ours = messageOf(recording);
    expect(ours["content"] ?? "").toEqual(theirs["content"] ?? "");
    expect(listOf(ours["tool_calls"]).map((call) => fieldsOf(call)?.["function"])).toEqual(
      listOf(theirs["tool_calls"]).map((call) => fieldsOf(call)?.["function"]),
    );
    const { usage } = reply(recording);
    const report = fieldsOf(recording["usage"]) ?? {};
    expect(Object.values(usage ?? {}).reduce((sum, count) => sum + count, 0)).toBe(report["total_tokens"]);
  });

  test("xAI's recorded cost is told in dollars", () => {
    expect(reply(JSON.parse(collected("xai/xai-text.json").toString())).reportedCost).toBe("0.0001176500");
  });

  test("thinking parts become reasoning_content", () => {
    expect(messageOf(JSON.parse(collected("mistral/mistral-reasoning.json").toString()))).toMatchObject({
      content: "2 + 2 = 4",
      reasoning_content: expect.stringContaining("basic arithmetic"),
    });
  });
});
