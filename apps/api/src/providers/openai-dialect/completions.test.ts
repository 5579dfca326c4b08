import { describe, expect, test } from "vitest";
import type { Ask, StreamPart } from "../provider.ts";
import { collected, hasCollection, linesOf } from "../testing/recordings.fs.ts";
import { completionsWire } from "./completions.ts";

const ask: Ask<"completions"> = {
  operation: "completions",
  request: { model: "pool", prompt: "x" },
  stream: true,
  model: "gpt-3.5-turbo-instruct",
  maxOutput: 99,
  generationId: "gen_1",
  createdSeconds: 1,
};
const endpoint = { baseUrl: "https://api.openai.com/v1", apiKey: "k", headers: {} };

test("the request carries the provider's model name and the cap; a stream tells its usage", () => {
  const written = completionsWire.request({ ...ask, request: { model: "pool", prompt: "x", suffix: "y", stream: true } }, endpoint);
  if ("failure" in written) throw new Error("refused");
  expect(written.upstream.path).toBe("/completions");
  expect(JSON.parse(String(written.upstream.body))).toEqual({
    model: "gpt-3.5-turbo-instruct",
    prompt: "x",
    suffix: "y",
    max_tokens: 99,
    stream: true,
    stream_options: { include_usage: true },
  });
});

function partsOf(pieces: readonly Buffer[]): readonly StreamPart[] {
  const reader = completionsWire.reader?.(ask);
  if (!reader) throw new Error("no reader");
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}
const framesIn = (parts: readonly StreamPart[]): Record<string, unknown>[] =>
  parts
    .flatMap((part) => ("bytes" in part ? part.bytes.toString("utf8").split("\n\n") : []))
    .filter((frame) => frame !== "")
    .map((frame) => JSON.parse(frame.slice("data: ".length)) as Record<string, unknown>);
const textOf = (parts: readonly StreamPart[]): string =>
  framesIn(parts)
    .map((frame) => (frame["choices"] as { text: string }[])[0]?.text)
    .join("");

describe.runIf(hasCollection)("a recorded stream", () => {
  const lines = hasCollection ? linesOf(collected("openai/completion/openai-completion-text.chunks.txt")) : [];
  const expected = lines.map((line) => (JSON.parse(line) as { choices: { text: string }[] }).choices[0]?.text ?? "").join("");
  const bytes = Buffer.from(lines.map((line) => `: note\r\ndata: ${line}\r\n\r\n`).join("") + "data: [DONE]\r\n\r\n");

  test("says the same wherever its bytes are cut", () => {
    for (let at = 0; at < bytes.length; at += 7) {
      const parts = partsOf([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(textOf(parts)).toBe(expected);
      expect(parts.filter(({ kind }) => kind === "finish")).toHaveLength(1);
      expect(parts.at(-1)).toEqual({ kind: "done" });
    }
    expect(new Set(framesIn(partsOf([bytes])).map(({ id }) => id))).toEqual(new Set(["gen_1"]));
  });

  test("that ends before its finish is incomplete", () => {
    const half = bytes.subarray(0, bytes.length / 2);
    expect(partsOf([half]).at(-1)).toMatchObject({ kind: "failure", failure: { kind: "incomplete" } });
  });
});

describe.runIf(hasCollection)("a recorded answer", () => {
  test("keeps its text, usage and finish, with our id", () => {
    const body = hasCollection ? collected("openai/completion/openai-completion-text.json") : Buffer.alloc(0);
    const read = completionsWire.response(body, ask, {});
    if ("failure" in read) throw new Error(read.failure.detail);
    const recorded = JSON.parse(body.toString("utf8")) as { choices: { text: string }[]; usage: { prompt_tokens: number; completion_tokens: number } };
    expect(read.reply.body).toMatchObject({ id: "gen_1", choices: [{ text: recorded.choices[0]?.text }] });
    expect(read.reply.usage).toMatchObject({ input: recorded.usage.prompt_tokens, output: recorded.usage.completion_tokens });
  });
});

test.each([
  ['{"error":{"message":"overloaded","type":"server_error"}}', "failure"],
  ["<html>", "failure"],
])("%s in place of an answer is a failure", (body, kind) => {
  expect(Object.keys(completionsWire.response(Buffer.from(body), ask, {}))).toEqual([kind]);
});

test("a missing route is told apart from a missing model", () => {
  expect(completionsWire.failure(404, {}, Buffer.from('{"error":{"message":"not found"}}')).kind).toBe("unsupported");
  expect(completionsWire.failure(404, {}, Buffer.from('{"error":{"message":"the model does not exist","code":"model_not_found"}}')).kind).toBe("not_found");
});
