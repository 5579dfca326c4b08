import { describe, expect, test } from "vitest";
import { openaiWires } from "../openai/adapter.ts";
import { collected, hasCollection, linesOf, recorded } from "../testing/recordings.fs.ts";
import { eventsOf, nativeAsk, readNative, sse } from "../testing/native-story.ts";
import { splitsOf, type StreamStory } from "../testing/stream-story.ts";
import { xaiWires } from "../xai/adapter.ts";
import type { Wire } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { responsesReader } from "./responses-stream.ts";
import { responsesWire } from "./responses.ts";

const wire = responsesWire();
const read = (bytes: Buffer): StreamStory => readNative(responsesReader(), [bytes]);
const events = (...list: readonly object[]): Buffer => sse(list.map((event) => JSON.stringify(event)));
const created = { type: "response.created", response: { id: "r", object: "response", status: "in_progress" }, sequence_number: 0 };
const delta = (words: string) => ({ type: "response.output_text.delta", output_index: 0, delta: words });
const message = { type: "message", role: "assistant", content: [{ type: "output_text", text: "a" }] };
const usage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 8,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 18,
};
const completed = (more: object = {}) => ({ type: "response.completed", response: { id: "r", status: "completed", output: [message], usage, ...more } });

test("our own recording goes on as it is, cut anywhere, with every line end, comments and no final empty line", () => {
  const lines = linesOf(recorded("openai-dialect/fixtures/responses.chunks.txt"));
  const story = read(sse(lines));
  for (const bytes of [
    sse(lines, "\r\n"),
    sse(lines, "\r"),
    sse(lines, "\n", false),
    sse(lines).subarray(0, -2),
    Buffer.concat([Buffer.from(": hi\n\n"), sse(lines)]),
  ])
    for (const split of splitsOf(bytes, 3)) expect(readNative(responsesReader(), split)).toEqual(story);
  expect(eventsOf(story)).toEqual(lines.map((line) => JSON.parse(line) as Fields));
  expect(story).toMatchObject({
    order: "prelude content usage finish done",
    usage: { input: 13, cachedInput: 8, output: 11, reasoning: 6 },
    outputBytes: Buffer.byteLength('Which Bahnhof?Zürich HB 🚉board{"gleis": 7}'),
  });
});

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each([
    "openai/responses/github-copilot-id-rotation.1",
    "openai/responses/openai-custom-tool.1",
    "openai/responses/openai-phase.1",
    "openai/responses/openai-reasoning-encrypted-content.1",
    "xai/responses/xai-text-streaming.1",
    "xai/responses/xai-text-with-reasoning-streaming.1",
    "xai/responses/xai-text-with-reasoning-streaming-store-false.1",
  ])("%s goes on as it is until the response is complete, however its bytes are split", (name) => {
    const all = linesOf(collected(`${name}.chunks.txt`));
    // Some recordings hold several responses, one after the other.
    const end = all.findIndex((line) => (JSON.parse(line) as Fields)["type"] === "response.completed");
    const lines = all.slice(0, end + 1);
    const story = read(sse(lines));
    for (const bytes of [sse(lines, "\r\n"), sse(lines, "\n", false), sse(lines).subarray(0, -2)])
      for (const split of splitsOf(bytes, 7).slice(0, 25)) expect(readNative(responsesReader(), split)).toEqual(story);
    expect(eventsOf(story)).toEqual(lines.map((line) => JSON.parse(line) as Fields));
    const response = fieldsOf((JSON.parse(lines.at(-1) ?? "") as Fields)["response"]) ?? {};
    const report = fieldsOf(response["usage"]) ?? {};
    expect(Object.values(story.usage ?? {}).reduce((sum: number, count) => sum + Number(count), 0)).toBe(report["total_tokens"]);
    expect(story.usage).toMatchObject({ cachedInput: fieldsOf(report["input_tokens_details"])?.["cached_tokens"] });
    const deltas = lines.map((line) => JSON.parse(line) as Fields).filter((event) => String(event["type"]).endsWith(".delta"));
    expect(story.outputBytes).toBeGreaterThanOrEqual(deltas.reduce((sum, event) => sum + Buffer.byteLength(textOf(event["delta"]) ?? ""), 0));
    expect(story.end).toBe("done");
  });

  test("an error inside a 200 after harmless events ends the search before content: another target may answer", () => {
    const story = read(sse(linesOf(collected("openai/responses/openai-error.1.chunks.txt"))));
    expect(story).toMatchObject({ order: "prelude failure", end: { kind: "quota_exhausted" } });
  });

  test.each(["openai-custom-tool.1", "openai-phase.1", "parallel-tool-call-wrapper.1"])("%s, whole", (name) => {
    const body = collected(`openai/responses/${name}.json`);
    const theirs = JSON.parse(body.toString()) as Fields;
    const made = wire.response(body, nativeAsk("responses", {}), {});
    if ("failure" in made) throw new Error(JSON.stringify(made.failure));
    expect(made.reply.body).toEqual({ ...theirs, id: "gen_test" });
    expect(Object.values(made.reply.usage ?? {}).reduce((sum: number, count) => sum + Number(count), 0)).toBe(fieldsOf(theirs["usage"])?.["total_tokens"]);
  });

  test.each<[string, number, string, string | undefined]>([
    ["openai-error.1", 429, "quota_exhausted", undefined],
    ["reasoning-model-temperature-error", 400, "bad_request", "temperature"],
  ])("%s with status %i is %s", (name, status, kind, param) => {
    expect(wire.failure(status, {}, collected(`openai/responses/${name}.json`))).toMatchObject({ kind, ...(param ? { param } : {}) });
  });
});

describe("how streams end", () => {
  test.each<[string, Buffer]>([
    ["done", events(created, delta("a"), completed())],
    ["done", events(created, { type: "response.output_item.done", output_index: 0, item: message }, completed())],
    [
      "done",
      events(created, { type: "response.incomplete", response: { status: "incomplete", output: [], incomplete_details: { reason: "max_output_tokens" } } }),
    ],
    ["incomplete", events(created, delta("a"))],
    ["incomplete", events(created, delta("a"), completed()).subarray(0, -40)],
    ["unavailable", events(created, delta("a"), { type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "oops" } } })],
    ["rate_limited", events(created, { type: "error", error: { code: "rate_limit_exceeded", message: "Rate limit reached" } })],
    ["overloaded", events(created, { type: "error", code: "server_is_overloaded", message: "Our servers are currently overloaded." })],
    ["empty", events(created, completed({ output: [] }))],
    ["empty", events(created, completed({ output: [{ type: "reasoning", summary: [], encrypted_content: "x" }] }))],
    ["empty", Buffer.alloc(0)],
    ["protocol", Buffer.from("<html></html>")],
    ["protocol", Buffer.from("event: response.created\ndata: {oops\n\n")],
  ])("%s", (kind, bytes) => {
    const { end, prelude, content } = read(bytes);
    expect(typeof end === "string" ? end : end.kind).toBe(kind);
    expect(prelude + content).not.toMatch(/event: (?:error|response\.failed)/);
  });

  test.each<[string, object]>([
    ["stop", completed()],
    ["tool_calls", completed({ output: [{ type: "function_call", name: "f", arguments: "{}" }] })],
    ["tool_calls", completed({ output: [{ type: "custom_tool_call", name: "f", input: "x" }] })],
    ["length", { type: "response.incomplete", response: { status: "incomplete", output: [message], incomplete_details: { reason: "max_output_tokens" } } }],
    [
      "content_filter",
      { type: "response.incomplete", response: { status: "incomplete", output: [message], incomplete_details: { reason: "content_filter" } } },
    ],
  ])("%s", (reason, last) => {
    const parts = responsesReader().push(events(created, delta("a"), last));
    expect(parts.find((part) => part.kind === "finish")).toMatchObject({ reason });
  });

  test("searches are counted, opened pages are not", () => {
    const search = (type?: string) => ({ type: "web_search_call", ...(type ? { action: { type } } : {}) });
    const output = [search(), search("search"), search("open_page"), message];
    expect(read(events(created, delta("a"), completed({ output }))).usage).toMatchObject({ input: 6, searches: 2 });
  });

  test("thoughts come apart from the rest of the output; announcements are no content", () => {
    expect(read(events(created, delta("a"), completed())).usage).toMatchObject({ input: 6, cachedInput: 4, output: 3, reasoning: 5 });
    const announced = responsesReader().push(
      events(
        created,
        { type: "response.in_progress", response: {} },
        { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", summary: [] } },
      ),
    );
    expect(announced.map((part) => part.kind)).toEqual(["prelude"]);
  });
});

describe("a whole answer", () => {
  test.each<[string, unknown]>([
    ["protocol", "<html>"],
    ["protocol", {}],
    ["unavailable", { status: "failed", output: [], error: { code: "server_error", message: "x" } }],
    ["empty", { status: "completed", output: [] }],
  ])("%s: %j", (kind, body) => {
    const made = wire.response(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), nativeAsk("responses", {}), {});
    expect("failure" in made && made.failure.kind).toBe(kind);
  });

  test("a search without words is an answer", () => {
    const made = wire.response(
      Buffer.from(JSON.stringify({ status: "completed", output: [{ type: "web_search_call", id: "w" }] })),
      nativeAsk("responses", {}),
      {},
    );
    expect(made).toMatchObject({ reply: { finishReason: "stop" } });
  });
});

describe("a request", () => {
  const body = (one: Wire<"responses"> | undefined, request: Fields, model = "target-model") => {
    const made = one?.request(nativeAsk("responses", request, { model }), { baseUrl: "https://api.test/v1", apiKey: "k", headers: {} });
    if (!made || "failure" in made) throw new Error("refused");
    return { path: made.upstream.path, headers: made.upstream.headers, json: JSON.parse(String(made.upstream.body)) as Fields };
  };

  test("is the caller's own under our model name and cap", () => {
    const request = { model: "asked", input: "hi", instructions: "be brief", max_output_tokens: 9_999, reasoning: { effort: "high" }, something_new: 1 };
    const { path, headers, json } = body(openaiWires.responses, request);
    expect(path).toBe("/responses");
    expect(headers).toMatchObject({ authorization: "Bearer k", accept: "text/event-stream" });
    expect(json).toEqual({ ...request, model: "target-model", max_output_tokens: 100, stream: true });
  });

  test("xAI gets its instructions as first words, and the effort that its model knows", () => {
    const { json } = body(xaiWires.responses, { input: "hi", instructions: "be brief", reasoning: { effort: "xhigh", summary: "auto" } }, "grok-4.3");
    expect(json).toMatchObject({
      input: [
        { role: "system", content: "be brief" },
        { role: "user", content: "hi" },
      ],
      reasoning: { effort: "high", summary: "auto" },
    });
    expect(json).not.toHaveProperty("instructions");
    expect(listOf(body(xaiWires.responses, { input: [{ role: "user", content: "hi" }], instructions: null }).json["input"])).toHaveLength(1);
    expect(body(xaiWires.responses, { input: "hi", reasoning: { effort: "high" } }, "grok-4").json["reasoning"]).toEqual({});
  });
});
