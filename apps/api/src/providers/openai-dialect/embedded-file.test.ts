import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonWithFile, placeOf } from "./embedded-file.ts";

const collect = async (body: () => AsyncIterable<Buffer>): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of body()) pieces.push(piece);
  return Buffer.concat(pieces);
};

test("the file stands in the JSON as base64, of the length that was announced, however it is cut, as often as it is read", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 }), fc.string(), async (cuts, text) => {
      const pieces = cuts.map((cut) => Buffer.from(cut));
      const content = Buffer.concat(pieces);
      const file = {
        field: "video",
        name: "film.mp4",
        contentType: "video/mp4",
        bytes: content.length,
        open: async function* () {
          yield* pieces;
        },
      };
      const { body, length } = jsonWithFile({ text, url: `data:video/mp4;base64,${placeOf("gen_x")}` }, "gen_x", file);
      if (typeof body === "string") throw new Error("the body is no stream");
      for (let round = 0; round < 2; round++) {
        const sent = await collect(body);
        expect(sent.length).toBe(length);
        expect(JSON.parse(sent.toString())).toEqual({ text, url: `data:video/mp4;base64,${content.toString("base64")}` });
      }
    }),
  );
});
