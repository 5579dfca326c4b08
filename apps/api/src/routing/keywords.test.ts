import { expect, test } from "vitest";
import type { FailureKeyword } from "@switchyard/shared/domain/routing";
import { failureKeywordIn, textOfFrames, textOfReply } from "./keywords.ts";

const words = (...texts: string[]): FailureKeyword[] => texts.map((text) => ({ text, scope: "any" }));
const frames = (...chunks: object[]): Buffer => Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(""));

test("keywords are found without regard to case, across the frames of a stream, in every wire", () => {
  const halves = ["The MODEL is over", "Loaded now"];
  const wires: Record<string, (content: string) => object> = {
    chat: (content) => ({ choices: [{ index: 0, delta: { content } }] }),
    completions: (text) => ({ choices: [{ index: 0, text }] }),
    messages: (text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    responses: (delta) => ({ type: "response.output_text.delta", delta }),
  };
  for (const [operation, frame] of Object.entries(wires)) {
    const text = textOfFrames(Buffer.concat([Buffer.from(": comment\n\n"), frames(...halves.map(frame)), Buffer.from("data: [DONE]\n\n")]), operation);
    expect(text).toBe("The MODEL is overLoaded now");
    expect(failureKeywordIn(text, words("quota", "model is overloaded"), "content")).toBe("model is overloaded");
  }
});

test("a keyword looks only where its scope says", () => {
  const keywords: FailureKeyword[] = [
    { text: "no capacity", scope: "error" },
    { text: "try again", scope: "content" },
  ];
  expect(failureKeywordIn("No capacity. Try again.", keywords, "error")).toBe("no capacity");
  expect(failureKeywordIn("No capacity. Try again.", keywords, "content")).toBe("try again");
  expect(failureKeywordIn("fine", keywords, "content")).toBeUndefined();
  expect(failureKeywordIn("anything", [], "content")).toBeUndefined();
});

test("the text of a whole answer is what its wire calls the text, or none", () => {
  expect(textOfReply({ choices: [{ message: { content: "hello" } }] }, "chat")).toBe("hello");
  expect(textOfReply({ choices: [{ message: { content: null } }] }, "chat")).toBe("");
  expect(textOfReply({}, "chat")).toBe("");
  expect(textOfReply({ content: [{ type: "text", text: "a" }, null, { type: "tool_use" }, { type: "text", text: "b" }] }, "messages")).toBe("ab");
  expect(textOfReply({ output: [{ type: "reasoning" }, { content: [{ text: "Model is overloaded" }] }] }, "responses")).toBe("Model is overloaded");
  expect(textOfReply({ text: "speech" }, "transcription")).toBe("");
});
