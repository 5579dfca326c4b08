/** The fake is read by the official client as the real provider would be, breaks where it is told to, and counts truly. */
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFakeOpenAi } from "./fake-openai.ts";
import type { FakeProvider } from "./fake-provider.ts";
import { createGate, type Delivery, type Script } from "./fake-script.ts";

let fake: FakeProvider;
let client: OpenAI;
const messages = [{ role: "user" as const, content: "hello" }];

beforeAll(async () => {
  fake = await startFakeOpenAi({ models: ["gpt-4o-mini", "o4"] });
  client = new OpenAI({ baseURL: fake.url, apiKey: "sk-fake-key", maxRetries: 0 });
});
beforeEach(() => fake.reset());
afterAll(() => fake.close());

async function streamed(script: Script, more: object = {}) {
  fake.next(script);
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of await client.chat.completions.create({
    model: "gpt-4o-mini",
    messages,
    stream: true,
    stream_options: { include_usage: true },
    ...more,
  }))
    chunks.push(chunk);
  return {
    chunks,
    text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""),
    finish: chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter((reason) => reason !== null && reason !== undefined),
    usage: chunks.at(-1)?.usage,
  };
}

const raw = (body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${fake.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages, ...body }),
    signal: signal ?? null,
  });

describe("whole answers", () => {
  it("answers with text and usage, and remembers what was asked", async () => {
    fake.next({ kind: "text", text: "one two three", inputTokens: 20, cachedTokens: 5 });
    const answer = await client.chat.completions.create({ model: "gpt-4o-mini", messages, temperature: 0.5 });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: "one two three" } });
    expect(answer.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 });
    await fake.until((tally) => tally.completed === 1);
    const [call] = fake.tally.calls;
    expect(call).toMatchObject({ method: "POST", path: "/v1/chat/completions", streamed: false, body: { temperature: 0.5, model: "gpt-4o-mini" } });
    expect(call?.headers.authorization).toBe("Bearer sk-fake-key");
    expect(fake.tally.usage).toEqual({ input: 20, output: 3, cacheRead: 5, cacheWrite: 0, reasoning: 0 });
  });

  it("keeps to the request's cap and its number of choices as a provider does, unless told not to", async () => {
    fake.always({ kind: "text", tokens: 50 });
    const capped = await client.chat.completions.create({ model: "m", messages, max_completion_tokens: 7, n: 2 });
    expect(capped.choices.map((choice) => choice.finish_reason)).toEqual(["length", "length"]);
    expect(capped.usage?.completion_tokens).toBe(14);
    fake.next({ kind: "text", tokens: 50, ignoreCap: true });
    expect((await client.chat.completions.create({ model: "m", messages, max_tokens: 7 })).usage?.completion_tokens).toBe(50);
  });

  it("calls tools in parallel", async () => {
    fake.next({
      kind: "tools",
      calls: [
        { name: "weather", arguments: '{"city":"Ulm"}' },
        { name: "time", arguments: "{}", id: "call_mine" },
      ],
    });
    const answer = await client.chat.completions.create({ model: "m", messages });
    expect(answer.choices[0]?.finish_reason).toBe("tool_calls");
    expect(answer.choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: "weather", arguments: '{"city":"Ulm"}' } },
      { id: "call_mine", function: { name: "time" } },
    ]);
  });

  it("lists models, embeds the same text alike, and answers the legacy completions", async () => {
    expect((await client.models.list()).data.map((model) => model.id)).toEqual(["gpt-4o-mini", "o4"]);
    const embed = async (encoding_format: "float" | "base64") =>
      (await client.embeddings.create({ model: "e", input: ["a b", "c"], dimensions: 4, encoding_format })).data;
    const floats = await embed("float");
    expect(floats[0]?.embedding).toHaveLength(4);
    expect(floats[0]?.embedding).not.toEqual(floats[1]?.embedding);
    const packed = Buffer.from(String(((await embed("base64"))[0] as { embedding: unknown }).embedding), "base64");
    expect([0, 4, 8, 12].map((offset) => packed.readFloatLE(offset))).toEqual(floats[0]?.embedding);
    expect((await client.completions.create({ model: "m", prompt: "p" })).choices[0]?.text).toBe("Hello from the fake provider.");
  });

  it("answers errors in the provider's shape, and anything else literally", async () => {
    fake.next({ kind: "status", status: 429, retryAfter: "7", code: "rate_limit_exceeded" });
    const refused = await client.chat.completions.create({ model: "m", messages }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "rate_limit_error" });
    expect((refused as { headers: Headers }).headers.get("retry-after")).toBe("7");
    fake.next(
      { kind: "body", status: 502, body: "<html>bad gateway</html>", contentType: "text/html" },
      { kind: "redirect", location: "http://169.254.169.254/" },
    );
    const html = await raw({});
    expect([html.status, html.headers.get("content-type"), await html.text()]).toEqual([502, "text/html", "<html>bad gateway</html>"]);
    const moved = await fetch(`${fake.url}/chat/completions`, { method: "POST", body: "{}", redirect: "manual" });
    expect([moved.status, moved.headers.get("location")]).toEqual([302, "http://169.254.169.254/"]);
  });

  it("says false things about usage when told to", async () => {
    fake.next(
      { kind: "text", tokens: 3, usage: { prompt_tokens: -5, completion_tokens: 1e18, total_tokens: "many" } },
      { kind: "text", tokens: 3, omit: ["usage"] },
    );
    expect((await client.chat.completions.create({ model: "m", messages })).usage).toEqual({
      prompt_tokens: -5,
      completion_tokens: 1e18,
      total_tokens: "many",
    });
    expect((await client.chat.completions.create({ model: "m", messages })).usage).toBeUndefined();
    await fake.until((tally) => tally.completed === 2);
    expect(fake.tally.usage).toMatchObject({ input: 0, output: 0 });
  });
});

describe("streams", () => {
  const deliveries: Readonly<Record<string, Delivery>> = {
    "in one go": {},
    "byte by byte": { sliceBytes: 1 },
    "with CRLF and comments": { lineEnding: "\r\n", comments: true },
    "with bare carriage returns in pieces of 7": { lineEnding: "\r", sliceBytes: 7 },
    compressed: { gzip: true },
    slowly: { headersDelayMs: 5, firstByteDelayMs: 5, frameDelayMs: 2 },
  };
  it.each(Object.entries(deliveries))("carry the same text %s", async (_name, delivery) => {
    const got = await streamed({ kind: "text", text: "Grüße, 世界 und 🚂 for all", ...delivery });
    expect(got).toMatchObject({ text: "Grüße, 世界 und 🚂 for all", finish: ["stop"], usage: { prompt_tokens: 10, completion_tokens: 6 } });
  });

  it("begin with a byte order mark when told to", async () => {
    fake.next({ kind: "text", tokens: 1, bom: true });
    const bytes = Buffer.from(await (await raw({ stream: true })).arrayBuffer());
    expect(bytes.subarray(0, 9).toString("latin1")).toBe("\xEF\xBB\xBFdata: ");
  });

  it("tell usage only when asked, once, with no choices", async () => {
    const asked = await streamed({ kind: "text", tokens: 4 });
    expect(asked.chunks.filter((chunk) => chunk.usage)).toHaveLength(1);
    expect(asked.chunks.at(-1)?.choices).toEqual([]);
    expect((await streamed({ kind: "text", tokens: 4 }, { stream_options: undefined })).chunks.some((chunk) => chunk.usage)).toBe(false);
    await fake.until((tally) => tally.completed === 2);
    expect(fake.tally.usage.output).toBe(4);
  });

  it("carry the arguments of parallel tools in pieces, byte for byte", async () => {
    const { chunks, finish } = await streamed({
      kind: "tools",
      calls: [
        { name: "a", arguments: '{"x": "é\\n"}' },
        { name: "b", arguments: "{broken" },
      ],
      argumentPiece: 3,
    });
    const args: string[] = ["", ""];
    for (const call of chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])) args[call.index] += call.function?.arguments ?? "";
    expect(args).toEqual(['{"x": "é\\n"}', "{broken"]);
    expect(finish).toEqual(["tool_calls"]);
  });

  it("replay a recording as it was recorded", async () => {
    const lines = readFileSync(new URL("recordings/openai-chat.chunks.txt", import.meta.url), "utf8").split("\n");
    const got = await streamed({ kind: "recording", lines });
    expect(got.text).toBe("Two words");
    expect(got.usage?.completion_tokens).toBe(3);
    await fake.until((tally) => tally.completed === 1);
    expect(fake.tally.usage).toMatchObject({ input: 9, output: 3 });
  });

  it("leave out start, finish, usage or the end", async () => {
    fake.next({ kind: "text", tokens: 2, omit: ["start", "finish", "usage", "done"] });
    const text = await (await raw({ stream: true, stream_options: { include_usage: true } })).text();
    expect(text.match(/^data: /gmu)).toHaveLength(2);
    expect(text).not.toMatch(/role|DONE|_tokens|"stop"/u);
  });
});

describe("breaks", () => {
  it("resets after exactly so many frames", async () => {
    fake.next({ kind: "text", tokens: 9, fault: { kind: "reset", at: 3 } });
    const response = await raw({ stream: true });
    let text = "";
    const reading = (async () => {
      for await (const bytes of response.body ?? []) text += Buffer.from(bytes as Uint8Array).toString();
    })();
    await expect(reading).rejects.toThrow(/terminated/u);
    expect(text.match(/"content":"[^"]+"/gu)).toHaveLength(3);
    expect(fake.tally).toMatchObject({ broken: 1, completed: 0 });
  });

  it("resets before any header", async () => {
    fake.next({ kind: "text", fault: { kind: "reset", at: "before-headers" } });
    await expect(raw({})).rejects.toThrow(/fetch failed/u);
  });

  it("says an error inside a 200, before or after content", async () => {
    for (const at of [0, 2]) {
      await expect(
        streamed({
          kind: "text",
          tokens: 5,
          fault: { kind: "error", at, error: { message: "model is overloaded", type: "server_error", code: "overloaded" } },
        }),
      ).rejects.toThrow(/model is overloaded/u);
      await fake.until((tally) => tally.broken === 1 && tally.open === 0);
      expect(fake.tally.calls[0]?.contentFrames).toBe(at);
      fake.reset();
    }
  });

  it("ends cleanly in the middle, streamed and whole", async () => {
    const cut = await streamed({ kind: "text", tokens: 5, fault: { kind: "end", at: 2 } });
    expect(cut.finish).toEqual([]);
    expect(cut.usage).toBeFalsy();
    fake.next({ kind: "text", tokens: 5, fault: { kind: "end", at: 2 } });
    const half = await (await raw({})).text();
    expect(half.startsWith('{"id"')).toBe(true);
    expect(() => {
      JSON.parse(half);
    }).toThrow(SyntaxError);
  });

  it.each(["before-headers", "headers", 2] as const)("falls silent %s and sees the client leave", async (at) => {
    fake.next({ kind: "text", tokens: 5, fault: { kind: "stall", at } });
    const leave = new AbortController();
    const reading = raw({ stream: true }, leave.signal).then((response) => response.text());
    await fake.until(
      (tally) => tally.requests === 1 && (at === "before-headers" || tally.calls[0]?.status === 200) && (at !== 2 || tally.calls[0]?.contentFrames === 2),
    );
    leave.abort();
    await expect(reading).rejects.toThrow(/abort/iu);
    await fake.until((tally) => tally.aborted === 1);
    expect(fake.tally.calls[0]?.clientClosedAt).toBeGreaterThanOrEqual(fake.tally.calls[0]?.receivedAt ?? Infinity);
  });

  it("waits at a gate until the test opens it", async () => {
    const gate = createGate();
    fake.next({ kind: "text", tokens: 4, wait: { at: 2, gate } });
    const reading = raw({ stream: true }).then((response) => response.text());
    await gate.reached;
    expect(fake.tally).toMatchObject({ open: 1, completed: 0 });
    gate.open();
    expect(await reading).toContain("[DONE]");
  });

  it("floods with backpressure and counts only what was taken", async () => {
    fake.next({ kind: "flood", bytes: 200_000_000, shape: "frames" });
    const { port } = fake;
    const socket = createConnection(port, "127.0.0.1");
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\n\r\n{"stream": true}`);
    await new Promise((done) => socket.once("readable", done)); // And then nothing more is read.
    await fake.until((tally) => (tally.calls[0]?.bytesWritten ?? 0) > 100_000);
    socket.destroy();
    await fake.until((tally) => tally.aborted === 1);
    expect(fake.tally.bytesWritten).toBeLessThan(100_000_000);
    for (const shape of ["line", "body", "nested"] as const) {
      fake.next({ kind: "flood", bytes: 300_000, shape });
      expect((await (await raw({ stream: true })).text()).length).toBeGreaterThanOrEqual(300_000);
    }
  });

  it("chooses scripts from the queue, then by rule, then by default, and lets a script see the request", async () => {
    fake.always((call) => ({ kind: "body", body: { said: (call.body as { model: string }).model } }));
    fake.when((call) => (call.body as { model: string }).model === "bad", { kind: "status", status: 503 });
    expect(await (await raw({ model: "good" })).json()).toEqual({ said: "good" });
    expect((await raw({ model: "bad" })).status).toBe(503);
    fake.next({ kind: "status", status: 418 });
    expect((await raw({ model: "bad" })).status).toBe(418);
    expect(fake.tally).toMatchObject({ requests: 3 });
  });
});
