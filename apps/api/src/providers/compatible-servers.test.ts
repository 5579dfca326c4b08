/** What each member of the OpenAI family is sent, where it differs from the others. */
import { describe, expect, test } from "vitest";
import { COMPATIBLE_SERVERS } from "./compatible-servers.ts";
import { openaiCompatibleWire } from "./openai-compatible/adapter.ts";
import { openaiWire } from "./openai/adapter.ts";
import { openrouterWire } from "./openrouter/adapter.ts";
import type { ChatWire } from "./provider.ts";
import { ask } from "./testing/stream-story.ts";
import { xaiWire } from "./xai/adapter.ts";

function sent(wire: ChatWire, request: Record<string, unknown>, baseUrl = "https://api.test/v1", model = "target-model") {
  const written = wire.request(ask(request, { model }), { baseUrl, apiKey: "k", headers: {} });
  if ("failure" in written) throw new Error(written.failure.publicText);
  return { headers: written.upstream.headers, json: JSON.parse(String(written.upstream.body)) as Record<string, unknown> };
}
const at = (baseUrl: string, request: Record<string, unknown> = {}) => sent(openaiCompatibleWire, request, baseUrl).json;

const details = [{ type: "reasoning.text", text: "hm", signature: "s", format: "anthropic-claude-v1" }];
const mark = { cache_control: { type: "ephemeral" } };
/** A chat in which other providers have left their traces. */
const travelled = {
  messages: [
    { role: "developer", content: [{ type: "text", text: "be brief", ...mark }] },
    { role: "user", content: "x", ...mark },
    {
      role: "assistant",
      content: null,
      reasoning_content: "hm",
      reasoning_details: details,
      tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" }, extra_content: { google: { thought_signature: "S" } } }],
    },
    { role: "tool", tool_call_id: "a", content: "7" },
  ],
  tools: [{ type: "function", function: { name: "f" }, ...mark }],
};

describe("a chat that other providers have left traces in", () => {
  test.each<[string, ChatWire, string]>([
    ["OpenAI", openaiWire, "https://api.openai.com/v1"],
    ["xAI", xaiWire, "https://api.x.ai/v1"],
    ["Groq", openaiCompatibleWire, "https://api.groq.com/openai/v1"],
    ["Cerebras", openaiCompatibleWire, "https://api.cerebras.ai/v1"],
    ["Azure", openaiCompatibleWire, "https://mine.openai.azure.com/openai/deployments/d?api-version=2026-01-01"],
    ["Mistral", openaiCompatibleWire, "https://api.mistral.ai/v1"],
  ])("is cleaned for %s, which refuses what it does not know", (_name, wire, baseUrl) => {
    const text = JSON.stringify(sent(wire, travelled, baseUrl).json);
    for (const trace of ["reasoning_content", "reasoning_details", "extra_content", "cache_control"]) expect(text).not.toContain(trace);
    expect(text).toContain('"arguments":"{}"');
    expect(text).toContain("be brief");
  });

  test("keeps the thoughts that DeepSeek wants back, and none of the proofs it cannot read", () => {
    const text = JSON.stringify(at("https://api.deepseek.com", travelled));
    expect(text).toContain('"reasoning_content":"hm"');
    expect(text).not.toContain("reasoning_details");
    expect(text).not.toContain("developer");
  });

  test("goes on whole to OpenRouter, and to servers nobody knows but for the role", () => {
    expect(sent(openrouterWire, travelled).json).toMatchObject(travelled);
    expect(at("http://10.0.0.5:8000/v1", travelled)).toMatchObject({
      messages: [{ role: "system", content: [mark] }, mark, { reasoning_content: "hm", reasoning_details: details }, {}],
      tools: [mark],
    });
  });

  test("a chat without traces is the very same", () => {
    const plain = [{ role: "user", content: [{ type: "text", text: "x", extra: 1 }] }];
    expect(sent(openaiWire, { messages: plain }).json["messages"]).toEqual(plain);
  });
});

describe("the output cap has the name that binds", () => {
  test.each<[string, string]>([
    ["http://localhost:11434/v1", "max_tokens"],
    ["http://localhost:1234/v1", "max_tokens"],
    ["https://api.mistral.ai/v1", "max_tokens"],
    ["https://api.deepseek.com", "max_tokens"],
    ["https://api.groq.com/openai/v1", "max_completion_tokens"],
    ["https://vllm.test/v1", "max_completion_tokens"],
  ])("%s: %s", (baseUrl, field) => {
    const other = field === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    const json = at(baseUrl, { max_completion_tokens: 5_000 });
    expect(json[field]).toBe(100);
    expect(json).not.toHaveProperty(other);
  });

  test("xAI's counts thoughts, OpenRouter's is the old one", () => {
    expect(sent(xaiWire, { max_tokens: 9 }).json).toMatchObject({ max_completion_tokens: 100 });
    expect(sent(openrouterWire, { max_completion_tokens: 9 }).json).toMatchObject({ max_tokens: 100 });
  });
});

describe("what only one of them needs", () => {
  test("Mistral: no question for usage, its own names, nothing it would refuse", () => {
    const json = at("https://api.mistral.ai/v1", { stream: true, seed: 4, tool_choice: "required", user: "u", logit_bias: {}, temperature: 1 });
    expect(json).toMatchObject({ random_seed: 4, tool_choice: "any", temperature: 1 });
    for (const unknown of ["stream_options", "seed", "user", "logit_bias"]) expect(json).not.toHaveProperty(unknown);
  });

  test("Azure: the key in its own header", () => {
    const { headers } = sent(openaiCompatibleWire, {}, "https://mine.openai.azure.com/openai/v1");
    expect(headers).toMatchObject({ "api-key": "k" });
    expect(headers).not.toHaveProperty("authorization");
  });

  test("LM Studio: any JSON object by a schema", () => {
    expect(at("http://localhost:1234/v1", { response_format: { type: "json_object" } })["response_format"]).toMatchObject({ type: "json_schema" });
    expect(at("http://vllm.test/v1", { response_format: { type: "json_object" } })["response_format"]).toEqual({ type: "json_object" });
  });

  test("OpenRouter: tells the cost, and lets no caller choose what is paid for", () => {
    expect(sent(openrouterWire, { provider: { sort: "price" } }).json).toMatchObject({ usage: { include: true }, provider: { sort: "price" } });
    for (const field of ["models", "route", "preset", "plugins"]) {
      const written = openrouterWire.request(ask({ [field]: ["x"] }), { baseUrl: "https://openrouter.ai/api/v1", apiKey: "k", headers: {} });
      expect(written).toMatchObject({ failure: { kind: "bad_request", param: field } });
    }
  });

  test.each<[string, string, string | undefined]>([
    ["grok-3-mini", "medium", "high"],
    ["grok-3-mini-fast", "minimal", "low"],
    ["grok-3", "high", undefined],
    ["grok-4-0709", "high", undefined],
    ["grok-4-fast-reasoning", "low", undefined],
    ["grok-4.20-0309-reasoning", "high", undefined],
    ["grok-code-fast-1", "high", undefined],
    ["grok-build-0.1", "high", undefined],
    ["grok-4.3", "none", "none"],
    ["grok-4.3-latest", "xhigh", "high"],
    ["grok-4.5", "none", undefined],
    ["grok-4.5", "medium", "medium"],
    ["grok-5", "max", "high"],
    ["grok-4.3", "constructor", undefined],
  ])("xAI: %s asked for effort %s gets %s", (model, effort, expected) => {
    expect(sent(xaiWire, { reasoning_effort: effort }, "https://api.x.ai/v1", model).json["reasoning_effort"]).toBe(expected);
  });
});

test("an address is recognised by its host or port, never by a part of another name", () => {
  const named = (text: string) => COMPATIBLE_SERVERS.find((server) => server.isAt(new URL(text)))?.name;
  expect(named("https://api.groq.com/openai/v1")).toBe("Groq");
  expect(named("https://api.notgroq.com/v1")).toBeUndefined();
  expect(named("https://proxy.test/api.groq.com/v1")).toBeUndefined();
  expect(named("http://127.0.0.1:11434/v1")).toBe("Ollama");
});
