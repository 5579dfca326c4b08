import { describe, expect, test } from "vitest";
import { collected, hasCollection, linesOf, recorded } from "../testing/recordings.fs.ts";
import { readAll, splitsOf, storyOf } from "../testing/stream-story.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import type { Ask, JsonBody } from "../provider.ts";
import { messagesRequest } from "./messages-request.ts";
import { messagesResponse, messagesRetold } from "./messages-response.ts";
import { messagesReader } from "./messages-stream.ts";

const ask = (request: JsonBody = {}, more: Partial<Ask<"messages">> = {}): Ask<"messages"> => ({
  operation: "messages",
  request: { model: "asked", max_tokens: 9_999, messages: [{ role: "user", content: "hi" }], ...request },
  stream: true,
  model: "target-model",
  maxOutput: 100,
  generationId: "gen_test",
  createdSeconds: 1_700_000_000,
  ...more,
});

const sse = (lines: readonly string[], lineEnd = "\n"): Buffer =>
  Buffer.from(lines.map((line) => `event: ${String((JSON.parse(line) as Fields)["type"])}${lineEnd}data: ${line}${lineEnd}${lineEnd}`).join(""));
const read = (bytes: Buffer) => readAll(messagesReader(ask()), [bytes]);

/** The events that a client would read, as strictly as the official SDK does. */
const eventsIn = (text: string): Fields[] =>
  Buffer.from(text, "latin1")
    .toString("utf8")
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const match = /^event: (\w+)\ndata: (\{.*\})$/s.exec(frame);
      expect(match?.[1]).toBe((JSON.parse(match?.[2] ?? "{}") as Fields)["type"]);
      return JSON.parse(match?.[2] ?? "{}") as Fields;
    });
const told = (bytes: Buffer): Fields[] => {
  const story = read(bytes);
  return eventsIn(story.prelude + story.content + story.finishes.join(""));
};

const RECORDINGS = hasCollection
  ? [
      "anthropic-text",
      "anthropic-clear-thinking.1",
      "anthropic-clear-tool-uses.1",
      "anthropic-combined-context-editing.1",
      "anthropic-fallback",
      "anthropic-json-other-tool.1",
      "anthropic-json-output-format.1",
      "anthropic-json-tool.1",
      "anthropic-json-tool.2",
      "anthropic-message-delta-input-tokens",
      "duplicate-message-start",
    ].map((name) => [name, linesOf(collected(`anthropic/${name}.chunks.txt`))] as const)
  : [];
const OWN = ["text", "tools"].map((name) => [`our own ${name}`, linesOf(recorded(`anthropic/fixtures/${name}.chunks.txt`))] as const);

describe.each([...OWN, ...RECORDINGS])("%s", (_name, lines) => {
  test("passes on event for event, under our id, however its bytes are split", () => {
    const story = read(sse(lines));
    for (const lineEnd of ["\n", "\r\n", "\r"])
      for (const split of splitsOf(sse(lines, lineEnd), 5)) expect(readAll(messagesReader(ask()), split)).toEqual(story);
    expect(story.end).toBe("done");
    expect(story.finishes).toHaveLength(1);
    expect(story.usage).toBeDefined();
    const sent = lines.map((line) => JSON.parse(line) as Fields).filter(({ type }) => type !== "ping" && type !== "message_stop");
    const first = sent.findIndex(({ type }) => type === "message_start");
    const expected = sent.filter(({ type }, at) => type !== "message_start" || at === first);
    const events = told(sse(lines));
    const withoutStops = (list: readonly Fields[]) => list.filter(({ type }) => type !== "content_block_stop");
    expect(withoutStops(events).slice(1)).toEqual(withoutStops(expected).slice(1));
    expect(events[0]).toMatchObject({ type: "message_start", message: { id: "gen_test", content: [] } });
    // Each block that was opened is closed, also where the recording forgot it.
    const of = (type: string) => events.filter((one) => one["type"] === type).map((one) => one["index"]);
    expect(of("content_block_stop")).toEqual(of("content_block_start"));
  });

  test("cut at any event before its end it is broken, never whole", () => {
    const whole = sse(lines);
    const lastDelta = whole.lastIndexOf("event: message_delta");
    for (let at = whole.indexOf("\n\n"); at !== -1 && at < lastDelta; at = whole.indexOf("\n\n", at + 2)) {
      const { end } = readAll(messagesReader(ask()), [whole.subarray(0, at + 2)]);
      expect(end).toMatchObject({ kind: "incomplete" });
    }
  });
});

describe("Anthropic's own wire", () => {
  const endpoint = { baseUrl: "https://api.test", apiKey: "k", headers: { "anthropic-beta": "configured-1" } };
  const body = (request: JsonBody, more: Partial<Ask<"messages">> = {}) =>
    JSON.parse(String(messagesRequest(ask(request, more), endpoint).upstream.body)) as Fields;

  test("is asked with the caller's body, our model and our cap", () => {
    const made = messagesRequest(ask({ context_management: { edits: [] }, anthropic_beta: ["b-1", "configured-1"] }), endpoint).upstream;
    expect(made).toMatchObject({
      path: "/v1/messages",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", "anthropic-beta": "configured-1,b-1", accept: "text/event-stream" },
    });
    expect(JSON.parse(String(made.body))).toEqual({
      model: "target-model",
      max_tokens: 100,
      stream: true,
      messages: [{ role: "user", content: "hi" }],
      context_management: { edits: [] },
    });
    expect(messagesRequest(ask({}, { stream: false }), { ...endpoint, baseUrl: "https://api.test/v1", headers: {} }).upstream).toMatchObject({
      path: "/messages",
      headers: { accept: "application/json" },
    });
  });

  test("a budget for thinking stays below a cap that we lowered", () => {
    const thinking = { type: "enabled", budget_tokens: 31_999 };
    expect(body({ thinking }, { maxOutput: 8_000 })["thinking"]).toEqual({ type: "enabled", budget_tokens: 7_999 });
    expect(body({ thinking }, { maxOutput: 1_000 })["thinking"]).toEqual({ type: "disabled" });
    expect(body({ thinking }, { maxOutput: 64_000 })["thinking"]).toEqual(thinking);
    expect(body({ thinking: { type: "adaptive" } }, { maxOutput: 10 })["thinking"]).toEqual({ type: "adaptive" });
  });

  test("an error inside a 200, whole or streamed, is a failure that another target may heal", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(messagesResponse(Buffer.from(JSON.stringify(error)), ask())).toMatchObject({ failure: { kind: "overloaded" } });
    expect(read(sse([JSON.stringify({ type: "message_start", message: {} }), JSON.stringify(error)]))).toMatchObject({
      content: "",
      end: { kind: "overloaded" },
    });
  });

  test("an answer without a word is empty, unless the cap or a refusal took the words", () => {
    const message = (stop_reason: string) =>
      Buffer.from(JSON.stringify({ type: "message", content: [], stop_reason, usage: { input_tokens: 1, output_tokens: 0 } }));
    expect(messagesResponse(message("end_turn"), ask())).toMatchObject({ failure: { kind: "empty" } });
    expect(messagesResponse(message("max_tokens"), ask())).toMatchObject({ reply: { finishReason: "length" } });
    expect(messagesResponse(message("refusal"), ask())).toMatchObject({ reply: { finishReason: "content_filter" } });
    expect(messagesResponse(Buffer.from("<html>"), ask())).toMatchObject({ failure: { kind: "protocol" } });
  });

  test("frames that do not name their event are given the name", () => {
    const lines = linesOf(recorded("anthropic/fixtures/text.chunks.txt"));
    const nameless = Buffer.from(lines.map((line) => `data: ${line}\n\n`).join(""));
    expect(read(nameless)).toEqual(read(sse(lines)));
  });

  test("a stream without its last but one event still has an end", () => {
    const lines = linesOf(recorded("anthropic/fixtures/text.chunks.txt")).filter((line) => !line.includes('"message_delta"'));
    const story = read(sse(lines));
    expect(story.end).toBe("done");
    expect(eventsIn(story.finishes.join(""))).toEqual([
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: expect.any(Number) } },
    ]);
  });
});

describe.skipIf(!hasCollection)("whole recordings", () => {
  const names = [
    "anthropic-text",
    "anthropic-memory-20250818.1",
    "anthropic-clear-tool-uses.1",
    "anthropic-claude-opus-5-reasoning-high.1",
    "anthropic-json-tool.1",
    "anthropic-fallback",
  ];
  test.each(names)("%s passes on whole, and retold as a stream it is the same", (name) => {
    const bytes = collected(`anthropic/${name}.json`);
    const answer = JSON.parse(bytes.toString()) as Fields;
    const read = messagesResponse(bytes, ask());
    if ("failure" in read) throw new Error(read.failure.detail);
    expect(read.reply.body).toEqual({ ...answer, id: "gen_test" });
    expect(read.reply.usage?.input).toBe(fieldsOf(answer["usage"])?.["input_tokens"]);
    const story = storyOf(messagesRetold(read.reply, ask()));
    expect(story.end).toBe("done");
    expect(story.usage).toEqual(read.reply.usage);
    const words = listOf(answer["content"]).map((block) => textOf(fieldsOf(block)?.["text"]) ?? "");
    const heard = eventsIn(story.content).map((event) => textOf(fieldsOf(event["delta"])?.["text"]) ?? "");
    expect(heard.join("")).toBe(words.join(""));
  });
});
