import { expect, test } from "vitest";
import { reasoningDetailsOf } from "./reasoning-details.ts";

const text = (words: string, more: object = {}) => ({ type: "reasoning.text", text: words, index: 0, format: "anthropic-claude-v1", ...more });

test("pieces of one thought become one, and a signature ends it", () => {
  expect(reasoningDetailsOf([text("a"), text("b"), { type: "reasoning.text", signature: "s", index: 0, format: "anthropic-claude-v1" }, text("c")])).toEqual([
    text("ab", { signature: "s" }),
    text("c"),
  ]);
  expect(reasoningDetailsOf([text("a"), text("b", { index: 1 })])).toHaveLength(2);
  expect(reasoningDetailsOf([text("a", { index: undefined }), text("b", { index: undefined })])).toHaveLength(2);
  expect(reasoningDetailsOf([text("a"), text("b", { format: "other" })])).toHaveLength(2);
});

test("what only a provider can read is never joined", () => {
  const data = { type: "reasoning.encrypted", data: "x", id: "call_1", format: "google-gemini-v1", index: 0 };
  expect(reasoningDetailsOf([data, data])).toEqual([data, data]);
});

test.each([
  undefined,
  null,
  "x",
  {},
  [null, 1, "x", [], {}, { type: "reasoning.text" }, { type: "reasoning.encrypted", data: "" }, { type: "other", text: "x" }],
])("%j holds no detail", (value) => {
  expect(reasoningDetailsOf(value)).toEqual([]);
});
