import { describe, expect, test } from "vitest";
import type { CatalogProvider } from "@switchyard/shared/domain/catalog";
import { openaiCompatibleWires } from "./openai-compatible/adapter.ts";
import { speaksResponses } from "./speaks-responses.ts";

const at = (baseUrl: string, responses?: boolean): Pick<CatalogProvider, "kind" | "baseUrl" | "responses"> => ({
  kind: "openai-compatible",
  baseUrl,
  responses,
});

describe("a response is asked for in its own wire", () => {
  test.each<[string, Pick<CatalogProvider, "kind" | "baseUrl" | "responses">, boolean, boolean]>([
    ["of OpenAI", { kind: "openai", baseUrl: "https://api.openai.com/v1" }, true, true],
    ["of xAI", { kind: "xai", baseUrl: "https://api.x.ai/v1" }, true, true],
    ["of Azure, whole", at("https://mine.openai.azure.com/openai/v1"), true, true],
    ["not of an Azure deployment", at("https://mine.openai.azure.com/openai/deployments/d?api-version=2026-01-01"), false, false],
    ["of Groq, when it is plain", at("https://api.groq.com/openai/v1"), true, false],
    ["of Ollama, when it is plain", at("http://127.0.0.1:11434/v1"), true, false],
    ["of LM Studio, when it is plain", at("http://127.0.0.1:1234/v1"), true, false],
    ["not of Mistral", at("https://api.mistral.ai/v1"), false, false],
    ["not of a server that nobody knows", at("http://127.0.0.1:8000/v1"), false, false],
    ["of a server whose operator says so", at("http://127.0.0.1:8000/v1", true), true, true],
    ["not of one whose operator denies it", at("https://mine.openai.azure.com/openai/v1", false), false, false],
    ["not of Anthropic, whatever is said", { kind: "anthropic", baseUrl: "https://api.anthropic.com", responses: true }, false, false],
  ])("%s", (_name, provider, plain, rich) => {
    expect([speaksResponses(provider, true), speaksResponses(provider, false)]).toEqual([plain, rich]);
  });
});

describe("what such a server is sent", () => {
  const wire = openaiCompatibleWires.responses;
  const request = {
    instructions: "Be kind.",
    input: [{ type: "message", role: "developer", content: "Briefly." }],
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "k",
    metadata: { a: "1" },
  };
  const sent = (baseUrl: string): unknown => {
    const ask = { operation: "responses", request, stream: true, model: "m", maxOutput: 7, generationId: "gen_1", createdSeconds: 1 } as const;
    const written = wire?.request(ask, { baseUrl, apiKey: "k", headers: {} });
    if (!written || "failure" in written) throw new Error("not written");
    expect(written.upstream.path).toBe("/responses");
    return JSON.parse(String(written.upstream.body));
  };
  const cap = { model: "m", max_output_tokens: 7, stream: true };

  test.each([
    ["https://mine.openai.azure.com/openai/v1", { ...request, ...cap }],
    [
      "http://127.0.0.1:8000/v1",
      { ...cap, instructions: "Be kind.", input: [{ type: "message", role: "system", content: "Briefly." }], store: false, metadata: { a: "1" } },
    ],
    ["https://api.groq.com/openai/v1", { ...cap, instructions: "Be kind.", input: request.input, metadata: { a: "1" } }],
  ])("at %s is what it knows", (baseUrl, body) => expect(sent(baseUrl)).toEqual(body));

  test("a route that is missing is told apart from a model that is", () => {
    const words = (status: number, text: string) => wire?.failure(status, {}, Buffer.from(text)).kind;
    expect(words(404, "404 page not found")).toBe("unsupported");
    expect(words(404, '{"error":{"message":"model \'m\' not found"}}')).toBe("not_found");
    const lmStudio = Buffer.from('{"error":"Unexpected endpoint or method. (POST /v1/responses). Returning 200 anyway"}');
    const ask = { operation: "responses", request, stream: false, model: "m", maxOutput: 7, generationId: "gen_1", createdSeconds: 1 } as const;
    expect(wire?.response(lmStudio, ask, {})).toMatchObject({ failure: { kind: "unsupported" } });
  });
});
