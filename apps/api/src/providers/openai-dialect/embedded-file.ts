/** Writes JSON with a file in base64 at one place of it, piece by piece: the file is never in memory as a whole. */
import type { UploadedFile, UpstreamRequest } from "../provider.ts";

/** Stands in the JSON where the file is to be. A generation's id is within it, so no caller can have written it. */
export const placeOf = (generationId: string): string => `@file:${generationId}@`;

/** @returns body and `content-length`; `value` must hold the place exactly once, within a string */
export function jsonWithFile(value: unknown, generationId: string, file: UploadedFile): { readonly body: UpstreamRequest["body"]; readonly length: number } {
  const [before, after, more] = JSON.stringify(value).split(placeOf(generationId));
  if (before === undefined || after === undefined || more !== undefined) throw new Error("the place of the file is not there exactly once");
  const [head, tail] = [Buffer.from(before), Buffer.from(after)];
  return {
    length: head.length + base64Length(file.bytes) + tail.length,
    body: async function* () {
      yield head;
      yield* base64Of(file.open());
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
