import { describe, expect, test } from "vitest";
import { parseChatRequest } from "@switchyard/shared/wire/openai-chat";
import { parseResponsesRequest, type InputItem } from "@switchyard/shared/wire/openai-responses";
import { packReasoning } from "./carried-reasoning.ts";
import { asChat, type AskedAsChat } from "./request.ts";

const placed = (items: readonly InputItem[]) => items.map((item, at) => ({ item, place: `input[${at}]` }));

/** The request as a chat; what comes out must be a chat that the chat door would accept. */
function chatOf(body: Record<string, unknown>): AskedAsChat {
  const request = parseResponsesRequest({ model: "m", ...body });
  if (!request.ok) throw new Error(JSON.stringify(request.failure));
  const asked = asChat(request.value, placed(request.value.input));
  if (!asked.ok) throw new Error(JSON.stringify(asked.failure));
  const parsed = parseChatRequest(JSON.parse(JSON.stringify(asked.value.chat)));
  expect(parsed.ok ? [] : parsed.failure).toEqual([]);
  return asked.value;
}
const messagesOf = (body: Record<string, unknown>) => chatOf(body).chat.messages;
const paramOf = (body: Record<string, unknown>): string | undefined => {
  const request = parseResponsesRequest({ model: "m", ...body });
  if (!request.ok) return request.failure.param;
  const asked = asChat(request.value, placed(request.value.input));
  return asked.ok ? undefined : asked.failure.param;
};

const call = (id: string, name = "get_weather") => ({ type: "function_call", id: `fc_${id}`, call_id: id, name, arguments: `{"id":"${id}"}` });
const result = (id: string, output: unknown = `result of ${id}`) => ({ type: "function_call_output", call_id: id, output });

describe("turns", () => {
  test("a text is one message of the user, instructions stand before it", () => {
    expect(messagesOf({ input: "hi", instructions: "Be brief." })).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "hi" },
    ]);
  });

  test("instructions and all system and developer messages before the first turn become one", () => {
    const input = [
      { role: "developer", content: [{ type: "input_text", text: "one" }] },
      { type: "message", role: "system", content: "two" },
      { role: "user", content: "hi" },
      { role: "developer", content: "three" },
      { role: "user", content: "there" },
    ];
    expect(messagesOf({ input, instructions: "zero" })).toEqual([
      { role: "system", content: "zero\n\none\n\ntwo" },
      { role: "user", content: "hi" },
      { role: "system", content: "three" },
      { role: "user", content: "there" },
    ]);
  });

  test("parallel calls are one message, directly followed by their results wherever those stand", () => {
    const input = [
      { role: "user", content: "weather?" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Let me see.", annotations: [] }] },
      call("a"),
      call("b"),
      result("b"),
      { role: "user", content: "hurry" },
      result("a"),
    ];
    expect(messagesOf({ input })).toEqual([
      { role: "user", content: "weather?" },
      {
        role: "assistant",
        content: "Let me see.",
        tool_calls: [
          { id: "a", type: "function", function: { name: "get_weather", arguments: '{"id":"a"}' } },
          { id: "b", type: "function", function: { name: "get_weather", arguments: '{"id":"b"}' } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "result of a" },
      { role: "tool", tool_call_id: "b", content: "result of b" },
      { role: "user", content: "hurry" },
    ]);
  });

  test("calls that followed one another stay apart", () => {
    const roles = messagesOf({ input: [{ role: "user", content: "x" }, call("a"), result("a"), call("b"), result("b")] }).map(({ role }) => role);
    expect(roles).toEqual(["user", "assistant", "tool", "assistant", "tool"]);
  });

  test("a picture as a result follows as a message of the user", () => {
    const image = { type: "input_image", image_url: "data:image/png;base64,AAAA" };
    expect(messagesOf({ input: [{ role: "user", content: "x" }, call("a"), result("a", [{ type: "input_text", text: "here" }, image])] }).slice(2)).toEqual([
      { role: "tool", tool_call_id: "a", content: "here\n[An attachment follows.]" },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
    ]);
  });

  test("images, files and audio become parts of the chat", () => {
    const content = [
      { type: "input_text", text: "look" },
      { type: "input_image", image_url: "https://example.test/a.png", detail: "low" },
      { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
      { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
    ];
    expect(messagesOf({ input: [{ role: "user", content }] })).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image_url", image_url: { url: "https://example.test/a.png", detail: "low" } },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } },
          { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
        ],
      },
    ]);
  });

  test("thoughts go back as their provider packed them; bare ones only within the present turn", () => {
    const details = [{ type: "reasoning.text" as const, text: "hm", signature: "sig", format: "anthropic-claude-v1", index: 0 }];
    const thought = (text: string, encrypted: string | null) => ({
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text }],
      encrypted_content: encrypted,
    });
    const messages = messagesOf({
      input: [
        { role: "user", content: "x" },
        thought("old", packReasoning(details)),
        { type: "message", role: "assistant", content: "y" },
        { role: "user", content: "z" },
        thought("new", null),
        call("a"),
        result("a"),
      ],
    });
    expect(messages[1]).toEqual({ role: "assistant", content: "y", reasoning_details: details });
    expect(messages[3]).toMatchObject({ role: "assistant", content: null, reasoning_content: "new" });
  });

  test("what only another provider can read is left out, and said to be", () => {
    const { chat, dropped } = chatOf({
      input: [
        { role: "user", content: "x" },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" },
        { type: "web_search_call", id: "ws_1", status: "completed", action: {} },
        { role: "assistant", content: "y" },
        { role: "user", content: "z" },
      ],
    });
    expect(chat.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(dropped).toEqual(["input[1]", "input[2]"]);
  });
});

describe("tools", () => {
  const search = { type: "web_search", external_web_access: false };
  const agents = {
    type: "namespace",
    name: "multi_agent_v1",
    description: "agents",
    tools: [{ type: "function", name: "spawn agent", strict: false, parameters: { type: "object" } }],
  };
  const sql = { type: "custom", name: "write_sql", description: "Writes SQL.", format: { type: "grammar", syntax: "regex", definition: "SELECT .+" } };

  test("namespaces are flattened, free-form tools become functions, hosted ones are left out and said to be", () => {
    const { chat, book, dropped } = chatOf({ input: "x", tools: [search, agents, sql], parallel_tool_calls: true, tool_choice: "auto" });
    expect(chat.tools?.map((tool) => tool.function?.name)).toEqual(["multi_agent_v1__spawn_agent", "write_sql"]);
    expect(chat.tools?.[1]?.function).toMatchObject({
      description: "Writes SQL.\n\nThe input must follow this regex grammar:\nSELECT .+",
      parameters: { required: ["input"] },
    });
    expect(book.called("multi_agent_v1__spawn_agent")).toEqual({ kind: "function", name: "spawn agent", namespace: "multi_agent_v1" });
    expect(book.called("write_sql")).toEqual({ kind: "custom", name: "write_sql" });
    expect(dropped).toEqual(["tools[0]"]);
    expect(chat).not.toHaveProperty("parallel_tool_calls");
  });

  test("calls of namespaced and free-form tools keep their names on the way back in", () => {
    const messages = messagesOf({
      tools: [agents, sql],
      input: [
        { role: "user", content: "x" },
        { ...call("a", "spawn agent"), namespace: "multi_agent_v1" },
        { type: "custom_tool_call", call_id: "b", name: "write_sql", input: "SELECT 1" },
        result("a"),
        { type: "custom_tool_call_output", call_id: "b", output: "1" },
      ],
    });
    expect(messages[1]).toMatchObject({
      tool_calls: [{ function: { name: "multi_agent_v1__spawn_agent" } }, { function: { name: "write_sql", arguments: '{"input":"SELECT 1"}' } }],
    });
  });

  test("without any tool left there is no choice either", () => {
    const { chat } = chatOf({ input: "x", tools: [search], tool_choice: "required", parallel_tool_calls: false });
    for (const field of ["tools", "tool_choice", "parallel_tool_calls"]) expect(chat).not.toHaveProperty(field);
  });

  test.each([
    ["auto", "auto", []],
    [{ type: "function", name: "f" }, { type: "function", function: { name: "f" } }, []],
    [{ type: "web_search" }, "auto", ["tool_choice"]],
    [{ type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }] }, "required", []],
    [{ type: "allowed_tools", mode: "auto", tools: [{ type: "mcp", server_label: "x" }] }, "none", ["tool_choice"]],
  ])("the choice %j", (choice, expected, lost) => {
    const { chat, dropped } = chatOf({
      input: "x",
      tools: [
        { type: "function", name: "f", parameters: {} },
        { type: "function", name: "g" },
      ],
      tool_choice: choice,
    });
    expect(chat.tool_choice).toEqual(expected);
    expect(dropped).toEqual(lost);
    expect(chat.tools).toHaveLength(expected === "required" ? 1 : 2);
  });
});

describe("parameters", () => {
  test("what a chat has a word for is said in it", () => {
    const schema = { type: "object", properties: {} };
    const { chat } = chatOf({
      input: "x",
      stream: true,
      max_output_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 3,
      include: ["message.output_text.logprobs"],
      reasoning: { effort: "low", summary: "auto" },
      text: { format: { type: "json_schema", name: "w", strict: true, schema } },
      user: "u",
    });
    expect(chat).toMatchObject({
      stream: true,
      max_completion_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      logprobs: true,
      top_logprobs: 3,
      reasoning_effort: "low",
      response_format: { type: "json_schema", json_schema: { name: "w", strict: true, schema } },
      user: "u",
    });
  });

  test("what concerns only OpenAI itself does not reach another provider", () => {
    const { chat, dropped } = chatOf({
      input: "x",
      store: false,
      include: [],
      text: {},
      prompt_cache_key: "k",
      client_metadata: { a: "b" },
      metadata: { a: "1" },
      safety_identifier: "s",
      truncation: "disabled",
      service_tier: "auto",
    });
    expect(Object.keys(chat).toSorted()).toEqual(["messages", "model"]);
    expect(dropped).toEqual([]);
  });

  test("what would change the answer and cannot be said is named", () => {
    expect(chatOf({ input: "x", truncation: "auto", text: { verbosity: "low" } }).dropped).toEqual(["truncation", "text.verbosity"]);
  });
});

test.each([
  [{}, "input"],
  [{ input: 3 }, "input"],
  [{ input: [] }, "input"],
  [{ input: "x", background: true, store: false }, "background"],
  [{ input: "x", conversation: "conv_1", previous_response_id: "gen_1" }, "conversation"],
  [{ input: "x", temperature: 3 }, "temperature"],
  [{ input: "x", base_url: "https://evil.test" }, "base_url"],
  [{ input: "x", tools: [{ type: "function" }] }, "tools[0].name"],
  [{ input: "x", text: { format: { type: "json_schema", name: "a" } } }, "text.format.schema"],
  [{ input: [{ role: "nobody", content: "x" }] }, "input[0].role"],
  [{ input: [{ role: "user", content: [{ type: "input_image", image_url: "http://169.254.169.254/" }] }] }, "input[0].content[0].image_url"],
  [{ input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1" }] }] }, "input[0].content[0].file_id"],
  [{ input: [{ role: "user", content: [{ type: "hologram" }] }] }, "input[0].content[0].type"],
  [{ input: [{ role: "user", content: "x" }, result("nowhere")] }, "input[1].call_id"],
  [
    {
      input: [
        { role: "user", content: "x" },
        { type: "function_call", name: "f", arguments: "{}" },
      ],
    },
    "input[1].call_id",
  ],
])("%j is refused by the name %s", (body, param) => {
  expect(paramOf(body)).toBe(param);
});
