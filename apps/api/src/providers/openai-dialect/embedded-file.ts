/** Writes JSON with files in base64 at their places in it, piece by piece: no file is ever in memory as a whole. */
import type { UploadedFile, UpstreamRequest } from "../provider.ts";

/** Stands in the JSON where a file is to be. A generation's id is within it, so no caller can have written it. */
export const placeOf = (generationId: string, index = 0): string => `@file:${generationId}:${index}@`;

/** @returns body and `content-length`; `value` must hold the place exactly once, within a string */
export const jsonWithFile = (value: unknown, generationId: string, file: UploadedFile): JsonWithFiles => jsonWithFiles(value, generationId, [file]);

export interface JsonWithFiles {
  readonly body: UpstreamRequest["body"];
  readonly length: number;
}

/** The same with several files: `value` must hold the place of each of them exactly once, in their order. */
export function jsonWithFiles(value: unknown, generationId: string, files: readonly UploadedFile[]): JsonWithFiles {
  const texts: Buffer[] = [];
  let rest = JSON.stringify(value);
  for (const index of files.keys()) {
    const [before, after, more] = rest.split(placeOf(generationId, index));
    if (before === undefined || after === undefined || more !== undefined) throw new Error("the place of a file is not there exactly once");
    texts.push(Buffer.from(before));
    rest = after;
  }
  const tail = Buffer.from(rest);
  return {
    length: texts.reduce((sum, text) => sum + text.length, tail.length) + files.reduce((sum, file) => sum + base64Length(file.bytes), 0),
    body: async function* () {
      for (const [index, file] of files.entries()) {
        yield texts[index] ?? tail;
        yield* base64Of(file.open());
      }
      yield tail;
    },
  };
}

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Three bytes become four characters: what is over waits for the next piece. */
async function* base64Of(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let over: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = over.length === 0 ? piece : Buffer.concat([over, piece]);
    const whole = bytes.length - (bytes.length % 3);
    over = bytes.subarray(whole);
    if (whole > 0) yield Buffer.from(bytes.toString("base64", 0, whole), "latin1");
  }
  if (over.length > 0) yield Buffer.from(over.toString("base64"), "latin1");
}
