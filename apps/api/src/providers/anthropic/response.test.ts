import { describe, expect, test } from "vitest";
import { collected, hasCollection } from "../testing/recordings.fs.ts";
import { ask } from "../testing/stream-story.ts";
import { fieldsOf, listOf } from "../openai-dialect/fields.ts";
import { anthropicResponse } from "./response.ts";

const read = (body: unknown) => anthropicResponse(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), ask({ stream: false }));
function reply(body: unknown) {
  const answer = read(body);
  if ("failure" in answer) throw new Error(JSON.stringify(answer.failure));
  return answer.reply;
}
const message = (content: object[], more: object = {}) => ({
  type: "message",
  model: "claude",
  content,
  stop_reason: "end_turn",
  usage: { input_tokens: 3, output_tokens: 2 },
  ...more,
});

describe("a whole message", () => {
  test("becomes a chat completion under our id", () => {
    const content = [
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "redacted_thinking", data: "R" },
      { type: "text", text: "a" },
      { type: "text", text: "é" },
      { type: "tool_use", id: "t", name: "f", input: { q: 1 } },
      { type: "server_tool_use", id: "s", name: "w", input: {} },
    ];
    expect(reply(message(content, { stop_reason: "tool_use" }))).toEqual({
      body: {
        id: "gen_test",
        object: "chat.completion",
        created: 1_700_000_000,
        model: "claude",
        choices: [
          {
            index: 0,
            logprobs: null,
            finish_reason: "tool_calls",
            message: {
              role: "assistant",
              content: "aé",
              refusal: null,
              reasoning_content: "hm",
              reasoning_details: [
                { type: "reasoning.text", text: "hm", signature: "s", format: "anthropic-claude-v1", index: 0 },
                { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
              ],
              tool_calls: [{ id: "t", type: "function", function: { name: "f", arguments: '{"q":1}' } }],
            },
          },
        ],
      },
      usage: { input: 3, cachedInput: 0, cacheWrite: 0, output: 2, reasoning: 0 },
      outputBytes: 13,
      finishReason: "tool_calls",
    });
  });

  test.each<[string, unknown]>([
    ["protocol", ""],
    ["protocol", "<html>"],
    ["protocol", {}],
    ["protocol", `${"[".repeat(1_000)}`],
    ["empty", message([])],
    ["empty", message([{ type: "text", text: "" }])],
    ["overloaded", { type: "error", error: { type: "overloaded_error", message: "x" } }],
  ])("%s: %j", (kind, body) => {
    const answer = read(body);
    expect("failure" in answer && answer.failure.kind).toBe(kind);
  });

  test("the tier of service is told in OpenAI's words", () => {
    const usage = { input_tokens: 3, output_tokens: 2, service_tier: "standard" };
    expect(reply(message([{ type: "text", text: "a" }], { usage })).body).toMatchObject({ service_tier: "default" });
  });

  test("a refusal is told in its own words", () => {
    const refused = message([], { stop_reason: "refusal", stop_details: { type: "refusal", category: "cyber", explanation: "Not this." } });
    expect(reply(refused)).toMatchObject({ finishReason: "content_filter", body: { choices: [{ message: { content: null, refusal: "Not this." } }] } });
  });

  test("a refusal without words is an answer", () => {
    expect(reply(message([], { stop_reason: "refusal" })).finishReason).toBe("content_filter");
  });
});

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each([
    "anthropic-text",
    "anthropic-fallback",
    "anthropic-json-tool.1",
    "anthropic-json-other-tool.1",
    "anthropic-json-output-format.1",
    "anthropic-clear-thinking.1",
    "anthropic-clear-tool-uses.1",
    "anthropic-combined-context-editing.1",
    "anthropic-claude-opus-5-reasoning-high.1",
    "anthropic-refusal-no-details",
  ])("%s keeps its text, calls and usage", (name) => {
    const recording = JSON.parse(collected(`anthropic/${name}.json`).toString()) as Record<string, unknown>;
    const blocks = listOf(recording["content"]).map((block) => fieldsOf(block) ?? {});
    const made = reply(recording);
    const ours = fieldsOf(fieldsOf(listOf(made.body["choices"])[0])?.["message"]) ?? {};
    expect(ours["content"] ?? "").toBe(
      blocks
        .filter((block) => block["type"] === "text")
        .map((block) => block["text"])
        .join(""),
    );
    expect(listOf(ours["tool_calls"])).toHaveLength(blocks.filter((block) => block["type"] === "tool_use").length);
    const report = fieldsOf(recording["usage"]) ?? {};
    expect((made.usage?.output ?? 0) + (made.usage?.reasoning ?? 0)).toBe(report["output_tokens"]);
    expect(made.usage?.input).toBe(report["input_tokens"]);
  });
});
