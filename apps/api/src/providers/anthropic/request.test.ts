import { describe, expect, test } from "vitest";
import { ask } from "../testing/stream-story.ts";
import type { ChatAsk } from "../provider.ts";
import { anthropicRequest } from "./request.ts";

const endpoint = { baseUrl: "https://api.test", apiKey: "k", headers: { "anthropic-beta": "b" } };
function body(request: Record<string, unknown>, more: Partial<ChatAsk> = {}): Record<string, unknown> {
  const written = anthropicRequest(ask({ stream: false, ...request }, more), endpoint);
  if ("failure" in written) throw new Error(written.failure.publicText);
  return JSON.parse(String(written.upstream.body)) as Record<string, unknown>;
}
function refusal(request: Record<string, unknown>) {
  const written = anthropicRequest(ask(request), endpoint);
  return "failure" in written ? written.failure : undefined;
}
const call = (id: string, name = "f", words = "{}") => ({ id, type: "function", function: { name, arguments: words } });
const tool = { type: "function", function: { name: "f", description: "d", parameters: { properties: { a: {} } }, strict: true } };

describe("Anthropic's request", () => {
  test("has the model, the cap and the key in the right places", () => {
    const written = anthropicRequest(ask({ stream: true }), endpoint);
    expect(written).toMatchObject({
      upstream: { path: "/v1/messages", headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", "anthropic-beta": "b" } },
    });
    expect(body({ stream: true, max_tokens: 5 })).toEqual({
      model: "target-model",
      max_tokens: 100,
      stream: true,
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
    expect(anthropicRequest(ask(), { ...endpoint, baseUrl: "https://api.test/v1" })).toMatchObject({ upstream: { path: "/messages" } });
  });

  test("lifts system and developer messages out, wherever they stand", () => {
    const messages = [
      { role: "system", content: "a" },
      { role: "user", content: "x" },
      { role: "developer", content: [{ type: "text", text: "b", cache_control: { type: "ephemeral" } }] },
      { role: "user", content: "y" },
    ];
    expect(body({ messages })).toMatchObject({
      system: [
        { type: "text", text: "a" },
        { type: "text", text: "b", cache_control: { type: "ephemeral" } },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "x" },
            { type: "text", text: "y" },
          ],
        },
      ],
    });
    expect(body({ messages: [{ role: "system", content: "only" }] })).toMatchObject({ messages: [{ role: "user", content: [{ text: "only" }] }] });
  });

  test("tool results come first in the user's turn, in their order", () => {
    const messages = [
      { role: "user", content: "x" },
      { role: "assistant", content: "", tool_calls: [call("a:1", "f", '{"q": 1}'), call("b", "g", "oops")] },
      { role: "tool", tool_call_id: "a:1", content: "r1" },
      { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "r2" }] },
      { role: "user", content: "go on" },
    ];
    expect(body({ messages })["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "x" }] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a_1", name: "f", input: { q: 1 } },
          { type: "tool_use", id: "b", name: "g", input: { arguments: "oops" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a_1", content: "r1" },
          { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "r2" }] },
          { type: "text", text: "go on" },
        ],
      },
    ]);
  });

  test("images and documents go along as data or as address", () => {
    const content = [
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      { type: "image_url", image_url: { url: "https://a.test/i.png" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" } },
      { type: "file", file: { file_data: "data:text/plain;base64,aGk=" } },
    ];
    expect(body({ messages: [{ role: "user", content }] })).toMatchObject({
      messages: [
        {
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
            { type: "image", source: { type: "url", url: "https://a.test/i.png" } },
            { type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf", data: "BBBB" } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "hi" } },
          ],
        },
      ],
    });
  });

  test.each<[unknown, unknown, unknown]>([
    ["none", undefined, { type: "none" }],
    ["auto", undefined, { type: "auto" }],
    ["required", undefined, { type: "any" }],
    [{ type: "function", function: { name: "f" } }, false, { type: "tool", name: "f", disable_parallel_tool_use: true }],
    [undefined, false, { type: "auto", disable_parallel_tool_use: true }],
    [undefined, true, undefined],
  ])("tool_choice %j with parallel %j is %j", (choice, parallel, expected) => {
    const made = body({ tools: [tool], ...(choice ? { tool_choice: choice } : {}), ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }) });
    expect(made["tool_choice"]).toEqual(expected);
    expect(made["tools"]).toEqual([
      { name: "f", description: "d", input_schema: { type: "object", properties: { a: {} }, additionalProperties: false }, strict: true },
    ]);
  });

  test("tools that are not there cannot be chosen", () => {
    expect(body({ tools: [], tool_choice: "auto", parallel_tool_calls: false })).not.toHaveProperty("tool_choice");
  });

  test("sampling is brought into Anthropic's range", () => {
    expect(body({ temperature: 1.7, top_p: 0.5 })).toMatchObject({ temperature: 1, top_p: 0.5 });
    expect(body({ temperature: 0.1, top_p: 1 })).not.toHaveProperty("top_p");
    expect(body({ stop: ["a", "\n"] })["stop_sequences"]).toEqual(["a"]);
    expect(body({ user: "u", seed: 1, logit_bias: {}, store: true, service_tier: "auto", frequency_penalty: 1 })).toEqual({
      model: "target-model",
      max_tokens: 100,
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      metadata: { user_id: "u" },
      service_tier: "auto",
    });
    expect(body({ service_tier: "default", top_k: 5 })).toMatchObject({ service_tier: "standard_only", top_k: 5 });
    expect(body({ service_tier: "flex" })).toMatchObject({ service_tier: "standard_only" });
    expect(body({ service_tier: "priority" })).toMatchObject({ service_tier: "auto" });
    expect(body({ service_tier: "a word of tomorrow" })).not.toHaveProperty("service_tier");
  });

  test("effort becomes a thinking budget below the cap, and temperature goes", () => {
    expect(body({ reasoning_effort: "high", temperature: 0.5, top_p: 0.5 }, { maxOutput: 10_000 })).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 8_000 },
    });
    expect(body({ reasoning_effort: "high", temperature: 0.5 }, { maxOutput: 10_000 })).not.toHaveProperty("temperature");
    expect(body({ reasoning_effort: "low" }, { maxOutput: 1_025 })).toMatchObject({ thinking: { budget_tokens: 1_024 } });
    for (const effort of ["none", "minimal", "constructor"]) expect(body({ reasoning_effort: effort }, { maxOutput: 10_000 })).not.toHaveProperty("thinking");
  });

  test("does not think where Anthropic would refuse to", () => {
    const never = (request: Record<string, unknown>, maxOutput = 10_000) =>
      expect(body({ reasoning_effort: "high", ...request }, { maxOutput })).not.toHaveProperty("thinking");
    never({}, 1_024);
    never({ tools: [tool], tool_choice: "required" });
    never({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: null, tool_calls: [call("a")] },
        { role: "tool", tool_call_id: "a", content: "r" },
      ],
    });
    never({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: "so " },
      ],
    });
  });

  const jsonSchema = (schema: object) => ({ response_format: { type: "json_schema", json_schema: { name: "w", schema } } });
  test("a JSON schema becomes the output format; what cannot be enforced is told in words", () => {
    const schema = {
      $schema: "x",
      type: "object",
      properties: { age: { type: "integer", minimum: 0, description: "in years" }, tags: { type: "array", minItems: 2, items: {} } },
    };
    expect(body(jsonSchema(schema))["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { age: { type: "integer", description: "in years\n\n{minimum: 0}" }, tags: { type: "array", items: {}, description: "{minItems: 2}" } },
          additionalProperties: false,
        },
      },
    });
  });

  test.each<[string, object, string]>([
    ["an older model", { type: "object", properties: {} }, "claude-sonnet-4-20250514"],
    ["an object with names of its own", { type: "object", additionalProperties: { type: "string" } }, "claude-opus-5"],
    [
      "a schema within itself",
      { $ref: "#/$defs/a", $defs: { a: { properties: { b: { $ref: "#/$defs/b" } } }, b: { items: { $ref: "#/$defs/a" } } } },
      "claude-opus-5",
    ],
  ])("%s is told its schema in words", (_name, schema, model) => {
    const made = body(jsonSchema(schema), { model });
    expect(made).not.toHaveProperty("output_config");
    expect(JSON.stringify(made["system"])).toContain("It must fit this JSON schema");
  });

  test("any JSON object is asked for in words", () => {
    const messages = [
      { role: "system", content: "be brief" },
      { role: "user", content: "x" },
    ];
    expect(body({ messages, response_format: { type: "json_object" } })["system"]).toEqual([
      { type: "text", text: "be brief" },
      { type: "text", text: expect.stringContaining("one JSON object") as string },
    ]);
  });

  test.each<[string, string | undefined, object, object?]>([
    ["claude-3-5-haiku-20241022", "high", {}],
    ["claude-3-7-sonnet-latest", "high", { thinking: { type: "enabled", budget_tokens: 8_000 } }],
    ["claude-sonnet-4-20250514", "low", { thinking: { type: "enabled", budget_tokens: 2_000 } }],
    ["claude-haiku-4-5-20251001", "high", { thinking: { type: "enabled", budget_tokens: 8_000 } }],
    ["claude-opus-4-5-20251101", "max", { thinking: { type: "enabled", budget_tokens: 9_000 }, output_config: { effort: "high" } }],
    ["anthropic.claude-opus-4-6-v1", "xhigh", { thinking: { type: "adaptive" }, output_config: { effort: "max" } }],
    ["claude-opus-4-7", "minimal", { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } }],
    ["claude-opus-4-8", "none", {}],
    ["claude-opus-4-8", undefined, {}],
    ["claude-opus-5", "none", { thinking: { type: "disabled" } }],
    ["claude-opus-5", "xhigh", { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "xhigh" } }],
    ["claude-opus-5-5", "none", { output_config: { effort: "low" } }],
    ["claude-mythos-preview", "high", { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } }],
    ["claude-opus-5", "high", { thinking: { type: "disabled" } }, { tools: [tool], tool_choice: "required" }],
    ["claude-opus-4-8", "high", { output_config: { effort: "high" } }, { tools: [tool], tool_choice: "required" }],
    ["claude-opus-5", "constructor", {}],
  ])("%s with effort %s: %j", (model, effort, expected, more = {}) => {
    const made = body({ ...(effort === undefined ? {} : { reasoning_effort: effort }), ...more }, { model, maxOutput: 10_000 });
    expect({
      ...("thinking" in made ? { thinking: made["thinking"] } : {}),
      ...("output_config" in made ? { output_config: made["output_config"] } : {}),
    }).toEqual(expected);
  });

  test("models without sampling are not given any", () => {
    expect(body({ temperature: 0.5, top_p: 0.5, top_k: 5 }, { model: "claude-opus-4-7" })).not.toHaveProperty("temperature");
    expect(body({ temperature: 0.5 }, { model: "claude-opus-4-6" })).toMatchObject({ temperature: 0.5 });
  });

  const thoughts = [
    { type: "reasoning.text", text: "hm", signature: "S", format: "anthropic-claude-v1", index: 0 },
    { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
    { type: "reasoning.encrypted", data: "G", id: "a", format: "google-gemini-v1", index: 2 },
    { type: "reasoning.text", text: "unsigned", index: 3 },
  ];
  test("its own thoughts go back in front of the turn, and then it may go on thinking between tools", () => {
    const messages = [
      { role: "user", content: "x" },
      { role: "assistant", content: "let me see", tool_calls: [call("a")], reasoning_details: thoughts },
      { role: "tool", tool_call_id: "a", content: "r" },
    ];
    const made = body({ messages, reasoning_effort: "high" }, { model: "claude-sonnet-4-5", maxOutput: 10_000 });
    expect((made["messages"] as { content: unknown }[])[1]?.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "S" },
      { type: "redacted_thinking", data: "R" },
      { type: "text", text: "let me see" },
      { type: "tool_use", id: "a", name: "f", input: {} },
    ]);
    expect(made["thinking"]).toEqual({ type: "enabled", budget_tokens: 8_000 });
  });

  test("a beta that the operator configured stays, and a query of the address is no version", () => {
    const written = anthropicRequest(ask(), { ...endpoint, baseUrl: "https://api.test/v1?x=1", headers: { "Anthropic-Beta": "b" } });
    expect(written).toMatchObject({ upstream: { path: "/messages", headers: { "Anthropic-Beta": "b" } } });
  });

  test.each<[Record<string, unknown>, string]>([
    [{ n: 2 }, "n"],
    [{ logprobs: true }, "logprobs"],
    [{ modalities: ["text", "audio"] }, "modalities"],
    [{ functions: [{ name: "f" }] }, "functions"],
    [{ tools: [{ type: "custom", custom: {} }] }, "tools[0].type"],
    [{ messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "A", format: "wav" } }] }] }, "messages[0].content[0]"],
    [{ messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }] }, "messages[0].content[0].file.file_id"],
    [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png,raw" } }] }] }, "messages[0].content[0].image_url.url"],
    [{ messages: [{ role: "user", content: " " }] }, "messages"],
    [
      {
        messages: [
          { role: "user", content: "x" },
          { role: "function", name: "f", content: "r" },
        ],
      },
      "messages[1].role",
    ],
  ])("%j is refused naming %s", (request, param) => {
    expect(refusal(request)).toMatchObject({ kind: "bad_request", param, publicText: expect.stringContaining(param) });
  });
});
