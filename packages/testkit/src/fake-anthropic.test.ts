/** The fake is read by the official client as Anthropic would be, including its errors inside streams. */
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startFakeAnthropic } from "./fake-anthropic.ts";
import type { FakeProvider } from "./fake-provider.ts";
import type { Script } from "./fake-script.ts";

let fake: FakeProvider;
let client: Anthropic;
const ask = { model: "claude-sonnet-fake", max_tokens: 1_000, messages: [{ role: "user" as const, content: "hello there" }] };

beforeAll(async () => {
  vi.stubEnv("ANTHROPIC_AUTH_TOKEN", undefined); // The client would prefer it to the key given here.
  fake = await startFakeAnthropic({ models: ["claude-sonnet-fake"] });
  client = new Anthropic({ baseURL: fake.url, apiKey: "sk-ant-fake", maxRetries: 0 });
});
beforeEach(() => fake.reset());
afterAll(() => fake.close());

const streamed = (script: Script) => {
  fake.next(script);
  return client.messages.stream(ask).finalMessage();
};

it("answers whole and streamed alike: thinking, text and parallel tools", async () => {
  const script: Script = {
    kind: "tools",
    text: "let me look",
    reasoning: "which one is it",
    inputTokens: 30,
    cachedTokens: 10,
    calls: [
      { name: "weather", arguments: '{"city":"Ulm","days":[1,2]}' },
      { name: "time", arguments: "{}" },
    ],
  };
  fake.next(script);
  const whole = await client.messages.create(ask);
  const stream = await streamed({ ...script, sliceBytes: 3, lineEnding: "\r\n" });
  const contentOf = (message: Anthropic.Message) =>
    message.content.map((block) =>
      block.type === "tool_use" ? [block.name, block.input] : block.type === "text" ? block.text : block.type === "thinking" ? block.thinking : block.type,
    );
  expect(contentOf(whole)).toEqual(["which one is it", "let me look", ["weather", { city: "Ulm", days: [1, 2] }], ["time", {}]]);
  expect(contentOf(stream)).toEqual(contentOf(whole));
  for (const message of [whole, stream]) {
    expect(message.stop_reason).toBe("tool_use");
    expect(message.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 10, output_tokens: whole.usage.output_tokens });
  }
  await fake.until((tally) => tally.completed === 2);
  expect(fake.tally.usage).toMatchObject({ input: 40, cacheRead: 20, output: 2 * whole.usage.output_tokens });
  expect(fake.tally.calls[0]?.headers.authorization).toBe("Bearer sk-ant-fake");
});

it("says overloaded inside a 200 and by status 529", async () => {
  await expect(streamed({ kind: "text", tokens: 4, fault: { kind: "error", at: 0 } })).rejects.toThrow(/Overloaded/u);
  fake.next({ kind: "status", status: 529 });
  await expect(client.messages.create(ask)).rejects.toMatchObject({ status: 529, error: { error: { type: "overloaded_error" } } });
});

it("sends its start twice, and leaves finish, usage and end away, as asked", async () => {
  fake.next({ kind: "text", text: "a b", duplicateStart: true }, { kind: "text", text: "a b", omit: ["finish", "usage", "done"] });
  const eventsOf = async () => {
    const response = await fetch(`${fake.url}/v1/messages`, { method: "POST", body: JSON.stringify({ ...ask, stream: true }) });
    const text = await response.text();
    return { text, events: [...text.matchAll(/^event: (.*)$/gmu)].map((match) => match[1]) };
  };
  const doubled = await eventsOf();
  expect(doubled.events.filter((name) => name === "message_start")).toHaveLength(2);
  const cut = await eventsOf();
  expect(cut.events).toEqual(["message_start", "ping", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop"]);
  expect(cut.text).not.toContain("_tokens");
});

it("replays a recording as it was recorded", async () => {
  const lines = readFileSync(new URL("recordings/anthropic-text.chunks.txt", import.meta.url), "utf8").split("\n");
  const message = await streamed({ kind: "recording", lines });
  expect(message.content).toMatchObject([{ type: "text", text: "Two words" }]);
  await fake.until((tally) => tally.completed === 1);
  expect(fake.tally.usage).toMatchObject({ input: 12, cacheRead: 4, output: 5 });
});

it("stops at the request's cap, lists models and counts tokens", async () => {
  fake.next({ kind: "text", tokens: 40 });
  const message = await client.messages.create({ ...ask, max_tokens: 5 });
  expect([message.stop_reason, message.usage.output_tokens]).toEqual(["max_tokens", 5]);
  expect((await client.models.list()).data.map((model) => model.id)).toEqual(["claude-sonnet-fake"]);
  expect((await client.messages.countTokens(ask)).input_tokens).toBeGreaterThan(0);
});
