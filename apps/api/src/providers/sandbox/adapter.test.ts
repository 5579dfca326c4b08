import { describe, expect, test } from "vitest";
import type { AttemptAnswer, ChatAsk, StreamPart } from "../provider.ts";
import { ask, choicesOf, framesOf, storyOf, type StreamStory } from "../testing/stream-story.ts";
import { fieldsOf, listOf } from "../openai-dialect/fields.ts";
import { sandboxAdapter } from "./adapter.ts";

const sleeps: number[] = [];
const adapter = sandboxAdapter({
  wordMs: 5,
  sleep: (ms, signal) => {
    sleeps.push(ms);
    return signal.aborted ? Promise.reject(new Error("aborted")) : Promise.resolve();
  },
});
const timeouts = { connectMs: 100, firstByteMs: 1_000, idleMs: 1_000 };
const endpoint = { baseUrl: "", apiKey: "", headers: {} };
const chat = (asked: ChatAsk, signal = new AbortController().signal): Promise<AttemptAnswer> => adapter.ask(asked, endpoint, timeouts, signal);
const user = (content: string, more: Record<string, unknown> = {}): ChatAsk => ask({ messages: [{ role: "user", content }], ...more });

async function stream(asked: ChatAsk): Promise<StreamStory> {
  const answer = await chat(asked);
  if (answer.kind !== "stream") throw new Error(`expected a stream, got ${answer.kind}`);
  const parts: StreamPart[] = [];
  for await (const some of answer.parts) parts.push(...some);
  return storyOf(parts);
}
async function reply(asked: ChatAsk) {
  const answer = await chat(asked);
  if (answer.kind !== "reply") throw new Error(`expected a reply, got ${answer.kind}`);
  const choice = fieldsOf(listOf(answer.reply.body["choices"])[0]) ?? {};
  return { reply: answer.reply, choice, message: fieldsOf(choice["message"]) ?? {} };
}
const weather = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
};

describe("the sandbox", () => {
  test("reflects the last user message, streamed as not, and counts alike", async () => {
    const streamed = await stream(user("hello there"));
    const whole = await reply(user("hello there", { stream: false }));
    expect(choicesOf(framesOf(streamed))[0]).toMatchObject({ text: whole.message["content"], roles: ["assistant"], finish: ["stop"] });
    expect(whole.message["content"]).toContain("hello there");
    expect(streamed.usage).toEqual(whole.reply.usage);
    expect(streamed.outputBytes).toBe(whole.reply.outputBytes);
    expect(streamed.order).toBe("prelude content finish usage done");
  });

  test("keeps to the output cap and says so", async () => {
    const story = await stream(user("sandbox:words=50", { stream: true }));
    expect(story.usage?.output).toBe(50);
    const cut = await stream({ ...user("sandbox:words=50"), maxOutput: 7 });
    expect(cut.usage?.output).toBe(7);
    expect(choicesOf(framesOf(cut))[0]).toMatchObject({ finish: ["length"], text: "word1 word2 word3 word4 word5 word6 word7" });
  });

  test("gives as many choices as are asked for", async () => {
    const story = await stream(user("hi", { n: 3 }));
    expect(choicesOf(framesOf(story)).map((choice) => choice.finish)).toEqual([["stop"], ["stop"], ["stop"]]);
    expect(story.usage?.output).toBe(3 * ((await stream(user("hi"))).usage?.output ?? 0));
  });

  test("calls a tool that is spoken of, with arguments that fit", async () => {
    const story = await stream(user("What is the weather in Paris?", { tools: [weather] }));
    expect(choicesOf(framesOf(story))[0]).toMatchObject({
      finish: ["tool_calls"],
      tools: [{ type: "function", name: "get_weather", arguments: '{"city":"Paris"}' }],
    });
    expect((await reply(user("hello", { stream: false, tools: [weather] }))).message["tool_calls"]).toBeUndefined();
    expect((await reply(user("hello", { stream: false, tools: [weather], tool_choice: "required" }))).message["tool_calls"]).toHaveLength(1);
    expect((await reply(user("the weather", { stream: false, tools: [weather], tool_choice: "none" }))).message["tool_calls"]).toBeUndefined();
  });

  test("calls twice in parallel when asked for both", async () => {
    const story = await stream(user("Tell me the weather in Paris and Oslo, both", { tools: [weather] }));
    expect(choicesOf(framesOf(story))[0]?.tools.map((tool) => tool?.arguments)).toEqual(['{"city":"Paris"}', '{"city":"Oslo"}']);
  });

  test("answers a tool's result in words", async () => {
    const messages = [
      { role: "user", content: "weather in Paris" },
      { role: "assistant", content: null, tool_calls: [{ id: "c", type: "function", function: { name: "get_weather", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "c", content: "18 degrees" },
    ];
    expect((await reply(ask({ messages, tools: [weather], stream: false }))).message["content"]).toContain("18 degrees");
  });

  test("fills a JSON schema", async () => {
    const format = { type: "json_schema", json_schema: { name: "w", schema: { type: "object", properties: { city: { type: "string" } } } } };
    expect(JSON.parse(String((await reply(user("in Rome", { stream: false, response_format: format }))).message["content"]))).toEqual({ city: "Rome" });
  });

  test.each([
    [429, "rate_limited"],
    [529, "overloaded"],
    [500, "unavailable"],
    [401, "bad_credentials"],
    [400, "bad_request"],
  ])("fails with %i on request", async (status, kind) => {
    expect(await chat(user(`please sandbox:error=${status}`))).toMatchObject({ kind: "failure", failure: { kind, status } });
    expect(await chat(ask({ model: `demo sandbox:error=${status}` }))).toMatchObject({ kind: "failure", failure: { kind } });
  });

  test("breaks off and stalls in the middle, after content", async () => {
    expect((await stream(user("sandbox:cut"))).order).toBe("prelude content failure");
    expect((await stream(user("sandbox:stall"))).end).toMatchObject({ kind: "timeout" });
    expect(await chat(user("sandbox:stall", { stream: false }))).toMatchObject({ kind: "failure", failure: { kind: "timeout" } });
  });

  test("is slow on request, up to the time-out", async () => {
    sleeps.length = 0;
    await chat(user("sandbox:slow=700"));
    expect(sleeps[0]).toBe(700);
    expect(await chat(user("sandbox:slow=5000"))).toMatchObject({ failure: { kind: "timeout" } });
  });

  test("ends when the caller leaves", async () => {
    const leaving = new AbortController();
    const answer = await chat(user("sandbox:words=1000"), leaving.signal);
    if (answer.kind !== "stream") throw new Error("expected a stream");
    let seen = 0;
    let last: StreamPart | undefined;
    for await (const parts of answer.parts) {
      last = parts.at(-1);
      seen += 1;
      if (seen === 3) leaving.abort();
    }
    expect(seen).toBeLessThan(6);
    expect(last).toMatchObject({ kind: "failure" });
    expect(await chat(user("hi"), leaving.signal)).toMatchObject({ kind: "failure" });
  });
});
