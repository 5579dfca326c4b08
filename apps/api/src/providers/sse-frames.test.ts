import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLatin1, FRAME_BYTES_MAX, parseFrame, SseCutter, type SseFrame } from "./sse-frames.ts";

function framesOf(pieces: readonly Buffer[]): readonly SseFrame[] | "overflow" {
  const cutter = new SseCutter();
  let text = "";
  for (const piece of pieces) {
    const region = cutter.push(piece);
    if (region === undefined) return "overflow";
    text += region;
  }
  text += cutter.end();
  return text
    .split("\n\n")
    .map(parseFrame)
    .filter((frame) => frame !== undefined)
    .map((frame) => ({ event: frame.event, data: decodeLatin1(frame.data) }));
}
const slices = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

const stream = '\ufeffdata: {"a":"é中😀"}\n\n: comment\n\nevent: ping\ndata: 1\ndata:2\ndata\n\nid: 5\nretry: 1\n\n\n\ndata: last';
const expected: readonly SseFrame[] = [
  { event: undefined, data: '{"a":"é中😀"}' },
  { event: "ping", data: "1\n2\n" },
  { event: undefined, data: "last" },
];

describe("SseCutter", () => {
  test.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("gives the same frames for %s at every cut", (_name, lineEnd) => {
    const bytes = Buffer.from(stream.replaceAll("\n", lineEnd));
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(framesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
    }
    for (const size of [1, 2, 3, 7]) expect(framesOf(slices(bytes, size))).toEqual(expected);
  });

  test("hands a frame over as soon as its empty line is there, with lone CR too", () => {
    for (const lineEnd of ["\n", "\r\n", "\r"]) expect(new SseCutter().push(Buffer.from(`data: 1${lineEnd}${lineEnd}`))).toBe("data: 1\n\n");
  });

  test("hands many frames over at once", () => {
    const cutter = new SseCutter();
    expect(cutter.push(Buffer.from("data: 1\n\ndata: 2\n\ndata: 3"))).toBe("data: 1\n\ndata: 2\n\n");
    expect(cutter.push(Buffer.from("\n\n"))).toBe("data: 3\n\n");
  });

  test("a frame over the limit overflows, whether it comes at once, in pieces or ended", () => {
    const long = Buffer.from(`data: ${"x".repeat(FRAME_BYTES_MAX)}\n\n`);
    expect(framesOf([long])).toBe("overflow");
    expect(framesOf([Buffer.concat([Buffer.from("data: 1\n\n"), long, Buffer.from("data: 2\n\n")])])).toBe("overflow");
    expect(framesOf(slices(long, 16_384))).toBe("overflow");
    expect(framesOf([Buffer.alloc(10_000_000, "x")])).toBe("overflow");
  });

  test("many frames together may be longer than the limit", () => {
    const frames = framesOf([Buffer.from(`data: ${"x".repeat(300_000)}\n\n`.repeat(8))]);
    expect(frames).toHaveLength(8);
  });

  test("a long frame in one-byte slices is no quadratic work", () => {
    const started = performance.now();
    expect(framesOf(slices(Buffer.from(`data: ${"x".repeat(400_000)}\n\n`), 1))).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(20_000); // quadratic work takes minutes
  });

  test("any split of any frames gives back the data", () => {
    const data = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, " "));
    fc.assert(
      fc.property(fc.array(data, { minLength: 1 }), fc.constantFrom("\n", "\r\n", "\r"), fc.integer({ min: 1, max: 20 }), (texts, lineEnd, size) => {
        const bytes = Buffer.from(texts.map((text) => `data: ${text}${lineEnd}${lineEnd}`).join(""));
        const frames = framesOf(slices(bytes, size));
        expect(frames === "overflow" ? [] : frames.map((frame) => frame.data)).toEqual(texts.map((text) => text.toWellFormed()));
      }),
    );
  });
});
