/** How long a frame of a chat takes to become an event of a response: the budget is about five microseconds. */
import { describe, test } from "vitest";
import { parseResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { ResponseStream } from "./stream.ts";
import { toolBookOf } from "./tools.ts";

const FRAMES = 100;
const one = Buffer.from(
  'data: {"id":"gen_1","object":"chat.completion.chunk","created":1770933892,"model":"m","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}\n\n',
);
const stream = Buffer.concat(Array.from({ length: FRAMES }, () => one));
const request = parseResponsesRequest({ model: "m", input: "x" });
if (!request.ok) throw new Error("the request of this bench is wrong");
const head = { id: "gen_1", createdSeconds: 1, model: "m", request: request.value, stored: false };
const book = toolBookOf([]);

describe(`${FRAMES} content frames`, () => {
  test("in one piece and each in its own", async ({ bench }) => {
    const whole = bench("in one piece", () => {
      new ResponseStream(head, book, "s").push(stream);
    });
    const apart = bench("each in its own piece", () => {
      const told = new ResponseStream(head, book, "s");
      for (let at = 0; at < FRAMES; at++) told.push(one);
    });
    await bench.compare(whole, apart);
  });
});
