import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMessagesRequest, type MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { parseChatRequest } from "@switchyard/shared/wire/openai-chat";
import { messagesJob } from "./job.ts";
import { chatOfMessages } from "./request.ts";
import { callersToolName, chatToolName } from "./tools.ts";

function messages(body: Record<string, unknown>): MessagesRequest {
  const parsed = parseMessagesRequest({ model: "m", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...body });
  if (!parsed.ok) throw new Error(parsed.failure.publicText);
  return parsed.value;
}

/** What comes out must be a chat that our own door would take. */
function chat(body: Record<string, unknown>) {
  const made = chatOfMessages(messages(body));
  const checked = parseChatRequest(JSON.parse(JSON.stringify(made)));
  if (!checked.ok) throw new Error(checked.failure.publicText);
  return made;
}

const tool = (name: string) => ({ name, description: "d", input_schema: { type: "object", properties: { a: { type: "string" } } } });
const call = (id: string, name = "f") => ({ type: "tool_use", id, name, input: { a: 1 } });

describe("a Messages request as a chat", () => {
  test("keeps what both wires have", () => {
    const made = chat({ stream: true, temperature: 0.5, top_p: 0.9, top_k: 40, stop_sequences: ["a", "", "b", "c", "d", "e"], metadata: { user_id: "u1" } });
    expect(made).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      max_completion_tokens: 100,
      stream: true,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop: ["a", "b", "c", "d"],
      user: "u1",
    });
  });

  test("has the system prompt first, without the account that is meant for Anthropic's billing", () => {
    const billing = { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.197.123; cc_entrypoint=sdk-cli;" };
    const marked = { type: "text", text: "two", cache_control: { type: "ephemeral" } };
    expect(chat({ system: "one" }).messages[0]).toEqual({ role: "system", content: "one" });
    expect(chat({ system: [billing, { type: "text", text: "one" }, { type: "text", text: "two" }] }).messages[0]).toEqual({
      role: "system",
      content: "one\n\ntwo",
    });
    expect(chat({ system: [{ type: "text", text: "one" }, marked] }).messages[0]).toEqual({ role: "system", content: [{ type: "text", text: "one" }, marked] });
    expect(chat({ system: [billing] }).messages).toEqual([{ role: "user", content: "hi" }]);
  });

  test("gives every tool result its message, right behind the calls, and the system's words after them", () => {
    const made = chat({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: [{ type: "text", text: "so" }, call("a"), call("b", "g")] },
        { role: "system", content: "meanwhile" },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "b", content: "second", is_error: true },
            { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "first" }] },
            { type: "text", text: "go on" },
          ],
        },
        { role: "system", content: [{ type: "text", text: "after" }] },
      ],
    });
    expect(made.messages).toEqual([
      { role: "user", content: "x" },
      {
        role: "assistant",
        content: "so",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: '{"a":1}' } },
          { id: "b", type: "function", function: { name: "g", arguments: '{"a":1}' } },
        ],
      },
      { role: "tool", tool_call_id: "b", content: "Error: second" },
      { role: "tool", tool_call_id: "a", content: "first" },
      { role: "system", content: "meanwhile" },
      { role: "user", content: "go on" },
      { role: "system", content: "after" },
    ]);
  });

  test("shows pictures that came out of a tool to the model, because a tool's message holds none", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
    const made = chat({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: [call("a")] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [image] }] },
      ],
    });
    expect(made.messages.slice(2)).toEqual([
      { role: "tool", tool_call_id: "a", content: "(shown below)" },
      {
        role: "user",
        content: [
          { type: "text", text: "[Shown by the tool call a]" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
    ]);
  });

  test("tells a result whose call is not in the conversation as the user's words", () => {
    const made = chat({ messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "gone", content: "r" }] }] });
    expect(made.messages).toEqual([{ role: "user", content: "[Result of the tool call gone]\nr" }]);
  });

  test.each<[string, Record<string, unknown>, unknown]>([
    [
      "an image by address",
      { type: "image", source: { type: "url", url: "https://a.test/i.png" } },
      { type: "image_url", image_url: { url: "https://a.test/i.png" } },
    ],
    [
      "a PDF",
      { type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf", data: "BBBB" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" } },
    ],
    [
      "a document of text",
      { type: "document", title: "T", source: { type: "text", media_type: "text/plain", data: "words" } },
      { type: "text", text: "T\n\nwords" },
    ],
    ["a document of blocks", { type: "document", source: { type: "content", content: [{ type: "text", text: "w" }] } }, { type: "text", text: "w" }],
    [
      "a document by address",
      { type: "document", source: { type: "url", url: "https://a.test/d" } },
      { type: "text", text: "[A document at https://a.test/d]" },
    ],
    [
      "a file of Anthropic's",
      { type: "image", source: { type: "file", file_id: "f1" } },
      { type: "text", text: "[An image that only Anthropic has: file f1]" },
    ],
    ["a search result", { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "w" }] }, { type: "text", text: "t\ns\nw" }],
    ["a loaded tool", { type: "tool_reference", tool_name: "WebFetch" }, { type: "text", text: "[The tool WebFetch is available now.]" }],
    [
      "what was found on the web",
      { type: "web_search_tool_result", tool_use_id: "s", content: [{ type: "web_search_result", title: "P", url: "https://p.test", encrypted_content: "…" }] },
      { type: "text", text: "Found on the web:\n- P: https://p.test" },
    ],
  ])("carries %s", (_name, block, part) => {
    const { content } =
      chat({ messages: [{ role: "user", content: [{ type: "text", text: "look", cache_control: { type: "ephemeral" } }, block] }] }).messages[0] ?? {};
    expect(content).toEqual([{ type: "text", text: "look", cache_control: { type: "ephemeral" } }, part]);
  });

  test("leaves out blocks that mean nothing elsewhere, and turns that are nothing else", () => {
    const made = chat({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: [{ type: "server_tool_use", id: "s", name: "web_search", input: {} }] },
        { role: "user", content: [{ type: "container_upload", file_id: "f" }] },
        { role: "user", content: "y" },
      ],
      context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
      container: "c",
      mcp_servers: [{ type: "url", url: "https://mcp.test", name: "n" }],
    });
    expect(made).toEqual({
      model: "m",
      max_completion_tokens: 100,
      messages: [
        { role: "user", content: "x" },
        { role: "user", content: "y" },
      ],
    });
  });

  test("hands thoughts back as they were: those of Anthropic with their proof, those of others as their provider gave them", () => {
    const content = [
      { type: "thinking", thinking: "one", signature: "c2ln" },
      { type: "thinking", thinking: "two", signature: "" },
      { type: "redacted_thinking", data: "ZGF0YQ" },
      { type: "text", text: "so" },
    ];
    const made = chat({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content },
      ],
    });
    expect(made.messages[1]).toEqual({
      role: "assistant",
      content: "so",
      reasoning_content: "one\n\ntwo",
      reasoning_details: [
        { type: "reasoning.text", text: "one", signature: "c2ln", format: "anthropic-claude-v1" },
        { type: "reasoning.encrypted", data: "ZGF0YQ", format: "anthropic-claude-v1" },
      ],
    });
  });

  test("makes functions of tools, and leaves out those that only Anthropic's servers carry out", () => {
    const made = chat({
      tools: [
        { type: "custom", ...tool("f"), strict: true, defer_loading: true },
        { name: "bare", input_schema: {} },
        { type: "web_search_20250305", name: "web_search", max_uses: 8 },
        { type: "bash_20250124", name: "bash" },
        { type: "mcp_toolset", mcp_server_name: "n" },
      ],
    });
    expect(made.tools).toEqual([
      { type: "function", function: { name: "f", description: "d", parameters: tool("f").input_schema, strict: true } },
      { type: "function", function: { name: "bare", parameters: { type: "object", properties: {} } } },
      { type: "function", function: { name: "bash", description: expect.any(String), parameters: expect.objectContaining({ type: "object" }) } },
    ]);
    const search = chat({ tools: [{ type: "web_search_20250305", name: "web_search" }], tool_choice: { type: "tool", name: "web_search" } });
    expect(search).not.toHaveProperty("tools");
    expect(search).not.toHaveProperty("tool_choice");
  });

  test.each<[Record<string, unknown>, unknown]>([
    [{ type: "auto" }, "auto"],
    [{ type: "any" }, "required"],
    [{ type: "none" }, "none"],
    [
      { type: "tool", name: "f" },
      { type: "function", function: { name: "f" } },
    ],
    [{ type: "tool", name: "not there" }, undefined],
  ])("tool_choice %j is %j", (choice, expected) => {
    const made = chat({ tools: [tool("f")], tool_choice: { ...choice, disable_parallel_tool_use: true } });
    expect(made.tool_choice).toEqual(expected);
    expect(made.parallel_tool_calls).toBe(false);
    expect(chat({ tools: [], tool_choice: choice })).not.toHaveProperty("tool_choice");
  });

  test("a tool's long name is shortened alike everywhere, and given back", () => {
    const long = `mcp__plugin_${"x".repeat(80)}`;
    const other = `${long}y`;
    const made = chat({
      tools: [tool(long), tool(other)],
      tool_choice: { type: "tool", name: long },
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: [call("a", other)] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
      ],
    });
    const names = made.tools?.map((one) => one.function?.name ?? "") ?? [];
    expect(names.map((name) => name.length)).toEqual([64, 64]);
    expect(new Set(names).size).toBe(2);
    expect(made.tool_choice).toEqual({ type: "function", function: { name: names[0] } });
    expect(made.messages[1]).toMatchObject({ tool_calls: [{ function: { name: names[1] } }] });
    expect(names.map(callersToolName([tool(long), tool(other)]))).toEqual([long, other]);
    expect(chatToolName("short")).toBe("short");
  });

  test.each<[Record<string, unknown>, string | undefined]>([
    [{}, undefined],
    [{ thinking: { type: "disabled" }, output_config: { effort: "high" } }, "none"],
    [{ thinking: { type: "adaptive" } }, undefined],
    [{ thinking: { type: "adaptive" }, output_config: { effort: "low" } }, "low"],
    [{ output_config: { effort: "max" } }, "high"],
    [{ output_config: { effort: "a new word" } }, undefined],
    [{ thinking: { type: "enabled", budget_tokens: 1_024 } }, "low"],
    [{ thinking: { type: "enabled", budget_tokens: 10_000 } }, "medium"],
    [{ thinking: { type: "enabled", budget_tokens: 31_999 } }, "high"],
    [{ thinking: { type: "enabled", budget_tokens: 31_999 }, output_config: { effort: "medium" } }, "medium"],
  ])("%j asks for the effort %s", (body, effort) => {
    expect(chat(body).reasoning_effort).toBe(effort);
  });

  test("a schema for the answer goes along, strict where OpenAI can be", () => {
    const closed = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
    const open = {
      type: "object",
      properties: { list: { type: "array", items: { type: "object", properties: { a: {} } } } },
      required: ["list"],
      additionalProperties: false,
    };
    expect(chat({ output_config: { format: { type: "json_schema", schema: closed } } }).response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "answer", schema: closed, strict: true },
    });
    expect(chat({ output_format: { type: "json_schema", schema: open } }).response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "answer", schema: open },
    });
  });

  test("a user's long name becomes a hash that OpenAI takes", () => {
    const id = JSON.stringify({ device_id: "0".repeat(64), session_id: "s" });
    expect(chat({ metadata: { user_id: id } }).user).toMatch(/^[0-9a-f]{64}$/);
    expect(chat({ metadata: { user_id: null } })).not.toHaveProperty("user");
  });
});

test("whatever the door lets in can be said as a chat, and be measured", () => {
  const type = fc.constantFrom(
    "text",
    "image",
    "document",
    "search_result",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "tool_reference",
    "web_search_tool_result",
    "x",
  );
  const words = fc.constantFrom<unknown>("", "a", "sy1.e30", "sy1.!", null, 7, undefined, {}, []);
  const { block } = fc.letrec<{ block: Record<string, unknown>; content: unknown; source: unknown }>((tie) => ({
    source: fc.oneof(
      { maxDepth: 3 },
      words,
      fc.record({
        type: fc.constantFrom("base64", "url", "file", "text", "content", "x"),
        media_type: words,
        data: words,
        url: fc.constantFrom("https://a.test", "a"),
        file_id: words,
        content: tie("content"),
      }),
    ),
    content: fc.oneof({ maxDepth: 3 }, words, fc.array(tie("block"), { maxLength: 3 })),
    block: fc.record(
      {
        type,
        text: words,
        id: words,
        name: words,
        input: words,
        tool_use_id: words,
        thinking: words,
        signature: words,
        data: words,
        title: words,
        tool_name: words,
        is_error: words,
        source: tie("source"),
        content: tie("content"),
        cache_control: words,
      },
      { requiredKeys: ["type"] },
    ),
  }));
  const content = fc.oneof(fc.string(), fc.array(block, { maxLength: 4 }));
  const body = fc.record({
    system: content,
    messages: fc.array(fc.record({ role: fc.constantFrom("user", "assistant", "system"), content }), { minLength: 1, maxLength: 5 }),
  });
  let taken = 0;
  fc.assert(
    fc.property(body, (one) => {
      const parsed = parseMessagesRequest({ model: "m", max_tokens: 1, ...one });
      if (!parsed.ok) return;
      taken += 1;
      expect(() => JSON.stringify(messagesJob(parsed.value, []))).not.toThrow();
    }),
    { numRuns: 5_000, seed: 7 },
  );
  expect(taken).toBeGreaterThan(500);
});
