import { describe, expect, test } from "vitest";
import type { Fields } from "../../../providers/openai-dialect/fields.ts";
import { redactedDataOf, signatureOf } from "./thoughts.ts";
import { MessagesStream } from "./stream.ts";

const telling = { id: "gen_1", model: "m", stopSequences: ["END"], toolNameOf: (name: string) => `own_${name}` };
const usage = { input_tokens: 1, output_tokens: 2 };

const chunk = (delta: Fields, more: Fields = {}): string =>
  `data: ${JSON.stringify({ id: "gen_1", choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
const finish = (reason: string, more: Fields = {}): string => chunk({}, { finish_reason: reason, ...more });

/** The events between start and end, told after each push. */
function told(...pushes: readonly string[]): Fields[] {
  const stream = new MessagesStream(telling);
  const text = pushes.map((one) => stream.push(Buffer.from(one))).join("") + stream.end(usage);
  return text
    .split("\n\n")
    .slice(0, -1)
    .map((frame) => {
      const [event = "", data = ""] = frame.split("\n");
      const value = JSON.parse(data.slice("data: ".length)) as Fields;
      expect(event).toBe(`event: ${String(value["type"])}`);
      return value;
    });
}

/** The same in short: `+text`, deltas, `-`. */
const short = (events: readonly Fields[]): unknown[] =>
  events.map(({ type, content_block: block, delta, index }) => {
    if (type === "content_block_start") return `${String(index)}+${String((block as Fields)["type"])}`;
    if (type === "content_block_stop") return `${String(index)}-`;
    if (type === "content_block_delta") {
      const { type: _type, ...rest } = delta as Fields;
      return `${String(index)} ${Object.values(rest).join(" ")}`;
    }
    return type === "message_delta" ? (delta as Fields)["stop_reason"] : type;
  });

describe("a chat's stream as Anthropic's events", () => {
  test("begins with a message without content", () => {
    const start = new MessagesStream(telling).start(7);
    expect(JSON.parse(start.split("data: ")[1] ?? "")).toEqual({
      type: "message_start",
      message: {
        id: "gen_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
      },
    });
  });

  test("text is one block, and the end tells why and what it consumed", () => {
    const events = told(chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" }) + chunk({ content: "lo\n\nZürich" }), finish("stop"));
    expect(short(events)).toEqual(["0+text", "0 Hel", "0 lo\n\nZürich", "0-", "end_turn", "message_stop"]);
    expect(events.at(-2)).toEqual({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage });
  });

  test("thoughts come first and are closed by a signature, without which clients would not send them back", () => {
    const events = told(chunk({ reasoning_content: "hm " }), chunk({ reasoning_content: "so" }), chunk({ content: "A" }), finish("stop"));
    expect(short(events)).toEqual(["0+thinking", "0 hm ", "0 so", `0 ${signatureOf(undefined)}`, "0-", "1+text", "1 A", "1-", "end_turn", "message_stop"]);
  });

  test("Anthropic's own signature passes through, and ends its thought", () => {
    const detail = (fields: Fields) => ({ type: "reasoning.text", format: "anthropic-claude-v1", index: 0, ...fields });
    const events = told(
      chunk({ reasoning_content: "one", reasoning_details: [detail({ text: "one" })] }),
      chunk({ reasoning_details: [detail({ text: "", signature: "c2ln" })] }),
      chunk({ reasoning_content: "two", reasoning_details: [detail({ text: "two", index: 1 })] }),
      chunk({ reasoning_details: [detail({ text: "", signature: "c2ln2", index: 1 })] }),
      chunk({ content: "A" }),
      finish("stop"),
    );
    expect(short(events).slice(0, 8)).toEqual(["0+thinking", "0 one", "0 c2ln", "0-", "1+thinking", "1 two", "1 c2ln2", "1-"]);
  });

  test("what only its provider can read is a redacted block of its own", () => {
    const detail = { type: "reasoning.encrypted" as const, data: "sealed", id: "call_1", format: "google-gemini-v1" };
    const events = told(chunk({ content: "A" }), chunk({ reasoning_details: [detail] }), chunk({ content: "B" }), finish("stop"));
    expect(short(events)).toEqual(["0+text", "0 A", "0-", "1+redacted_thinking", "1-", "2+text", "2 B", "2-", "end_turn", "message_stop"]);
    expect(events[3]).toMatchObject({ content_block: { data: redactedDataOf(detail) } });
  });

  const begin = (index: number, name: string, json = "") => ({ index, id: `call_${index}`, type: "function", function: { name, arguments: json } });
  const more = (index: number, json: string) => ({ index, function: { arguments: json } });

  test("parallel calls are blocks one after the other, under the caller's names", () => {
    const events = told(
      chunk({ content: "Let me see." }),
      chunk({ tool_calls: [begin(0, "f")] }),
      chunk({ tool_calls: [more(0, '{"a":')] }),
      chunk({ tool_calls: [more(0, "1}")] }),
      chunk({ tool_calls: [begin(1, "g", "{}")] }),
      finish("tool_calls"),
    );
    expect(short(events)).toEqual([
      "0+text",
      "0 Let me see.",
      "0-",
      "1+tool_use",
      '1 {"a":',
      "1 1}",
      "1-",
      "2+tool_use",
      "2 {}",
      "2-",
      "tool_use",
      "message_stop",
    ]);
    expect(events[3]).toMatchObject({ content_block: { type: "tool_use", id: "call_0", name: "own_f", input: {} } });
  });

  test("calls that come mixed are put in order, and nothing of them is lost", () => {
    const events = told(
      chunk({ tool_calls: [begin(0, "f", '{"a"'), begin(1, "g", '{"b"')] }),
      chunk({ tool_calls: [more(1, ":2")] }),
      chunk({ tool_calls: [more(0, ":1}")] }),
      chunk({ tool_calls: [more(1, "}")] }),
      finish("tool_calls"),
    );
    expect(short(events)).toEqual(["0+tool_use", '0 {"a"', "0 :1}", "0-", "1+tool_use", '1 {"b":2', "1 }", "1-", "tool_use", "message_stop"]);
  });

  test("a call behind one that never became whole is told at the end all the same", () => {
    const events = told(chunk({ tool_calls: [begin(0, "f", '{"a"')] }), chunk({ tool_calls: [begin(1, "g", "{}")] }), finish("length"));
    expect(short(events)).toEqual(["0+tool_use", '0 {"a"', "0-", "1+tool_use", "1 {}", "1-", "max_tokens", "message_stop"]);
  });

  test.each<[string, string[], string, string | null]>([
    ["an end", [chunk({ content: "A" }), finish("stop")], "end_turn", null],
    ["a cap", [chunk({ content: "A" }), finish("length")], "max_tokens", null],
    ["a filter", [chunk({ content: "A" }), finish("content_filter")], "refusal", null],
    ["a refusal", [chunk({ refusal: "No." }), finish("stop")], "refusal", null],
    ["calls that end with stop", [chunk({ tool_calls: [begin(0, "f", "{}")] }), finish("stop")], "tool_use", null],
    ["a sequence that the server names", [chunk({ content: "A" }), finish("stop", { stop_reason: "END" })], "stop_sequence", "END"],
    ["a token that nobody asked for", [chunk({ content: "A" }), finish("stop", { stop_reason: "</s>" })], "end_turn", null],
  ])("%s is told as the reason", (_name, pushes, reason, sequence) => {
    expect(told(...pushes).at(-2)).toMatchObject({ delta: { stop_reason: reason, stop_sequence: sequence } });
  });
});
