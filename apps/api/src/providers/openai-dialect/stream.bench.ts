/** How long a frame takes through the reader of the OpenAI family: the budget is about one microsecond. */
import { describe, test } from "vitest";
import { ask } from "../testing/stream-story.ts";
import { dialectReader } from "./stream.ts";

const frame = (content: string): string =>
  `data: {"id":"chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0","object":"chat.completion.chunk","created":1770933892,"model":"gpt-4.1-nano","service_tier":"default","system_fingerprint":"fp_de604bd877","choices":[{"index":0,"delta":{"content":"${content}"},"logprobs":null,"finish_reason":null}],"usage":null}\n\n`;
const FRAMES = 100;
const one = Buffer.from(frame(" token"));
const stream = Buffer.concat(Array.from({ length: FRAMES }, () => one));
const asked = ask();

describe(`${FRAMES} content frames`, () => {
  test("in one piece and each in its own", async ({ bench }) => {
    const whole = bench("in one piece", () => {
      dialectReader(asked).push(stream);
    });
    const apart = bench("each in its own piece", () => {
      const reader = dialectReader(asked);
      for (let at = 0; at < FRAMES; at++) reader.push(one);
    });
    await bench.compare(whole, apart);
  });
});
