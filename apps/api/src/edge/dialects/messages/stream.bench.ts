/** How long a frame of a chat takes to become Anthropic's event: most of it is reading one JSON and writing another. */
import { describe, test } from "vitest";
import { MessagesStream } from "./stream.ts";

const FRAMES = 100;
const chunk = {
  id: "gen_1",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta: { content: " token" }, finish_reason: null }],
};
const one = Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
const all = Buffer.concat(Array.from({ length: FRAMES }, () => one));
const telling = { id: "gen_1", model: "m", stopSequences: undefined, toolNameOf: (name: string) => name };

describe(`${FRAMES} content frames`, () => {
  test("in one piece and each in its own", async ({ bench }) => {
    const whole = bench("in one piece", () => {
      new MessagesStream(telling).push(all);
    });
    const apart = bench("each in its own piece", () => {
      const stream = new MessagesStream(telling);
      for (let at = 0; at < FRAMES; at++) stream.push(one);
    });
    await bench.compare(whole, apart);
  });
});
