import { describe, expect, test } from "vitest";
import type { MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { NativeStream } from "./native-stream.ts";
import { betasOf, nativeRequestOf } from "./native.ts";
import { signatureOf } from "./thoughts.ts";

const foreign = { type: "thinking", thinking: "x", signature: signatureOf(undefined) };
const own = { type: "thinking", thinking: "y", signature: "c2ln" };

test("Anthropic is asked with the caller's own body, without thoughts that it did not think", () => {
  const request: MessagesRequest = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "x" }], context_management: { edits: [] } };
  expect(nativeRequestOf(request, [])).toBe(request);
  expect(nativeRequestOf(request, ["b-1"])).toEqual({ ...request, anthropic_beta: ["b-1"] });
  const mixed = {
    ...request,
    messages: [
      ...request.messages,
      { role: "assistant" as const, content: [foreign, own, { type: "text", text: "A" }] },
      { role: "assistant" as const, content: [foreign] },
    ],
  };
  expect(nativeRequestOf(mixed, [])).toEqual({
    ...request,
    messages: [request.messages[0], { role: "assistant", content: [own, { type: "text", text: "A" }] }],
  });
});

test("betas are passed on by name, but for those of signing in", () => {
  expect(betasOf("a-2025-01-01, oauth-2025-04-20,b-2025-01-01,,bad name")).toEqual(["a-2025-01-01", "b-2025-01-01"]);
  expect(betasOf(["a", "b"])).toEqual(["a", "b"]);
  expect(betasOf(undefined)).toEqual([]);
});

describe("Anthropic's own frames", () => {
  const frame = (value: { type: string } & Record<string, unknown>) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
  const words = frame({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "event: message_delta\n" } });
  const delta = frame({
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    context_management: { applied_edits: [] },
    usage: { output_tokens: 9, server_tool_use: null },
  });
  const stop = frame({ type: "message_stop" });

  test("pass untouched, and the last two wait for the cost", () => {
    const stream = new NativeStream();
    expect(stream.push(Buffer.from(words)).toString()).toBe(words);
    expect(stream.push(Buffer.from(words + delta)).toString()).toBe(words);
    expect(stream.push(Buffer.from(stop)).toString()).toBe("");
    const told = { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, context_management: { applied_edits: [] } };
    expect(stream.end({ output_tokens: 9, cost: "0.1" })).toBe(frame({ ...told, usage: { output_tokens: 9, server_tool_use: null, cost: "0.1" } }) + stop);
  });

  test("a stream that never said its last word still ends as one", () => {
    expect(new NativeStream().end({})).toBe(stop);
  });
});
