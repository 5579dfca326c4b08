/** One suite that every line of the registry has to pass, each with a provider that answers in its own wire. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { PROVIDER_KINDS, type ProviderKind } from "@switchyard/shared/domain/catalog";
import { fieldsOf, listOf } from "./openai-dialect/fields.ts";
import { httpAdapter } from "./http-adapter.http.ts";
import type { AttemptAnswer, ChatAsk, ProviderAdapter, StreamPart } from "./provider.ts";
import { createRegistry } from "./registry.ts";
import { localServer, type LocalServer } from "./testing/local-server.http.ts";
import { linesOf, recorded } from "./testing/recordings.fs.ts";
import { ask, choicesOf, framesOf, storyOf } from "./testing/stream-story.ts";
import { createTransport } from "./transport.http.ts";

const transport = createTransport({ allowPrivateAddresses: true });
afterAll(() => transport.close());
const registry = createRegistry({
  overHttp: (wires) => httpAdapter(wires, transport),
  sandbox: { wordMs: 1, sleep: (ms, signal) => sleep(ms, undefined, { signal }) },
});
const timeouts = { connectMs: 2_000, firstByteMs: 10_000, idleMs: 1_000 };

/** What a fake provider does; the asked words choose it, so that the sandbox can take part with its own. */
type Deed = "speak" | "cut" | "stall" | "fail" | "reset" | "html" | "error-event" | "whole";
interface Kind {
  readonly name: Exclude<ProviderKind, "sandbox">;
  readonly stream: string;
  readonly whole: object;
  readonly errorEvent: string;
}

const openaiLines = linesOf(recorded("openai-dialect/fixtures/text.chunks.txt"));
const googleLines = linesOf(recorded("google/fixtures/text.chunks.txt"));
const anthropicLines = linesOf(recorded("anthropic/fixtures/text.chunks.txt"));
const openaiStream = [...openaiLines, "[DONE]"].map((line) => `data: ${line}\n\n`).join("");
const completion = {
  id: "x",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};
const errorEvent = 'data: {"error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
const KINDS: readonly Kind[] = [
  { name: "openai", stream: openaiStream, whole: completion, errorEvent },
  { name: "openai-compatible", stream: openaiStream, whole: completion, errorEvent },
  { name: "xai", stream: openaiStream, whole: completion, errorEvent },
  { name: "openrouter", stream: `: OPENROUTER PROCESSING\n\n${openaiStream}`, whole: completion, errorEvent },
  {
    name: "anthropic",
    stream: anthropicLines.map((line) => `event: ${String(fieldsOf(JSON.parse(line))?.["type"])}\ndata: ${line}\n\n`).join(""),
    whole: { type: "message", model: "m", content: [{ type: "text", text: "hello" }], stop_reason: "end_turn", usage: { input_tokens: 3, output_tokens: 1 } },
    errorEvent: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
  },
  {
    name: "google",
    stream: googleLines.map((line) => `data: ${line}\n\n`).join(""),
    whole: {
      candidates: [{ content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
    },
    errorEvent: 'data: {"error":{"code":503,"status":"UNAVAILABLE","message":"The model is overloaded."}}\n\n',
  },
];

function act(deed: Deed, kind: Kind, response: ServerResponse, isStream: boolean): void {
  if (deed === "fail")
    return void response
      .writeHead(429, { "retry-after": "7", "content-type": "application/json" })
      .end('{"error":{"type":"rate_limit_error","message":"slow down"}}');
  if (deed === "html") return void response.writeHead(200, { "content-type": "text/html" }).end("<html><body>proxy</body></html>");
  if (deed === "reset") return void response.socket?.resetAndDestroy();
  if (!isStream || deed === "whole") return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(kind.whole));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const half = kind.stream.slice(0, Math.floor(kind.stream.length * 0.75));
  const frames = half.slice(0, half.lastIndexOf("\n\n") + 2);
  if (deed === "stall") return void response.write(frames);
  if (deed === "error-event") return void response.end(frames + kind.errorEvent);
  response.end(deed === "cut" ? frames : kind.stream);
}

const serverFor = (kind: Kind): Promise<LocalServer> =>
  localServer((response, { body, path }) =>
    act((/deed:([a-z-]+)/.exec(body)?.[1] ?? "speak") as Deed, kind, response, body.includes('"stream":true') || path.includes(":stream")),
  );

interface Party {
  readonly adapter: ProviderAdapter;
  readonly chat: (deed: Deed, request?: Record<string, unknown>, signal?: AbortSignal) => Promise<AttemptAnswer>;
}

/** How the sandbox is asked for each deed. */
const SANDBOX_WORDS: Readonly<Partial<Record<Deed, string>>> = {
  speak: "hello",
  whole: "hello",
  cut: "sandbox:cut",
  stall: "sandbox:stall",
  fail: "sandbox:error=429",
  reset: "sandbox:error=503",
};

function party(adapter: ProviderAdapter, baseUrl: string, words: (deed: Deed) => string): Party {
  const asked = (deed: Deed, request: Record<string, unknown>): ChatAsk => ask({ messages: [{ role: "user", content: words(deed) }], ...request });
  const endpoint = { baseUrl, apiKey: "secret-key", headers: {} };
  return { adapter, chat: (deed, request = {}, signal = new AbortController().signal) => adapter.ask(asked(deed, request), endpoint, timeouts, signal) };
}

async function partsOf(answer: AttemptAnswer): Promise<readonly StreamPart[]> {
  if (answer.kind !== "stream") throw new Error(`expected a stream, got ${JSON.stringify(answer)}`);
  const parts: StreamPart[] = [];
  for await (const some of answer.parts) parts.push(...some);
  return parts;
}

/** Some tell their usage all the time. */
const BROKEN = /^prelude (?:content (?:usage )?)+failure$/;

const servers: LocalServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));

async function partyOf(name: Kind["name"] | "sandbox"): Promise<Party> {
  const adapter = registry(name);
  const kind = KINDS.find((one) => one.name === name);
  if (!kind) return party(adapter, "", (deed) => SANDBOX_WORDS[deed] ?? "hello");
  const server = await serverFor(kind);
  servers.push(server);
  return party(adapter, server.url, (deed) => `deed:${deed}`);
}

describe.each(PROVIDER_KINDS)("%s", (name) => {
  test("streams prelude, content, one finish, usage and the end, under our id", async () => {
    const { chat } = await partyOf(name);
    const story = storyOf(await partsOf(await chat("speak")));
    expect(story.end).toBe("done");
    expect(story.order).toMatch(/^prelude (?:content (?:usage )?)+finish (?:usage )?done$/);
    const choice = choicesOf(framesOf(story))[0];
    expect(choice).toMatchObject({ roles: ["assistant"], finish: ["stop"] });
    expect(choice?.text.length).toBeGreaterThan(3);
    expect(framesOf(story).every((frame) => frame["id"] === "gen_test")).toBe(true);
    expect(story.usage?.input).toBeGreaterThan(0);
    expect(story.outputBytes).toBe(Buffer.byteLength(`${choice?.text}${choice?.reasoning}`));
  });

  test("answers whole", async () => {
    const { chat } = await partyOf(name);
    const answer = await chat("speak", { stream: false });
    if (answer.kind !== "reply") throw new Error(JSON.stringify(answer));
    expect(answer.reply).toMatchObject({ body: { id: "gen_test", object: "chat.completion" }, finishReason: "stop" });
    expect(String(fieldsOf(fieldsOf(listOf(answer.reply.body["choices"])[0])?.["message"])?.["content"])).toContain("hello");
    expect(answer.reply.usage?.output).toBeGreaterThan(0);
    expect(answer.bytes).toBeGreaterThan(0);
  });

  test("a stream that breaks off ends in a failure after its content", async () => {
    const { chat } = await partyOf(name);
    const story = storyOf(await partsOf(await chat("cut")));
    expect(story.order).toMatch(BROKEN);
    expect(fieldsOf(story.end)?.["kind"]).toMatch(/^(?:incomplete|connection)$/);
  });

  test("a stream that falls silent ends in a timeout", async () => {
    const { chat } = await partyOf(name);
    const story = storyOf(await partsOf(await chat("stall")));
    expect(story).toMatchObject({ order: expect.stringMatching(BROKEN) as string, end: { kind: "timeout" } });
  });

  test("a refusal is a failure with its status and waiting time, streamed or not", async () => {
    const { chat } = await partyOf(name);
    for (const stream of [true, false])
      expect(await chat("fail", { stream })).toMatchObject({ kind: "failure", failure: { kind: "rate_limited", status: 429, retryAfterMs: 7_000 } });
  });

  test("the caller's leaving ends the attempt", async () => {
    const { chat } = await partyOf(name);
    const leaving = new AbortController();
    const answer = await chat("stall", {}, leaving.signal);
    if (answer.kind !== "stream") throw new Error("expected a stream");
    const kinds: string[] = [];
    for await (const parts of answer.parts) {
      kinds.push(...parts.map((part) => part.kind));
      leaving.abort();
    }
    expect(kinds.at(-1)).toBe("failure");
    expect(await chat("speak", {}, leaving.signal)).toMatchObject({ kind: "failure" });
  });
});

describe.each(KINDS)("$name over HTTP", (kind) => {
  test("a reset before the answer, a page and an error event are failures of their own kind", async () => {
    const { chat } = await partyOf(kind.name);
    expect(await chat("reset")).toMatchObject({ kind: "failure", failure: { kind: "connection" } });
    expect(await chat("html", { stream: false })).toMatchObject({ kind: "failure", failure: { kind: "protocol" } });
    expect(storyOf(await partsOf(await chat("html")))).toMatchObject({ order: "failure", end: { kind: "protocol" } });
    expect(storyOf(await partsOf(await chat("error-event")))).toMatchObject({ order: expect.stringMatching(BROKEN) as string, end: { kind: "overloaded" } });
  });

  test("a whole answer to a request for a stream is told as a stream", async () => {
    const { chat } = await partyOf(kind.name);
    const story = storyOf(await partsOf(await chat("whole")));
    expect(story).toMatchObject({ order: "prelude content finish usage done", outputBytes: 5 });
    expect(choicesOf(framesOf(story))[0]).toMatchObject({ text: "hello", finish: ["stop"] });
  });

  test("streams one after the other share connections, and a stream that is left gives its own up", async () => {
    const { chat } = await partyOf(kind.name);
    const server = servers.at(-1);
    await partsOf(await chat("speak"));
    // The end of the body is read off after the last part: a moment later the connection is free for the next.
    const newConnections = async (): Promise<number> => {
      const before = server?.connections() ?? 0;
      await partsOf(await chat("speak"));
      return (server?.connections() ?? 0) - before;
    };
    await expect.poll(newConnections, { interval: 20 }).toBe(0);
    const left = await chat("stall");
    if (left.kind !== "stream") throw new Error("expected a stream");
    for await (const _ of left.parts) break;
    await server?.requests.at(-1)?.abandoned;
  });
});
