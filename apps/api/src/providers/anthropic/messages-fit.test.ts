import { describe, expect, test } from "vitest";
import { nativeAsk } from "../testing/native-story.ts";
import type { Ask } from "../provider.ts";
import { listOf, type Fields } from "../openai-dialect/fields.ts";
import { messagesRequest } from "./messages-request.ts";

describe("a request fits the model that answers it", () => {
  const written = (request: Fields, more: Partial<Ask<"messages">> = {}) => {
    const ask = nativeAsk(
      "messages",
      { model: "asked", messages: [{ role: "user", content: "x" }], max_tokens: 9_999, ...request },
      { maxOutput: 32_000, ...more },
    );
    const made = messagesRequest(ask, { baseUrl: "https://api.test", apiKey: "k", headers: { "anthropic-beta": "ours" } });
    return { headers: made.upstream.headers, body: JSON.parse(String(made.upstream.body)) as Fields };
  };

  test("is the caller's own but for model, cap and what is not the caller's to set", () => {
    const request = { system: "s", tools: [{ name: "f", input_schema: {} }], metadata: { user_id: "u" }, something_new: { a: 1 } };
    expect(
      written({ ...request, speed: "fast", inference_geo: "us", fallbacks: [{ model: "dear" }] }, { model: "claude-sonnet-4-5", stream: false }).body,
    ).toEqual({
      model: "claude-sonnet-4-5",
      messages: [{ role: "user", content: "x" }],
      max_tokens: 32_000,
      stream: false,
      ...request,
    });
  });

  test("names the features that the caller named, beside the operator's", () => {
    const { headers, body } = written({
      anthropic_beta: ["theirs", "bad beta\r\nx", 7],
      context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
    });
    expect(headers["anthropic-beta"]).toBe("ours,theirs");
    expect(body).not.toHaveProperty("anthropic_beta");
    expect(written({ context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } }).headers["anthropic-beta"]).toBe(
      "ours,context-management-2025-06-27",
    );
  });

  test.each<[string, Fields, Fields]>([
    [
      "claude-opus-4-8",
      { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
      { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
    ],
    [
      "claude-sonnet-4-5",
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } },
      { thinking: { type: "enabled", budget_tokens: 25_600 } },
    ],
    ["claude-3-5-haiku-latest", { thinking: { type: "adaptive" }, output_config: { effort: "high" } }, {}],
    ["claude-opus-5", { thinking: { type: "enabled", budget_tokens: 31_999 } }, { thinking: { type: "adaptive" } }],
    ["claude-opus-4-6", { thinking: { type: "enabled", budget_tokens: 31_999 } }, { thinking: { type: "enabled", budget_tokens: 31_999 } }],
    ["claude-haiku-4-5", { thinking: { type: "enabled", budget_tokens: 64_000 } }, { thinking: { type: "enabled", budget_tokens: 31_999 } }],
    [
      "claude-opus-5",
      { thinking: { type: "disabled" }, output_config: { effort: "max" } },
      { thinking: { type: "disabled" }, output_config: { effort: "high" } },
    ],
    ["claude-opus-5-5", { thinking: { type: "disabled" } }, {}],
    ["claude-opus-4-7", { temperature: 1, top_k: 5 }, {}],
    ["some-other-model", { thinking: { type: "adaptive" }, temperature: 1 }, { thinking: { type: "adaptive" }, temperature: 1 }],
  ])("%s asked %j gets %j", (model, request, expectedFields) => {
    const { body } = written(request, { model });
    const { model: _model, messages: _messages, max_tokens: _cap, stream: _stream, ...rest } = body;
    expect(rest).toEqual(expectedFields);
  });

  test("a cap too small for thinking leaves it, and its strategies, away", () => {
    const management = { edits: [{ type: "clear_thinking_20251015", keep: "all" }] };
    const request = { thinking: { type: "enabled", budget_tokens: 2_000 }, context_management: management };
    const { body } = written(request, { model: "claude-haiku-4-5", maxOutput: 500 });
    expect(body["thinking"]).toEqual({ type: "disabled" });
    expect(body).not.toHaveProperty("context_management");
    expect(written(request, { model: "claude-haiku-4-5" }).body["context_management"]).toEqual(management);
  });

  test("system prompts in the middle go to the front where a model knows them only there", () => {
    const messages = [
      { role: "user", content: "x" },
      { role: "system", content: "mind the gap" },
      { role: "user", content: "y" },
    ];
    expect(written({ system: "s", messages }, { model: "claude-sonnet-4-5" }).body).toMatchObject({
      system: [
        { type: "text", text: "s" },
        { type: "text", text: "mind the gap" },
      ],
      messages: [{ content: "x" }, { content: "y" }],
    });
    expect(listOf(written({ messages }, { model: "claude-opus-4-8" }).body["messages"])).toHaveLength(3);
  });
});
