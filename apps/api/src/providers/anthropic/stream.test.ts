import { describe, expect, test } from "vitest";
import { collected, hasCollection, linesOf, recorded } from "../testing/recordings.fs.ts";
import { readBySdk } from "../testing/official-client.ts";
import { ask, choicesOf, framesOf, readAll, splitsOf, storyOf, type StreamStory } from "../testing/stream-story.ts";
import { reasoningDetailsOf } from "@switchyard/shared/wire/reasoning-details";
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";
import { anthropicReader } from "./stream.ts";

const sse = (lines: readonly string[], lineEnd = "\n"): Buffer =>
  Buffer.from(lines.map((line) => `event: ${String((JSON.parse(line) as Fields)["type"])}${lineEnd}data: ${line}${lineEnd}${lineEnd}`).join(""));
const events = (...list: readonly object[]): Buffer => sse(list.map((event) => JSON.stringify(event)));
const read = (bytes: Buffer): StreamStory => readAll(anthropicReader(ask()), [bytes]);

const start = { type: "message_start", message: { model: "claude", usage: { input_tokens: 7, output_tokens: 1 } } };
const open = (index: number, block: object) => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, one: object) => ({ type: "content_block_delta", index, delta: one });
const text = (words: string) => delta(0, { type: "text_delta", text: words });
const ending = (reason: string, usage?: object) => ({ type: "message_delta", delta: { stop_reason: reason }, ...(usage ? { usage } : {}) });
const stop = { type: "message_stop" };

/** What a recording says, put together from its events without our reader. */
function heardIn(lines: readonly string[]) {
  const heard = { text: "", reasoning: "", words: [] as string[] };
  const tools = new Map<unknown, number>();
  for (const line of lines) {
    const event = JSON.parse(line) as Fields;
    const one = fieldsOf(event["delta"]) ?? {};
    if (fieldsOf(event["content_block"])?.["type"] === "tool_use") tools.set(event["index"], heard.words.push("") - 1);
    if (one["type"] === "text_delta") heard.text += String(one["text"]);
    if (one["type"] === "thinking_delta") heard.reasoning += String(one["thinking"]);
    const tool = tools.get(event["index"]);
    if (one["type"] === "input_json_delta" && tool !== undefined) heard.words[tool] += String(one["partial_json"]);
  }
  return heard;
}

function expectHeard(story: StreamStory, lines: readonly string[]): void {
  const choice = choicesOf(framesOf(story))[0];
  const heard = heardIn(lines);
  expect(choice).toMatchObject({ text: heard.text, reasoning: heard.reasoning, roles: ["assistant"] });
  expect(choice?.tools.map((tool) => tool?.arguments)).toEqual(heard.words.map((words) => words || "{}"));
  expect(choice?.finish).toHaveLength(1);
  expect(story.end).toBe("done");
}

describe("our own recordings, cut everywhere", () => {
  test.each(["text", "tools"])("%s gives the same answer however its bytes are split", (name) => {
    const lines = linesOf(recorded(`anthropic/fixtures/${name}.chunks.txt`));
    const story = read(sse(lines));
    for (const lineEnd of ["\n", "\r\n", "\r"]) {
      for (const split of splitsOf(sse(lines, lineEnd), 3)) expect(readAll(anthropicReader(ask()), split)).toEqual(story);
    }
    expectHeard(story, lines);
  });

  test("tool calls that overlap keep their own index, and one without arguments has an empty object", async () => {
    const story = read(sse(linesOf(recorded("anthropic/fixtures/tools.chunks.txt"))));
    expect(choicesOf(framesOf(story))[0]).toMatchObject({
      text: "Looking.",
      finish: ["tool_calls"],
      tools: [
        { id: "toolu_A", type: "function", name: "weather", arguments: '{"city": "Zürich"}' },
        { id: "toolu_B", type: "function", name: "now", arguments: "{}" },
      ],
    });
    expect((await readBySdk(story)).choices[0]?.message.tool_calls?.map((call) => call.id)).toEqual(["toolu_A", "toolu_B"]);
    expect(story.usage).toEqual({ input: 81, cachedInput: 0, cacheWrite: 0, output: 44, reasoning: 0 });
  });

  test("usage comes from the start and the end, thinking counted apart", () => {
    expect(read(sse(linesOf(recorded("anthropic/fixtures/text.chunks.txt")))).usage).toEqual({
      input: 12,
      cachedInput: 5,
      cacheWrite: 3,
      output: 21,
      reasoning: 9,
    });
  });
});

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each([
    "anthropic-clear-thinking.1",
    "anthropic-clear-tool-uses.1",
    "anthropic-combined-context-editing.1",
    "anthropic-fallback",
    "anthropic-json-other-tool.1",
    "anthropic-json-output-format.1",
    "anthropic-json-tool.1",
    "anthropic-json-tool.2",
    "anthropic-message-delta-input-tokens",
    "anthropic-text",
    "duplicate-message-start",
  ])("%s survives splits and says the same", (name) => {
    const lines = linesOf(collected(`anthropic/${name}.chunks.txt`));
    const story = read(sse(lines));
    for (const split of [...splitsOf(sse(lines), 17), ...splitsOf(sse(lines, "\r\n"), 19).slice(0, 60)])
      expect(readAll(anthropicReader(ask()), split)).toEqual(story);
    expectHeard(story, lines);
    const last = lines.map((line) => JSON.parse(line) as Fields).findLast((event) => event["usage"]);
    expect((story.usage?.output ?? 0) + (story.usage?.reasoning ?? 0)).toBe(fieldsOf(last?.["usage"])?.["output_tokens"]);
  });

  test("input tokens told late replace those told first", () => {
    expect(read(sse(linesOf(collected("anthropic/anthropic-message-delta-input-tokens.chunks.txt")))).usage?.input).toBe(61);
    expect(read(sse(linesOf(collected("anthropic/duplicate-message-start.chunks.txt")))).usage).toMatchObject({ input: 17, output: 227 });
  });
});

describe("thoughts", () => {
  test("come as text with their signatures, thought by thought, as a client puts them together", () => {
    const story = read(
      events(
        start,
        open(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "one " }),
        delta(0, { type: "thinking_delta", thinking: "two" }),
        delta(0, { type: "signature_delta", signature: "S1" }),
        open(1, { type: "redacted_thinking", data: "R" }),
        open(2, { type: "thinking", thinking: "", signature: "" }),
        delta(2, { type: "signature_delta", signature: "S2" }),
        open(3, { type: "text", text: "a" }),
        ending("end_turn", { output_tokens: 3 }),
        stop,
      ),
    );
    const details = framesOf(story).flatMap((frame) => listOf(fieldsOf(fieldsOf(listOf(frame["choices"])[0])?.["delta"])?.["reasoning_details"]));
    expect(reasoningDetailsOf(details)).toEqual([
      { type: "reasoning.text", text: "one two", signature: "S1", format: "anthropic-claude-v1", index: 0 },
      { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
      { type: "reasoning.text", text: "", signature: "S2", format: "anthropic-claude-v1", index: 2 },
    ]);
    expect(choicesOf(framesOf(story))[0]).toMatchObject({ reasoning: "one two", text: "a" });
  });

  test("a proof alone is no content", () => {
    expect(read(events(start, open(0, { type: "redacted_thinking", data: "R" }), ending("end_turn"), stop))).toMatchObject({
      order: "prelude usage failure",
      end: { kind: "empty" },
    });
  });
});

describe("how streams end", () => {
  test.each<[string, Buffer]>([
    ["done", events(start, open(0, { type: "text", text: "" }), text("a"), ending("end_turn", { output_tokens: 3 }), stop)],
    ["done", events(start, open(0, { type: "text", text: "" }), text("a"), ending("end_turn"))],
    ["done", events(open(0, { type: "text", text: "" }), text("a"), stop)],
    ["done", events(start, ending("refusal"), stop)],
    ["incomplete", events(start, open(0, { type: "text", text: "" }), text("a"))],
    ["incomplete", events(start)],
    ["incomplete", events(start, text("a"), ending("end_turn")).subarray(0, -30)],
    ["overloaded", events(start, text("a"), { type: "error", error: { type: "overloaded_error", message: "Overloaded" } })],
    ["unavailable", events({ type: "error", error: { type: "api_error", message: "Internal server error" } })],
    ["rate_limited", events({ type: "error", error: { type: "rate_limit_error", message: "slow down" } })],
    ["empty", events(start, ending("end_turn"), stop)],
    ["empty", Buffer.alloc(0)],
    ["protocol", Buffer.from("<html></html>")],
    ["protocol", Buffer.from("event: message_start\ndata: {oops\n\n")],
    ["protocol", Buffer.from(`data: ${"[".repeat(2_000_000)}`)],
    ["protocol", Buffer.from(`data: {"type":"ping","x":${"[".repeat(9_000)}${"]".repeat(9_000)}}\n\n`)],
  ])("%s", (kind, bytes) => {
    const { end } = read(bytes);
    expect(typeof end === "string" ? end : end.kind).toBe(kind);
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
    ["pause_turn", "stop"],
    ["model_context_window_exceeded", "length"],
    ["new_reason", "stop"],
  ])("%s is %s", (theirs, ours) => {
    expect(choicesOf(framesOf(read(events(start, open(0, { type: "text", text: "a" }), ending(theirs), stop))))[0]).toMatchObject({
      text: "a",
      finish: [ours],
    });
  });

  test("a refusal is told in its own words", () => {
    const refused = { type: "message_delta", delta: { stop_reason: "refusal", stop_details: { type: "refusal", explanation: "Not this." } } };
    expect(choicesOf(framesOf(read(events(start, text("a"), refused, stop))))[0]).toMatchObject({
      text: "a",
      refusal: "Not this.",
      finish: ["content_filter"],
    });
    expect(choicesOf(framesOf(read(events(start, ending("refusal"), stop))))[0]).toMatchObject({ refusal: "", finish: ["content_filter"] });
  });

  test("usage that lies is not believed", () => {
    const story = read(events(start, text("a"), ending("end_turn", { input_tokens: -5, output_tokens: 4 }), stop));
    expect(story.usage).toEqual({ input: 7, cachedInput: 0, cacheWrite: 0, output: 4, reasoning: 0 });
    expect(read(events(text("a"), ending("end_turn", { output_tokens: 4 }), stop)).usage).toBeUndefined();
  });

  test("the type is read from the event's name when the data has none", () => {
    const story = read(
      Buffer.concat([Buffer.from('event: content_block_delta\ndata: {"index":0,"delta":{"type":"text_delta","text":"a"}}\n\n'), events(stop)]),
    );
    expect(choicesOf(framesOf(story))[0]).toMatchObject({ text: "a", roles: ["assistant"], finish: ["stop"] });
  });

  test("nothing comes after the end, and a break before it is a failure", () => {
    const ended = anthropicReader(ask());
    ended.push(events(start, text("a"), ending("end_turn"), stop));
    expect([...ended.push(events(text("late"))), ...ended.end(), ...ended.broke({ kind: "connection" })]).toEqual([]);
    const broken = anthropicReader(ask());
    const parts = [...broken.push(events(start, text("a"))), ...broken.broke({ kind: "timeout" })];
    expect(storyOf(parts)).toMatchObject({ order: "prelude content failure", end: { kind: "timeout" } });
  });
});
