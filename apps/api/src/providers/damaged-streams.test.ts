/** Whatever a provider sends, a reader gives parts in a sane order and one end, and never throws. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anthropicReader } from "./anthropic/stream.ts";
import { googleReader } from "./google/stream.ts";
import { messagesReader } from "./anthropic/messages-stream.ts";
import { responsesReader } from "./openai-dialect/responses-stream.ts";
import { nativeAsk } from "./testing/native-story.ts";
import { dialectReader } from "./openai-dialect/stream.ts";
import type { StreamPart } from "./provider.ts";
import { linesOf, recorded } from "./testing/recordings.fs.ts";
import { ask } from "./testing/stream-story.ts";

const streamOf = (path: string, last: readonly string[]): Buffer =>
  Buffer.from([...linesOf(recorded(path)), ...last].map((line) => `data: ${line}\n\n`).join(""));

/** One wound: bytes overwritten, cut out, doubled, or a value replaced by one of another kind. */
const wound = fc.record({
  kind: fc.constantFrom("overwrite", "cut", "double", "value"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 200 }),
  value: fc.jsonValue(),
});
type Wound = typeof wound extends fc.Arbitrary<infer W> ? W : never;

function damage(bytes: Buffer, { kind, at, length, value }: Wound): Buffer {
  const from = Math.floor(at * bytes.length);
  const to = Math.min(from + length, bytes.length);
  const [before, piece, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  if (kind === "cut") return Buffer.concat([before, after]);
  if (kind === "double") return Buffer.concat([before, piece, piece, after]);
  if (kind === "overwrite") return Buffer.concat([before, Buffer.alloc(piece.length, length), after]);
  // A string, number or null somewhere becomes any JSON at all: structure that no wire promises.
  const text = after.toString("latin1").replace(/:(?:"[^"\\]*"|\d+|null|true|false)/, () => `:${JSON.stringify(value)}`);
  return Buffer.concat([before, piece, Buffer.from(text, "latin1")]);
}

/** What is wrong with these parts: nothing, for any stream at all. */
function faultsOf(parts: readonly StreamPart[]): readonly string[] {
  const kinds = parts.map((part) => part.kind);
  const faults: string[] = [];
  const ends = kinds.filter((kind) => kind === "done" || kind === "failure");
  if (ends.length !== 1 || kinds.at(-1) !== ends[0]) faults.push(`ends: ${kinds.join(" ")}`);
  if (kinds.includes("content") && kinds.lastIndexOf("prelude") > kinds.indexOf("content")) faults.push(`a prelude after content: ${kinds.join(" ")}`);
  if (kinds.includes("done") && !kinds.includes("finish")) faults.push("done without a finish");
  for (const part of parts) {
    if (part.kind === "content" && part.outputBytes < 0) faults.push("negative output");
    if (part.kind === "usage" && Object.values(part.usage).some((count: number) => !(count >= 0))) faults.push("negative usage");
    if ("bytes" in part && !part.bytes.toString("latin1").endsWith("\n\n")) faults.push("half a frame");
  }
  return faults;
}

describe.each([
  ["OpenAI text", () => dialectReader(ask()), streamOf("openai-dialect/fixtures/text.chunks.txt", ["[DONE]"])],
  ["OpenAI tools", () => dialectReader(ask()), streamOf("openai-dialect/fixtures/tools.chunks.txt", ["[DONE]"])],
  ["OpenAI reasoning", () => dialectReader(ask()), streamOf("openai-dialect/fixtures/reasoning.chunks.txt", ["[DONE]"])],
  ["Anthropic text", () => anthropicReader(ask()), streamOf("anthropic/fixtures/text.chunks.txt", [])],
  ["Anthropic tools", () => anthropicReader(ask()), streamOf("anthropic/fixtures/tools.chunks.txt", [])],
  ["Google text", () => googleReader(ask()), streamOf("google/fixtures/text.chunks.txt", [])],
  ["Google tools", () => googleReader(ask()), streamOf("google/fixtures/tools.chunks.txt", [])],
  ["Anthropic's own wire", () => messagesReader(nativeAsk("messages", {})), streamOf("anthropic/fixtures/tools.chunks.txt", [])],
  ["OpenAI's Responses", () => responsesReader(), streamOf("openai-dialect/fixtures/responses.chunks.txt", [])],
] as const)("%s", (_name, reader, whole) => {
  test("damaged anywhere and split anywhere still ends once, in order", () => {
    fc.assert(
      fc.property(fc.array(wound, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 3_000 }), (wounds, size) => {
        const bytes = wounds.reduce(damage, whole);
        const one = reader();
        const parts: StreamPart[] = [];
        for (let at = 0; at < bytes.length; at += size) parts.push(...one.push(bytes.subarray(at, at + size)));
        parts.push(...one.end());
        expect(faultsOf(parts)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
