import { expect, test } from "vitest";
import { failureKeywordIn, textOfFrames, textOfReply } from "./keywords.ts";

test("keywords are found without regard to case, across the frames of a stream", () => {
  const frame = (content: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  const text = textOfFrames(Buffer.from(`: comment\n\n${frame("The MODEL is over")}${frame("Loaded now")}data: [DONE]\n\n`), "chat");
  expect(text).toBe("The MODEL is overLoaded now");
  expect(failureKeywordIn(text, ["quota", "model is overloaded"])).toBe("model is overloaded");
  expect(failureKeywordIn(text, [])).toBeUndefined();
  expect(failureKeywordIn("fine", ["model is overloaded"])).toBeUndefined();
});

test("the text of a whole answer is that of its first choice, or none", () => {
  expect(textOfReply({ choices: [{ message: { content: "hello" } }] }, "chat")).toBe("hello");
  expect(textOfReply({ choices: [{ message: { content: null } }] }, "chat")).toBe("");
  expect(textOfReply({}, "chat")).toBe("");
  expect(failureKeywordIn(textOfReply({ output: [{ text: "Model is overloaded" }] }, "responses"), ["model is overloaded"])).toBe("model is overloaded");
});
