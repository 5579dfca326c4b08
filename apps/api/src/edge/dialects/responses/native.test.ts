import { describe, expect, test } from "vitest";
import { failure } from "@switchyard/shared/kernel/failure";
import { nano } from "@switchyard/shared/kernel/money";
import { parseResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { collected, hasCollection, linesOf } from "../../../providers/testing/recordings.fs.ts";
import { packReasoning } from "./carried-reasoning.ts";
import { nativeBody, nativeResponse, NativeStream } from "./native.ts";
import type { ResponseHead } from "./response-object.ts";

type Fields = Record<string, unknown>;

const parsed = parseResponsesRequest({
  model: "pool",
  input: "hi",
  previous_response_id: "gen_0",
  client_metadata: { a: "b" },
  include: ["x"],
  prompt_cache_key: "k",
});
if (!parsed.ok) throw new Error("the request of this test is wrong");
const request = parsed.value;
const head: ResponseHead = { id: "gen_1", createdSeconds: 1, model: "m", request, stored: true };
const bill = { usage: { input: 10, cachedInput: 0, cacheWrite: 0, output: 6, reasoning: 0 }, cost: nano(1_500_000n) };

describe("the request to a provider that speaks Responses", () => {
  const items = [
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" },
    { type: "reasoning", id: "rs_2", summary: [], encrypted_content: packReasoning([{ type: "reasoning.text", text: "hm", signature: "s" }]) },
    { type: "reasoning", id: "rs_3", summary: [{ type: "summary_text", text: "bare" }] },
    { type: "web_search_call", id: "ws_1", status: "completed" },
    { type: "message", role: "user", content: "hi" },
  ];
  const body = nativeBody(
    request,
    items.map((item) => ({ item, place: "" })),
  );

  test("is the whole conversation, and nothing is kept there", () => {
    expect(body).toMatchObject({ model: "pool", store: false, include: ["x", "reasoning.encrypted_content"], prompt_cache_key: "k" });
    for (const field of ["previous_response_id", "client_metadata", "background"]) expect(body).not.toHaveProperty(field);
  });

  test("holds only thoughts that it can unseal", () => {
    expect((body["input"] as Fields[]).map((item) => item["id"] ?? item["role"])).toEqual(["rs_1", "ws_1", "user"]);
  });
});

test("a whole answer gets our id, what it goes on from, whether it is kept, and the charge beside the provider's own figures", () => {
  const told = nativeResponse(
    {
      id: "resp_theirs",
      store: false,
      output: [],
      usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 3 }, output_tokens: 6, total_tokens: 16, extra: 1 },
    },
    head,
    bill,
  );
  const usage = { input_tokens: 10, input_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 }, extra: 1, cost: "0.0015" };
  expect(told).toMatchObject({ id: "gen_1", previous_response_id: "gen_0", store: true, usage });
});

const framesOf = (lines: readonly string[]): string[] => lines.map((line) => `event: ${String((JSON.parse(line) as Fields)["type"])}\ndata: ${line}\n\n`);
const eventsIn = (frames: string): Fields[] =>
  frames
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)) as Fields);

/** What the client reads of these frames, however they were gathered into packets. */
function told(frames: readonly string[], packet: number): { readonly text: string; readonly beforeEnd: string } {
  const stream = new NativeStream(head);
  let text = stream.open();
  for (let at = 0; at < frames.length; at += packet) text += stream.push(Buffer.from(frames.slice(at, at + packet).join(""))).toString();
  const beforeEnd = text;
  return { beforeEnd, text: text + stream.last(stream.end(bill)) };
}

const RECORDINGS = [
  "openai/responses/openai-reasoning-encrypted-content.1.chunks.txt",
  "openai/responses/openai-phase.1.chunks.txt",
  "openai/responses/openai-custom-tool.1.chunks.txt",
  "xai/responses/xai-text-streaming.1.chunks.txt",
  "xai/responses/xai-text-with-reasoning-streaming-store-false.1.chunks.txt",
];

describe.runIf(hasCollection)("a recorded stream", () => {
  test.each(RECORDINGS)("%s passes, but for our id and the charge in its last event", (path) => {
    // A recording may hold several responses, one after the other: the first.
    const all = linesOf(collected(path));
    const lines = all.slice(0, all.findIndex((line) => /"type":"response\.(?:completed|incomplete)"/.test(line)) + 1);
    const frames = framesOf(lines);
    for (const packet of [1, 3, frames.length]) {
      const { text, beforeEnd } = told(frames, packet);
      expect(beforeEnd).not.toContain('"type":"response.completed"');
      const events = eventsIn(text);
      expect(events).toHaveLength(lines.length);
      for (const [at, event] of events.entries()) {
        const sent = JSON.parse(lines[at] ?? "") as Fields;
        if (typeof sent["response"] !== "object") expect(event).toEqual(sent);
        else
          expect(event["response"]).toMatchObject({ id: "gen_1", previous_response_id: "gen_0", store: true, output: (sent["response"] as Fields)["output"] });
      }
      expect(events.at(-1)).toMatchObject({ response: { usage: { cost: "0.0015" } } });
    }
  });

  test("that breaks off goes on counting, and says what had come", () => {
    const frames = framesOf(linesOf(collected("openai/responses/openai-phase.1.chunks.txt")).slice(0, 6));
    const stream = new NativeStream(head);
    stream.push(Buffer.from(frames.join("")));
    const events = eventsIn(stream.broken(failure("upstream_incomplete")));
    expect(events.map(({ type, sequence_number: number }) => [type, number])).toEqual([
      ["error", 6],
      ["response.failed", 7],
    ]);
    expect(events[1]?.["response"]).toMatchObject({ id: "gen_1", status: "failed", model: "gpt-5.3-codex", error: { code: "server_error" } });
  });
});

test("what was whole before a stream broke off, or was called off, is in what is left of it", () => {
  const item = (at: number, id: string) =>
    JSON.stringify({ type: "response.output_item.done", sequence_number: at + 1, output_index: at, item: { id, type: "message" } });
  const begin = JSON.stringify({
    type: "response.created",
    sequence_number: 0,
    response: { id: "r", object: "response", output: [], usage: null, model: "m" },
  });
  // A text that only speaks of such an event is none.
  const sly = JSON.stringify({ type: "response.output_text.delta", sequence_number: 3, delta: "response.output_item.done" });
  const stream = new NativeStream(head);
  for (const frame of framesOf([begin, item(1, "b"), item(0, "a"), sly])) stream.push(Buffer.from(frame));
  const output = [
    { id: "a", type: "message" },
    { id: "b", type: "message" },
  ];
  const left = stream.snapshot({ status: "cancelled" });
  expect(left).toMatchObject({ id: "gen_1", status: "cancelled", output, error: null });
  expect(left).not.toHaveProperty("usage");
  expect(eventsIn(stream.broken(failure("upstream_incomplete"))).at(-1)?.["response"]).toMatchObject({ status: "failed", output });
});
