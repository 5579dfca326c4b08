import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mediaPartsOf, messageCountOf, parseChatRequest, promptBytesOf, type ChatRequest } from "./openai-chat.ts";

const base = { model: "m", messages: [{ role: "user", content: "hi" }] };
const parsed = (body: unknown): ChatRequest => {
  const result = parseChatRequest(body);
  if (!result.ok) throw new Error(`${result.failure.param}: ${result.failure.publicText}`);
  return result.value;
};
const paramOf = (body: unknown): string | undefined => {
  const result = parseChatRequest(body);
  expect(result.ok).toBe(false);
  if (result.ok) return undefined;
  expect(result.failure.code).toBe("invalid_request");
  expect((result.failure.publicText ?? "").length).toBeLessThan(300);
  return result.failure.param;
};
const called = { role: "assistant", content: null, tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }] };

describe("what is accepted", () => {
  test("fields that we do not know are kept, at the top and within", () => {
    const request = parsed({ ...base, top_k: 3, provider: { order: ["a"] }, messages: [{ role: "user", content: "x", cache: true }] });
    expect(request["top_k"]).toBe(3);
    expect(request["provider"]).toEqual({ order: ["a"] });
    expect(request.messages[0]?.["cache"]).toBe(true);
  });

  test("every documented field passes unchanged", () => {
    const body = {
      ...base,
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 5,
      temperature: 0,
      top_p: 1,
      n: 128,
      stop: ["a", "b", "c", "d"],
      presence_penalty: -2,
      frequency_penalty: 2,
      logprobs: true,
      top_logprobs: 20,
      logit_bias: { "50256": -100 },
      seed: -5,
      tools: [
        { type: "function", function: { name: "f", parameters: { type: "object" }, strict: null } },
        { type: "custom", custom: { name: "g" } },
      ],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "w", schema: {}, strict: true } },
      reasoning_effort: "minimal",
      user: "u".repeat(300),
      metadata: { a: "b" },
      service_tier: "auto",
      store: false,
      verbosity: "low",
    };
    expect(parsed(body)).toEqual(body);
  });

  test("every role and part kind is known", () => {
    const messages = [
      { role: "system", content: "s" },
      { role: "developer", content: [{ type: "text", text: "d" }] },
      {
        role: "user",
        content: [
          { type: "text", text: "t" },
          { type: "image_url", image_url: { url: "https://a.test/i.png", detail: "low" } },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
          { type: "file", file: { file_data: "data:application/pdf;base64,AAAA", filename: "a.pdf" } },
        ],
      },
      { ...called, refusal: null, annotations: [], audio: null },
      { role: "tool", tool_call_id: "c1", content: "r" },
      { role: "assistant", content: [{ type: "refusal", refusal: "no" }], tool_calls: null },
      { role: "function", name: "old", content: null },
    ];
    expect(parsed({ model: "m", messages }).messages).toEqual(messages);
  });

  test("null counts as absent where OpenAI says so", () => {
    const request = parsed({ ...base, max_tokens: null, stop: null, tools: null, stream: false, unknown: null });
    expect(request).toEqual({ ...base, stream: false });
  });

  test("a prototype cannot be smuggled in", () => {
    parsed(JSON.parse('{"model":"m","messages":[{"role":"user","content":"x","__proto__":{"polluted":1}}],"__proto__":{"polluted":1},"stop":null}'));
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("what is refused, with the field's name", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["no model", { model: undefined }, "model"],
    ["a model that is an object", { model: {} }, "model"],
    ["a model of a megabyte", { model: "m".repeat(1_000_000) }, "model"],
    ["no messages", { messages: [] }, "messages"],
    ["a million messages", { messages: Array.from({ length: 1_000_000 }, () => base.messages[0]) }, "messages"],
    ["temperature below", { temperature: -1 }, "temperature"],
    ["temperature above", { temperature: 2.1 }, "temperature"],
    ["temperature as text", { temperature: "1" }, "temperature"],
    ["temperature null, which is what NaN becomes", { temperature: null }, "temperature"],
    ["temperature infinite", { temperature: Number.POSITIVE_INFINITY }, "temperature"],
    ["top_p", { top_p: 1.1 }, "top_p"],
    ["n zero", { n: 0 }, "n"],
    ["n 129", { n: 129 }, "n"],
    ["max_tokens zero", { max_tokens: 0 }, "max_tokens"],
    ["max_tokens fraction", { max_tokens: 1.5 }, "max_tokens"],
    ["max_tokens of 10^12", { max_tokens: 1e12 }, "max_tokens"],
    ["both caps", { max_tokens: 1, max_completion_tokens: 1 }, "max_tokens"],
    ["a long stop", { stop: "x".repeat(1_000_000) }, "stop"],
    ["five stops", { stop: ["1", "2", "3", "4", "5"] }, "stop"],
    ["many biases", { logit_bias: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [String(at), 1])) }, "logit_bias"],
    ["a bias out of range", { logit_bias: { "1": 101 } }, "logit_bias.1"],
    ["a big seed", { seed: 2 ** 60 }, "seed"],
    ["top_logprobs alone", { top_logprobs: 2 }, "top_logprobs"],
    ["stream as text", { stream: "yes" }, "stream"],
    ["stream_options without stream", { stream_options: { include_usage: true } }, "stream_options"],
    ["a schema format without schema", { response_format: { type: "json_schema" } }, "response_format.json_schema"],
    ["a function tool without function", { tools: [{ type: "function" }] }, "tools[0].function"],
    ["an unknown role", { messages: [{ role: "wizard", content: "x" }] }, "messages[0].role"],
    ["content as a number", { messages: [{ role: "user", content: 5 }] }, "messages[0].content"],
    ["content null for a user", { messages: [{ role: "user", content: null }] }, "messages[0].content"],
    ["an assistant that says nothing", { messages: [{ role: "assistant", content: null }] }, "messages[0].content"],
    ["an unknown part", { messages: [{ role: "user", content: [{ type: "text", text: "x" }, { type: "scent" }] }] }, "messages[0].content[1].type"],
    ["a part without text", { messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text"],
    ["a dangling tool_call_id", { messages: [called, { role: "tool", tool_call_id: "c2", content: "x" }] }, "messages[1].tool_call_id"],
    ["a result before its call", { messages: [{ role: "tool", tool_call_id: "c1", content: "x" }, called] }, "messages[0].tool_call_id"],
  ])("%s", (_name, change, param) => {
    expect(paramOf({ ...base, ...change })).toBe(param);
  });

  test.each(["http://127.0.0.1/x", "file:///etc/passwd", "gopher://x", "ftp://x", "//x", "https:", ""])("an image at %s", (url) => {
    expect(paramOf({ model: "m", messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] })).toBe(
      "messages[0].content[0].image_url.url",
    );
  });

  test.each(["api_base", "base_url", "api_key", "custom_llm_provider", "extra_headers", "extra_body", "organization"])("the routing field %s", (field) => {
    expect(paramOf({ ...base, [field]: "x" })).toBe(field);
    expect(paramOf({ ...base, [field]: null })).toBe(field);
  });

  test("a provider's address, but not other wishes about providers", () => {
    expect(paramOf({ ...base, provider: { url: "http://x" } })).toBe("provider.url");
  });

  test.each([null, 5, "x", [], undefined])("a body that is %j is no JSON object", (body) => {
    expect(parseChatRequest(body)).toMatchObject({ ok: false, failure: { code: "invalid_json" } });
  });

  test("the caller's values are not echoed", () => {
    const result = parseChatRequest({ ...base, tool_choice: "SECRET-VALUE", reasoning_effort: 5 });
    expect(JSON.stringify(result)).not.toContain("SECRET-VALUE");
  });
});

describe("sizes for money", () => {
  test("bytes are UTF-8 bytes of text, tools and unknown fields, never fewer", () => {
    const text = "aé中😀";
    const of = (body: Record<string, unknown>): number => promptBytesOf(parsed({ ...base, ...body }));
    const grown = of({ messages: [{ role: "user", content: text.repeat(100) }] }) - of({ messages: [{ role: "user", content: "" }] });
    expect(grown).toBe(Buffer.byteLength(text.repeat(100)));
    const tools = [
      { type: "function", function: { name: "f", description: "d", parameters: { type: "object", properties: { a: { enum: ["x", 1, null] } } } } },
    ];
    expect(of({ tools }) - of({})).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(tools)));
    expect(of({ documents: ["x".repeat(500)] })).toBeGreaterThan(500);
    expect(of({ messages: [{ ...called, reasoning_content: "y".repeat(500) }] })).toBeGreaterThan(500);
  });

  test("media are counted apart", () => {
    const data = `data:image/png;base64,${"A".repeat(10_000)}`;
    const request = parsed({
      model: "m",
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: data, detail: "high" } },
            { type: "image_url", image_url: { url: "https://a.test/b" } },
            { type: "input_audio", input_audio: { data: "A".repeat(5_000), format: "mp3" } },
            { type: "file", file: { file_id: "f1" } },
          ],
        },
      ],
    });
    expect(promptBytesOf(request)).toBeLessThan(300);
    expect(mediaPartsOf(request)).toEqual([
      { kind: "image", bytes: data.length, detail: "high", remote: false },
      { kind: "image", bytes: 16, remote: true },
      { kind: "audio", bytes: 5_000, remote: false },
      { kind: "file", bytes: 0, remote: true },
    ]);
    expect(messageCountOf(request)).toBe(1);
  });
});

const recordings = "../shared/fixtures/clients/openai-node";
const isRecorded = existsSync(recordings);
if (!isRecorded) console.warn("left out: tests against recorded client requests, which are not here");

describe.runIf(isRecorded)("recorded clients", () => {
  const names = isRecorded ? readdirSync(recordings).filter((name) => name.includes("post-v1-chat-completions")) : [];
  test.each(names)("%s is answered, not refused", (name) => {
    const { body } = JSON.parse(readFileSync(`${recordings}/${name}`, "utf8")) as { body: unknown };
    expect(parsed(body)).toEqual(body);
  });
});
