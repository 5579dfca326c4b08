import { describe, expect, test } from "vitest";
import { listRequest, readList } from "./model-list.ts";

const endpoint = (kind: "openai" | "anthropic" | "google" | "openrouter" | "openai-compatible", baseUrl: string) => ({
  kind,
  baseUrl,
  apiKey: "k",
  headers: {},
});

describe("a list is asked for", () => {
  test.each([
    ["openai-compatible", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/models", "authorization"],
    ["openrouter", "https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1/models", "authorization"],
    ["anthropic", "https://api.anthropic.com", "https://api.anthropic.com/v1/models?limit=1000", "x-api-key"],
    ["google", "https://generativelanguage.googleapis.com", "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000", "x-goog-api-key"],
  ] as const)("of %s where it is", (kind, baseUrl, url, header) => {
    const asked = listRequest(endpoint(kind, baseUrl), undefined);
    expect(asked.url).toBe(url);
    expect(asked.headers).toHaveProperty(header);
  });

  test("page after page", () => {
    expect(listRequest(endpoint("anthropic", "https://a.test/v1"), "m 1").url).toBe("https://a.test/v1/models?limit=1000&after_id=m%201");
    expect(listRequest(endpoint("google", "https://g.test/v1beta"), "t&").url).toBe("https://g.test/v1beta/models?pageSize=1000&pageToken=t%26");
  });
});

describe("a list is read", () => {
  test("in OpenAI's shape, bare or with what servers add", () => {
    expect(readList("openai-compatible", '{"object":"list","data":[{"id":"a"},{"id":"b","max_model_len":4096}]}')?.models).toMatchObject([
      { id: "a" },
      { id: "b", contextWindow: 4096 },
    ]);
    expect(readList("openai-compatible", '[{"id":"a"}]')?.models).toHaveLength(1);
  });

  test("with OpenRouter's prices, exactly", () => {
    const entry = {
      id: "x/y",
      context_length: 200_000,
      top_provider: { max_completion_tokens: 8_192 },
      architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
      supported_parameters: ["tools", "reasoning"],
      pricing: { prompt: "0.00000015", completion: "0.0000006000000001", request: "0.005", input_cache_read: "0.000000075", web_search: "0.01", image: "0" },
    };
    const [model] = readList("openrouter", JSON.stringify({ data: [entry] }))?.models ?? [];
    expect(model).toMatchObject({ contextWindow: 200_000, maxOutput: 8_192, capabilities: ["chat", "tools", "vision", "pdf", "reasoning"] });
    expect(model?.price).toMatchObject({
      inputPerMillion: 150_000_000n,
      cachedInputPerMillion: 75_000_000n,
      outputPerMillion: 600_000_001n, // finer than a nano-dollar: rounded up
      perCall: 5_000_000n,
      further: { searches: 10_000_000_000n },
    });
    const auto = { ...entry, pricing: { prompt: "-1", completion: "-1" } };
    expect(readList("openrouter", JSON.stringify({ data: [auto] }))?.models[0]?.price).toBeUndefined();
  });

  test("of Anthropic and Google, with the next page", () => {
    expect(readList("anthropic", '{"data":[{"id":"claude-x","type":"model","max_input_tokens":200000}],"has_more":true,"last_id":"claude-x"}')).toMatchObject({
      models: [{ id: "claude-x", contextWindow: 200_000 }],
      next: "claude-x",
    });
    expect(readList("google", '{"models":[{"name":"models/gemini-x","inputTokenLimit":1000,"outputTokenLimit":10}],"nextPageToken":"p"}')).toMatchObject({
      models: [{ id: "gemini-x", contextWindow: 1000, maxOutput: 10 }],
      next: "p",
    });
  });

  test("not at all when it is none", () => {
    for (const text of ["", "<html>", "null", "5", "{}", '{"data":{}}', '{"models":5}']) {
      expect(readList("openai-compatible", text)).toBeUndefined();
      expect(readList("google", text)).toBeUndefined();
    }
  });

  test("without entries that no model could be", () => {
    const ids = ["", "x".repeat(201), "a\u001b[31m", "a\u0000", "a\u202e", 5, null, { id: "a" }];
    const text = JSON.stringify({ data: [...ids.map((id) => ({ id })), null, "text", { id: "good" }] });
    expect(readList("openai", text)?.models.map(({ id }) => id)).toEqual(["good"]);
  });

  test("never with numbers that make no sense", () => {
    for (const strange of [0, -5, 1.5, 1e12, "8", null])
      expect(readList("openai", JSON.stringify([{ id: "a", context_length: strange }]))?.models[0]?.contextWindow).toBeUndefined();
  });
});
