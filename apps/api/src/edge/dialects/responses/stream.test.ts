import { describe, expect, test } from "vitest";
import { failure } from "@switchyard/shared/kernel/failure";
import { nano } from "@switchyard/shared/kernel/money";
import { parseResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { unpackReasoning } from "./carried-reasoning.ts";
import { asResponse } from "./reply.ts";
import type { ResponseHead } from "./response-object.ts";
import { ResponseStream } from "./stream.ts";
import { toolBookOf } from "./tools.ts";

type Fields = Record<string, unknown>;
const TOOLS = [
  { type: "function", name: "get_weather", parameters: { type: "object", properties: {} } },
  { type: "custom", name: "write_sql" },
  { type: "namespace", name: "agents", description: "a", tools: [{ type: "function", name: "spawn", strict: false, parameters: {} }] },
];
const request = parseResponsesRequest({ model: "pool", input: "hi", tools: TOOLS, metadata: { a: "1" } });
if (!request.ok) throw new Error("the request of this test is wrong");
const head: ResponseHead = { id: "resp_1", createdSeconds: 1_700_000_000, model: "some-model", request: request.value, stored: true };
const book = toolBookOf(TOOLS);
const bill = { usage: { input: 10, cachedInput: 4, cacheWrite: 0, output: 6, reasoning: 2 }, cost: nano(1_500_000n) };

const chunk = (delta: Fields, finish: string | null = null, more: Fields = {}): Fields => ({ choices: [{ index: 0, delta, finish_reason: finish, ...more }] });
const framesOf = (chunks: readonly Fields[]): Buffer => Buffer.from(chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(""));

function eventsOf(frames: string): Fields[] {
  return frames
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [event = "", data = ""] = frame.split("\n");
      const fields = JSON.parse(data.slice("data: ".length)) as Fields;
      expect(event).toBe(`event: ${String(fields["type"])}`);
      return fields;
    });
}

function told(chunks: readonly Fields[]): { readonly events: readonly Fields[]; readonly response: Fields } {
  const stream = new ResponseStream(head, book, "s");
  let frames = stream.open();
  for (const one of chunks) frames += stream.push(framesOf([one]));
  const response = stream.end(bill, 1_700_000_009);
  const events = eventsOf(frames + stream.last(response));
  expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, at) => at));
  expect(events.at(-1)?.["response"]).toEqual(response);
  if (hasOpenAiSpec) for (const event of events) expect(openAiSpec().faultsOf("ResponseStreamEvent", event)).toEqual([]);
  return { events, response };
}
const typesOf = (events: readonly Fields[]): unknown[] => events.map((event) => event["type"]);
const outputOf = (response: Fields): Fields[] => response["output"] as Fields[];

test("a text is told in the whole sequence that clients wait for", () => {
  const { events, response } = told([chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" }), chunk({ content: "lo" }), chunk({}, "stop")]);
  expect(typesOf(events)).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  expect(outputOf(response)).toEqual([
    {
      id: "msg_s00",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hello", annotations: [], logprobs: [] }],
    },
  ]);
  expect(response).toMatchObject({
    id: "resp_1",
    object: "response",
    status: "completed",
    created_at: 1_700_000_000,
    completed_at: 1_700_000_009,
    model: "some-model",
    store: true,
    metadata: { a: "1" },
    usage: {
      input_tokens: 14,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 8,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 22,
      cost: "0.0015",
    },
  });
});

test("thoughts, words and calls are items in the order in which they began", () => {
  const details = [
    { type: "reasoning.text", text: "hm", format: "f", index: 0 },
    { type: "reasoning.text", text: "", signature: "sig", format: "f", index: 0 },
  ];
  const { events, response } = told([
    chunk({ role: "assistant", reasoning_content: "hm", reasoning_details: [details[0]] }),
    chunk({ reasoning_details: [details[1]] }),
    chunk({ content: "I look." }),
    chunk({ tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "get_weather", arguments: "" } }] }),
    chunk({ tool_calls: [{ index: 1, id: "b", type: "function", function: { name: "agents__spawn", arguments: '{"x"' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
    chunk({ tool_calls: [{ index: 1, function: { arguments: ":1}" } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '"Bern"}' } }] }),
    chunk({ tool_calls: [{ index: 2, id: "c", type: "function", function: { name: "write_sql", arguments: '{"input":"SELECT \\"1\\""}' } }] }),
    chunk({}, "tool_calls"),
  ]);
  const [thought, words, weather, spawn, sql] = outputOf(response);
  expect(thought).toMatchObject({ type: "reasoning", summary: [{ type: "summary_text", text: "hm" }] });
  expect(unpackReasoning(thought?.["encrypted_content"])).toEqual([{ type: "reasoning.text", text: "hm", signature: "sig", format: "f", index: 0 }]);
  expect(words).toMatchObject({ type: "message" });
  expect(weather).toMatchObject({ type: "function_call", call_id: "a", name: "get_weather", arguments: '{"city":"Bern"}', status: "completed" });
  expect(spawn).toMatchObject({ type: "function_call", call_id: "b", name: "spawn", namespace: "agents", arguments: '{"x":1}' });
  expect(sql).toMatchObject({ type: "custom_tool_call", call_id: "c", name: "write_sql", input: 'SELECT "1"' });
  const streamed = events.filter((event) => event["type"] === "response.function_call_arguments.delta" && event["output_index"] === 2);
  expect(streamed.map((event) => event["delta"]).join("")).toBe('{"city":"Bern"}');
  expect(typesOf(events).filter((type) => type === "response.output_item.done")).toHaveLength(5);
});

test("a refusal is a part of its own, citations and logprobs stay with their text", () => {
  const citation = { type: "url_citation", url_citation: { url: "https://a.test", title: "A", start_index: 0, end_index: 2 } };
  const logprobs = { content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [{ token: "Hi", logprob: -0.1 }] }] };
  const { response } = told([chunk({ content: "Hi" }, null, { logprobs }), chunk({ annotations: [citation] }), chunk({ refusal: "No." }), chunk({}, "stop")]);
  expect(outputOf(response)[0]?.["content"]).toEqual([
    {
      type: "output_text",
      text: "Hi",
      annotations: [{ type: "url_citation", url: "https://a.test", title: "A", start_index: 0, end_index: 2 }],
      logprobs: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [{ token: "Hi", logprob: -0.1, bytes: [] }] }],
    },
    { type: "refusal", refusal: "No." },
  ]);
});

test.each([
  ["length", "max_output_tokens"],
  ["content_filter", "content_filter"],
])("an answer that ended by %s is incomplete", (reason, detail) => {
  const { events, response } = told([chunk({ content: "Hel" }), chunk({}, reason)]);
  expect(events.at(-1)?.["type"]).toBe("response.incomplete");
  expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: detail }, completed_at: null });
  expect(outputOf(response)[0]?.["status"]).toBe("incomplete");
});

describe("a stream that broke off", () => {
  test("says so in both shapes of an error, and then as a failed response with a code that Codex knows", () => {
    const stream = new ResponseStream(head, book, "s");
    const frames = stream.open() + stream.push(framesOf([chunk({ content: "Hel" })])) + stream.broken(failure("upstream_incomplete"));
    const events = eventsOf(frames);
    expect(typesOf(events).slice(-2)).toEqual(["error", "response.failed"]);
    const message = "The provider's answer broke off.";
    expect(events.at(-2)).toMatchObject({
      code: "upstream_incomplete",
      message,
      param: null,
      error: { type: "provider_error", code: "upstream_incomplete", message },
    });
    expect(events.at(-1)?.["response"]).toMatchObject({ status: "failed", error: { code: "server_error", message } });
    expect(typesOf(events)).not.toContain("response.completed");
    if (hasOpenAiSpec) for (const event of events) expect(openAiSpec().faultsOf("ResponseStreamEvent", event)).toEqual([]);
  });

  test.each([
    ["insufficient_credits", "insufficient_quota"],
    ["overloaded", "server_is_overloaded"],
    ["context_length_exceeded", "context_length_exceeded"],
    ["content_policy", "invalid_prompt"],
    ["internal", "server_error"],
  ] as const)("%s is %s", (code, told) => {
    const events = eventsOf(new ResponseStream(head, book, "s").broken(failure(code)));
    expect(events.at(-1)?.["response"]).toMatchObject({ error: { code: told } });
  });

  test("a limit says when to come back in the words that Codex reads", () => {
    const events = eventsOf(new ResponseStream(head, book, "s").broken(failure("rate_limit_exceeded", { retryAfterMs: 1_500 })));
    expect(JSON.stringify(events.at(-1))).toContain("Please try again in 1.5s.");
  });
});

test("a whole answer is the same response as its stream", () => {
  const message = {
    role: "assistant",
    content: "Hello",
    reasoning_content: "hm",
    tool_calls: [{ id: "a", type: "function", function: { name: "get_weather", arguments: "{}" } }],
  };
  const whole = asResponse(head, book, "s", { body: { choices: [{ index: 0, message, finish_reason: "tool_calls" }] }, bill, nowSeconds: 1_700_000_009 });
  const { response } = told([
    chunk({ reasoning_content: "hm" }),
    chunk({ content: "Hello" }),
    chunk({ tool_calls: [{ index: 0, ...message.tool_calls[0] }] }),
    chunk({}, "tool_calls"),
  ]);
  expect(whole).toEqual(response);
  if (hasOpenAiSpec) expect(openAiSpec().faultsOf("Response", whole)).toEqual([]);
});
