import { describe, expect, test } from "vitest";
import { measureOf, searchesOf, parseCountRequest, parseMessagesRequest, type MessagesRequest } from "./anthropic-messages.ts";

const body = (more: Record<string, unknown> = {}) => ({ model: "m", max_tokens: 10, messages: [{ role: "user", content: "hi" }], ...more });
const user = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });

describe("what is accepted", () => {
  test.each<[string, Record<string, unknown>]>([
    ["the least", {}],
    ["nulls for absent", { system: null, tools: null, temperature: null, thinking: null, metadata: { user_id: null } }],
    [
      "system among the messages",
      {
        messages: [
          { role: "user", content: "x" },
          { role: "system", content: [{ type: "text", text: "y" }] },
        ],
      },
    ],
    ["an unknown block", user({ type: "hologram", beam: { angle: 3 } })],
    ["an unknown block in a result", user({ type: "tool_result", tool_use_id: "t", content: [{ type: "hologram" }] })],
    ["a result without content", user({ type: "tool_result", tool_use_id: "t" })],
    ["an unknown tool without a name", { tools: [{ type: "hologram_20300101" }] }],
    ["no tools", { tools: [] }],
    ["unknown fields", { speed: "fast", context_management: { edits: [] } }],
    ["unknown ways of thinking", { thinking: { type: "sideways" }, output_config: { effort: "max", tone: "dry" } }],
    ["a user's name of some length", { metadata: { user_id: "x".repeat(400) } }],
    [
      "nothing in a turn",
      {
        messages: [
          { role: "user", content: "x" },
          { role: "assistant", content: [] },
          { role: "user", content: "" },
        ],
      },
    ],
  ])("%s", (_name, more) => {
    const parsed = parseMessagesRequest(body(more));
    expect(parsed.ok ? undefined : parsed.failure).toBeUndefined();
  });

  test("unknown fields and blocks are kept for Anthropic", () => {
    const parsed = parseMessagesRequest(body({ speed: "fast", ...user({ type: "hologram", beam: 3 }) }));
    expect(parsed).toMatchObject({ value: { speed: "fast", messages: [{ content: [{ type: "hologram", beam: 3 }] }] } });
  });

  test("a count needs no cap", () => {
    const { max_tokens: _cap, ...prompt } = body();
    expect(parseCountRequest(prompt).ok).toBe(true);
  });
});

describe("what is refused names the field", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ model: undefined }, "model"],
    [{ max_tokens: undefined }, "max_tokens"],
    [{ max_tokens: 0 }, "max_tokens"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ messages: [] }, "messages"],
    [
      {
        messages: [
          { role: "user", content: "" },
          { role: "assistant", content: [] },
        ],
      },
      "messages",
    ],
    [{ messages: [{ role: "tool", content: "x" }] }, "messages[0].role"],
    [{ messages: [{ role: "user" }] }, "messages[0].content"],
    [user({ type: "text" }), "messages[0].content[0].text"],
    [user({ text: "no type" }), "messages[0].content[0].type"],
    [user({ type: "image", source: { type: "base64", media_type: "image/png" } }), "messages[0].content[0].source.data"],
    [user({ type: "image", source: { type: "url", url: "file:///etc/passwd" } }), "messages[0].content[0].source.url"],
    [user({ type: "tool_result", content: "x" }), "messages[0].content[0].tool_use_id"],
    [{ messages: [{ role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: "{}" }] }] }, "messages[0].content[0].input"],
    [{ temperature: 1.5 }, "temperature"],
    [{ stream: "yes" }, "stream"],
    [{ tools: [{ name: "f" }] }, "tools[0].input_schema"],
    [{ tools: [{ input_schema: {} }] }, "tools[0].name"],
    [{ tool_choice: { type: "maybe" } }, "tool_choice.type"],
    [{ tool_choice: { type: "tool" } }, "tool_choice.name"],
    [{ thinking: { type: "enabled", budget_tokens: -1 } }, "thinking.budget_tokens"],
    [{ base_url: "https://evil.test" }, "base_url"],
  ])("%j", (more, param) => {
    expect(parseMessagesRequest(body(more))).toMatchObject({ ok: false, failure: { code: "invalid_request", param } });
  });

  test("a conversation kept by Anthropic, however it is asked for", () => {
    for (const thread of [{ type: "create" }, { type: "continue", previous_message_id: "msg_1" }, "x"])
      expect(parseMessagesRequest(body({ thread }))).toMatchObject({ ok: false, failure: { code: "thread_unsupported", param: "thread" } });
    expect(parseMessagesRequest(body({ thread: null })).ok).toBe(true);
    expect(parseMessagesRequest("[]")).toMatchObject({ ok: false, failure: { code: "invalid_json" } });
  });
});

test("the measure of a prompt counts words and not the bytes of pictures", () => {
  const measured = (more: Record<string, unknown>) => measureOf(body(more) as MessagesRequest);
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(100_000) } };
  const plain = measured({});
  expect(measured(user({ type: "text", text: "hi" }, image, { type: "tool_result", tool_use_id: "t", content: [image] }))).toMatchObject({
    media: [{ kind: "image", bytes: 100_000, remote: false }, { kind: "image" }],
    messages: 1,
  });
  expect(measured(user(image)).bytes).toBeLessThan(200);
  const document = { type: "document", source: { type: "text", media_type: "text/plain", data: "w".repeat(5_000) } };
  expect(measured(user(document)).bytes).toBeGreaterThan(5_000);
  expect(measured({ system: "s".repeat(300) }).bytes).toBeGreaterThan(plain.bytes + 290);
  expect(measured({ tools: [{ name: "f", input_schema: { type: "object", description: "d".repeat(300) } }] }).bytes).toBeGreaterThan(plain.bytes + 300);
});

test("searches of the web are bounded, by the caller or by us", () => {
  const searches = (...tools: unknown[]) => searchesOf(body({ tools }) as MessagesRequest, 10);
  expect(searches()).toBe(0);
  expect(searches({ name: "f", input_schema: {} }, { type: "web_search_20250305", name: "web_search", max_uses: 8 })).toBe(8);
  expect(searches({ type: "web_search_20260209", name: "web_search" })).toBe(10);
  expect(searches({ type: "web_search_20260209", name: "web_search", max_uses: "many" })).toBe(10);
});
