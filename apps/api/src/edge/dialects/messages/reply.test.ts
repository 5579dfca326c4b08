import { describe, expect, test } from "vitest";
import { messageOf } from "./reply.ts";
import { messagesUsage } from "./ending.ts";
import { nano } from "@switchyard/shared/kernel/money";
import { isForeignThought, recalledRedaction, recalledThought, redactedDataOf, signatureOf } from "./thoughts.ts";

const telling = { id: "gen_1", model: "m", stopSequences: undefined, toolNameOf: (name: string) => `own_${name}` };
const answer = (message: Record<string, unknown>, finish_reason = "stop") =>
  messageOf({ model: "told", choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }] }, { input_tokens: 1 }, telling);

describe("a whole chat completion as a message", () => {
  test("has thoughts, text and calls as blocks, in this order", () => {
    const made = answer(
      {
        content: "Let me see.",
        reasoning_content: "hm",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
          { id: "call_2", type: "function", function: { name: "f", arguments: "" } },
          { id: "call_3", type: "function", function: { name: "f", arguments: "[oops" } },
        ],
      },
      "tool_calls",
    );
    expect(made).toEqual({
      id: "gen_1",
      type: "message",
      role: "assistant",
      model: "told",
      content: [
        { type: "thinking", thinking: "hm", signature: signatureOf(undefined) },
        { type: "text", text: "Let me see." },
        { type: "tool_use", id: "call_1", name: "own_f", input: { a: 1 } },
        { type: "tool_use", id: "call_2", name: "own_f", input: {} },
        { type: "tool_use", id: "call_3", name: "own_f", input: { arguments: "[oops" } },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: { input_tokens: 1 },
    });
  });

  test("an answer without a word is a message without blocks", () => {
    expect(answer({ content: null }, "length")).toMatchObject({ content: [], stop_reason: "max_tokens" });
    expect(answer({ content: null, refusal: "No." })).toMatchObject({ content: [{ type: "text", text: "No." }], stop_reason: "refusal" });
  });

  test("usage has parts that do not overlap, and the cost", () => {
    const usage = { input: 3, cachedInput: 2, cacheWrite: 1, output: 5, reasoning: 4 };
    expect(messagesUsage({ usage: usage as Parameters<typeof messagesUsage>[0]["usage"], cost: nano(1_500_000n) })).toEqual({
      input_tokens: 3,
      cache_creation_input_tokens: 1,
      cache_read_input_tokens: 2,
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
      cost: "0.0015",
    });
  });
});

describe("thoughts come back in the next turn as their provider gave them", () => {
  const details = [
    { type: "reasoning.text", text: "one", signature: "c2ln", format: "anthropic-claude-v1" },
    { type: "reasoning.text", text: "two", signature: "Z29vZ2xl", format: "google-gemini-v1", id: "call_1" },
    { type: "reasoning.encrypted", data: "ZGF0YQ", format: "anthropic-claude-v1" },
    { type: "reasoning.encrypted", data: "b3BlbmFp", format: "openai-responses-v1", id: "rs_1" },
  ] as const;
  const { content } = answer({ content: "A", reasoning_details: details }) as { content: Record<"type" | "thinking" | "signature" | "data", string>[] };
  const blocks = content.slice(0, 4);

  test("each is a block that a client keeps, and the detail is in it whole", () => {
    const back = blocks.flatMap(
      (block) => (block.type === "thinking" ? recalledThought(block.thinking, block.signature) : recalledRedaction(block.data)).details,
    );
    expect(back).toEqual(details);
  });

  test("Anthropic is only shown its own", () => {
    expect(blocks.map(isForeignThought)).toEqual([false, true, false, true]);
    expect(blocks[0]).toEqual({ type: "thinking", thinking: "one", signature: "c2ln" });
    expect(isForeignThought({ type: "thinking", thinking: "x", signature: "" })).toBe(true);
  });

  test("what a client cut off is a thought without proof", () => {
    expect(recalledThought("x", signatureOf(details[1]).slice(0, 20))).toEqual({ text: "x", details: [] });
    expect(recalledRedaction(redactedDataOf(details[3]).slice(0, 20))).toEqual({ text: "", details: [] });
  });
});
