import { describe, expect, test } from "vitest";
import { ask } from "../testing/stream-story.ts";
import type { ChatAsk } from "../provider.ts";
import { googleRequest } from "./request.ts";

const endpoint = { baseUrl: "https://google.test", apiKey: "k", headers: { "x-team": "t" } };
function body(request: Record<string, unknown>, more: Partial<ChatAsk> = {}): Record<string, unknown> {
  const written = googleRequest(ask({ stream: false, ...request }, { model: "gemini-2.5-flash", ...more }), endpoint);
  if ("failure" in written) throw new Error(written.failure.publicText);
  return JSON.parse(String(written.upstream.body)) as Record<string, unknown>;
}
const config = (request: Record<string, unknown>, more: Partial<ChatAsk> = {}) => body(request, more)["generationConfig"];
function refusal(request: Record<string, unknown>, model = "gemini-2.5-flash") {
  const written = googleRequest(ask(request, { model }), endpoint);
  return "failure" in written ? written.failure : undefined;
}
function pathOf(model: string, baseUrl: string, stream = false) {
  const written = googleRequest(ask({ stream }, { model }), { ...endpoint, baseUrl });
  return "upstream" in written ? written.upstream.path : undefined;
}
const call = (id: string, name = "f", words = "{}", more: object = {}) => ({ id, type: "function", function: { name, arguments: words }, ...more });
const tool = (name: string, parameters?: object) => ({ type: "function", function: { name, description: "d", ...(parameters ? { parameters } : {}) } });
const detail = (data: string, id?: string, format = "google-gemini-v1") => ({ type: "reasoning.encrypted", data, format, ...(id ? { id } : {}) });

describe("Gemini's request", () => {
  test("has the model in the path, the cap in the body and the key in a header", () => {
    const written = googleRequest(ask({ stream: true }, { model: "gemini-2.5-flash" }), endpoint);
    expect(written).toMatchObject({
      upstream: { path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", headers: { "x-goog-api-key": "k", "x-team": "t" } },
    });
    expect(JSON.stringify(written)).not.toContain("key=k");
    expect(body({ max_tokens: 5 })).toEqual({ contents: [{ role: "user", parts: [{ text: "hi" }] }], generationConfig: { maxOutputTokens: 100 } });
  });

  test.each([
    ["gemini-x", "https://g.test", "/v1beta/models/gemini-x:generateContent"],
    ["gemini-x", "https://g.test/v1beta", "/models/gemini-x:generateContent"],
    ["gemini-x", "https://g.test/v1/projects/p/locations/l/publishers/google", "/models/gemini-x:generateContent"],
    ["tunedModels/mine", "https://g.test", "/v1beta/tunedModels/mine:generateContent"],
    ["a?b=c/../d#e", "https://g.test", "/v1beta/a%3Fb%3Dc/../d%23e:generateContent"],
  ])("%s at %s", (model, baseUrl, path) => {
    expect(pathOf(model, baseUrl)).toBe(path);
  });

  test("lifts system and developer messages out, wherever they stand", () => {
    const messages = [
      { role: "system", content: "a" },
      { role: "user", content: "x" },
      { role: "developer", content: [{ type: "text", text: "b" }] },
      { role: "user", content: "y" },
    ];
    expect(body({ messages })).toMatchObject({
      systemInstruction: { parts: [{ text: "a" }, { text: "b" }] },
      contents: [{ role: "user", parts: [{ text: "x" }, { text: "y" }] }],
    });
    expect(body({ messages: [{ role: "system", content: "only" }] })).toMatchObject({ contents: [{ role: "user", parts: [{ text: "only" }] }] });
  });

  test("tool results stand together right after their calls, by name", () => {
    const messages = [
      { role: "user", content: "x" },
      { role: "assistant", content: "let me see", tool_calls: [call("a", "f", '{"q": 1}'), call("b", "g", "oops")] },
      { role: "tool", tool_call_id: "a", content: '{"degrees": 7}' },
      {
        role: "tool",
        tool_call_id: "b",
        content: [
          { type: "text", text: "seen" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      { role: "user", content: "go on" },
    ];
    const image = { inlineData: { mimeType: "image/png", data: "AAAA" } };
    const [first, said, results, next] = body({ messages })["contents"] as unknown[];
    expect([first, said]).toEqual([
      { role: "user", parts: [{ text: "x" }] },
      {
        role: "model",
        parts: [
          { text: "let me see" },
          { functionCall: { id: "a", name: "f", args: { q: 1 } } },
          { functionCall: { id: "b", name: "g", args: { arguments: "oops" } } },
        ],
      },
    ]);
    expect(results).toEqual({
      role: "user",
      parts: [
        { functionResponse: { id: "a", name: "f", response: { degrees: 7 } } },
        { functionResponse: { id: "b", name: "g", response: { result: "seen" } } },
      ],
    });
    expect(next).toEqual({ role: "user", parts: [image, { text: "go on" }] });
    expect(body({ messages: messages.slice(0, 4) }, { model: "gemini-3-pro-preview" })["contents"]).toMatchObject([
      {},
      {},
      { parts: [{}, { functionResponse: { id: "b", parts: [image] } }] },
    ]);
    expect((body({ messages: messages.slice(0, 4) })["contents"] as unknown[])[3]).toEqual({ role: "user", parts: [image] });
  });

  test("signatures go back where they came from", () => {
    const turn = (assistant: object, model = "gemini-3-pro-preview") => {
      const messages = [
        { role: "user", content: "x" },
        { role: "assistant", ...assistant },
        { role: "user", content: "y" },
      ];
      return (body({ messages }, { model })["contents"] as { parts: unknown }[])[1]?.parts;
    };
    expect(turn({ content: "said", reasoning_details: [detail("S1")] })).toEqual([{ text: "said", thoughtSignature: "S1" }]);
    expect(turn({ content: "said", tool_calls: [call("a"), call("b")], reasoning_details: [detail("A", "a"), detail("T")] })).toMatchObject([
      { text: "said", thoughtSignature: "T" },
      { functionCall: { id: "a" }, thoughtSignature: "A" },
      { functionCall: { id: "b" } },
    ]);
    // A client that keeps tool calls only, as Google's own OpenAI door has them.
    expect(turn({ content: null, tool_calls: [call("a", "f", "{}", { extra_content: { google: { thought_signature: "E" } } })] })).toMatchObject([
      { thoughtSignature: "E" },
    ]);
    // Thoughts of another provider, and none at all: the documented stand-in, on the first of parallel calls alone.
    const foreign = turn({ content: null, tool_calls: [call("a"), call("b")], reasoning_details: [detail("X", "a", "anthropic-claude-v1")] }) as object[];
    expect(foreign[0]).toMatchObject({ thoughtSignature: "skip_thought_signature_validator" });
    expect(foreign[1]).not.toHaveProperty("thoughtSignature");
    expect((turn({ content: null, tool_calls: [call("a")] }, "gemini-2.5-flash") as object[])[0]).not.toHaveProperty("thoughtSignature");
  });

  test("images, sounds and files go along as data or as address", () => {
    const content = [
      { type: "image_url", image_url: { url: "data:image/jpg;base64,AAAA" } },
      { type: "image_url", image_url: { url: "https://a.test/i.PNG?x=1" } },
      { type: "input_audio", input_audio: { data: "CCCC", format: "wav" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" } },
      { type: "file", file: { file_data: "DDDD" } },
    ];
    expect(body({ messages: [{ role: "user", content }] })["contents"]).toEqual([
      {
        role: "user",
        parts: [
          { inlineData: { mimeType: "image/jpeg", data: "AAAA" } },
          { fileData: { mimeType: "image/png", fileUri: "https://a.test/i.PNG?x=1" } },
          { inlineData: { mimeType: "audio/wav", data: "CCCC" } },
          { inlineData: { mimeType: "application/pdf", data: "BBBB" } },
          { inlineData: { mimeType: "application/pdf", data: "DDDD" } },
        ],
      },
    ]);
  });

  test.each<[unknown, unknown]>([
    ["none", { mode: "NONE" }],
    ["auto", { mode: "AUTO" }],
    ["required", { mode: "ANY" }],
    [
      { type: "function", function: { name: "f" } },
      { mode: "ANY", allowedFunctionNames: ["f"] },
    ],
  ])("tool_choice %j is %j", (choice, expected) => {
    expect(body({ tools: [tool("f")], tool_choice: choice })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: "f", description: "d" }] }],
      toolConfig: { functionCallingConfig: expected },
    });
  });

  test("allowed tools are the only ones it is given", () => {
    const choice = { type: "allowed_tools", allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "g" } }] } };
    expect(body({ tools: [tool("f"), tool("g")], tool_choice: choice })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: "g" }] }],
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    });
    expect(body({ tools: [], tool_choice: "auto" })).not.toHaveProperty("toolConfig");
  });

  test("sampling, stops, seeds, choices and probabilities", () => {
    expect(
      config({
        temperature: 1.7,
        top_p: 0.5,
        top_k: 7,
        seed: 3,
        presence_penalty: 1,
        frequency_penalty: -1,
        stop: ["a", ""],
        n: 2,
        logprobs: true,
        top_logprobs: 4,
        modalities: ["text", "image"],
        logit_bias: { "5": 1 },
        user: "u",
      }),
    ).toEqual({
      maxOutputTokens: 100,
      temperature: 1.7,
      topP: 0.5,
      topK: 7,
      seed: 3,
      presencePenalty: 1,
      frequencyPenalty: -1,
      stopSequences: ["a"],
      candidateCount: 2,
      responseLogprobs: true,
      logprobs: 4,
      responseModalities: ["TEXT", "IMAGE"],
    });
  });

  test("JSON mode and schemas, without the keywords that Gemini refuses", () => {
    expect(config({ response_format: { type: "json_object" } })).toMatchObject({ responseMimeType: "application/json" });
    expect(config({ response_format: { type: "text" } })).toEqual({ maxOutputTokens: 100 });
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: {
        kind: { const: "a", pattern: "^a$" },
        list: { type: "array", items: { $ref: "#/definitions/item" }, uniqueItems: true },
        either: {
          oneOf: [
            { type: "string", minLength: 3 },
            { type: ["number", "null"], exclusiveMinimum: 0 },
          ],
        },
        all: {
          allOf: [
            { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
            { properties: { b: { type: "string" } }, required: ["b"] },
          ],
        },
      },
      required: ["kind"],
      additionalProperties: false,
      definitions: { item: { type: "object", properties: { next: { $ref: "#/definitions/item" } }, patternProperties: { x: {} } } },
    };
    expect(config({ response_format: { type: "json_schema", json_schema: { name: "w", schema } } })).toMatchObject({
      responseMimeType: "application/json",
      responseJsonSchema: {
        type: "object",
        properties: {
          kind: { enum: ["a"] },
          list: { type: "array", items: { $ref: "#/$defs/item" } },
          either: { oneOf: [{ type: "string" }, { type: ["number", "null"], minimum: 0 }] },
          all: { type: "object", properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a", "b"] },
        },
        required: ["kind"],
        additionalProperties: false,
        $defs: { item: { type: "object", properties: { next: { $ref: "#/$defs/item" } } } },
      },
    });
    const sent = JSON.stringify(body({ tools: [tool("f", schema)] }));
    for (const refused of ["$schema", "pattern", "uniqueItems", "minLength", "exclusiveMinimum", "definitions", "allOf", "const"])
      expect(sent).not.toContain(`"${refused}"`);
  });

  test("a schema that nests without end is cut rather than walked", () => {
    let schema: Record<string, unknown> = { type: "string" };
    for (let depth = 0; depth < 2_000; depth++) schema = { type: "array", items: schema };
    expect(JSON.stringify(body({ tools: [tool("f", schema)] })).length).toBeLessThan(5_000);
  });

  test.each<[string, string | undefined, unknown, number?]>([
    ["gemini-2.5-flash", "high", { thinkingBudget: 8_000, includeThoughts: true }, 10_000],
    ["gemini-2.5-flash", "high", { thinkingBudget: 24_576, includeThoughts: true }, 64_000],
    ["gemini-2.5-flash", "low", { thinkingBudget: 1_024, includeThoughts: true }, 64_000],
    ["gemini-2.5-flash", "none", { thinkingBudget: 0 }],
    ["gemini-2.5-pro", "none", { thinkingBudget: 128 }],
    ["gemini-2.5-pro", "medium", { thinkingBudget: 128, includeThoughts: true }, 100],
    ["gemini-2.5-flash-lite", "minimal", { thinkingBudget: 512, includeThoughts: true }, 100],
    ["gemini-3-pro-preview", "minimal", { thinkingLevel: "low", includeThoughts: true }],
    ["gemini-3-pro-preview", "medium", { thinkingLevel: "high", includeThoughts: true }],
    ["gemini-3.1-pro-preview", "medium", { thinkingLevel: "medium", includeThoughts: true }],
    ["gemini-3-flash-preview", "none", { thinkingLevel: "minimal" }],
    ["gemini-flash-latest", "xhigh", { thinkingLevel: "high", includeThoughts: true }],
    ["gemini-2.0-flash", "high", undefined],
    ["gemini-2.5-flash-image", "high", undefined],
    ["gemma-3-27b-it", "high", undefined],
    ["gemini-3-pro-preview", undefined, undefined],
    ["gemini-3-pro-preview", "constructor", undefined],
    ["gemini-2.5-flash", "constructor", undefined],
  ])("%s with effort %s thinks by %j", (model, effort, expected, maxOutput = 10_000) => {
    expect((config(effort === undefined ? {} : { reasoning_effort: effort }, { model, maxOutput }) as Record<string, unknown>)["thinkingConfig"]).toEqual(
      expected,
    );
  });

  test.each<[Record<string, unknown>, string]>([
    [{ n: 9 }, "n"],
    [{ functions: [{ name: "f" }] }, "functions"],
    [{ cached_content: "cachedContents/x" }, "cached_content"],
    [{ modalities: ["text", "audio"], audio: { voice: "a", format: "wav" } }, "modalities"],
    [{ tools: [{ type: "custom", custom: {} }] }, "tools[0].type"],
    [{ tools: [tool("f")], response_format: { type: "json_object" } }, "response_format"],
    [{ messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }] }, "messages[0].content[0].file.file_id"],
    [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png,raw" } }] }] }, "messages[0].content[0].image_url.url"],
    [{ messages: [{ role: "user", content: "" }] }, "messages"],
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

  test("the third generation takes tools and JSON together", () => {
    expect(refusal({ tools: [tool("f")], response_format: { type: "json_object" } }, "gemini-3-pro-preview")).toBeUndefined();
  });
});
