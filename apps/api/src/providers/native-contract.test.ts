/** What every wire that passes bytes on has to do over the network, each with a provider that answers in it. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { PROVIDER_KINDS, type ProviderKind } from "@switchyard/shared/domain/catalog";
import { httpAdapter } from "./http-adapter.http.ts";
import { fieldsOf, type Fields } from "./openai-dialect/fields.ts";
import type { AttemptAnswer, StreamPart } from "./provider.ts";
import { createRegistry } from "./registry.ts";
import { localServer, type LocalServer } from "./testing/local-server.http.ts";
import { nativeAsk, sse } from "./testing/native-story.ts";
import { linesOf, recorded } from "./testing/recordings.fs.ts";
import { storyOf } from "./testing/stream-story.ts";
import { createTransport } from "./transport.http.ts";

const transport = createTransport({ allowPrivateAddresses: true });
const servers: LocalServer[] = [];
afterAll(() => Promise.all([transport.close(), ...servers.map((server) => server[Symbol.asyncDispose]())]));
const registry = createRegistry({
  overHttp: (wires) => httpAdapter(wires, transport),
  sandbox: { wordMs: 1, sleep: (ms, signal) => sleep(ms, undefined, { signal }) },
});
const timeouts = { connectMs: 2_000, firstByteMs: 5_000, idleMs: 600 };

interface Native {
  readonly operation: "messages" | "responses";
  readonly lines: readonly string[];
  readonly errorEvent: Fields;
  readonly whole: Fields;
}
const NATIVES: readonly Native[] = [
  {
    operation: "messages",
    lines: linesOf(recorded("anthropic/fixtures/text.chunks.txt")),
    errorEvent: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    whole: { id: "m", type: "message", content: [{ type: "text", text: "hello" }], stop_reason: "end_turn", usage: { input_tokens: 3, output_tokens: 1 } },
  },
  {
    operation: "responses",
    lines: linesOf(recorded("openai-dialect/fixtures/responses.chunks.txt")),
    errorEvent: { type: "error", code: "server_is_overloaded", message: "Our servers are currently overloaded." },
    whole: {
      id: "r",
      object: "response",
      status: "completed",
      output: [{ type: "message", content: [{ type: "output_text", text: "hello" }] }],
      usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
    },
  },
];
/** Each kind with each of these operations that it speaks. */
const pairs = PROVIDER_KINDS.flatMap((kind) =>
  NATIVES.filter(({ operation }) => registry(kind).speaks(operation)).map((native) => [kind, native.operation, native] as const),
);

function act(deed: string, { lines, errorEvent, whole }: Native, response: ServerResponse, isStream: boolean): void {
  if (deed === "fail")
    return void response
      .writeHead(429, { "retry-after": "7", "content-type": "application/json" })
      .end('{"error":{"type":"rate_limit_error","message":"slow down"}}');
  if (deed === "html") return void response.writeHead(200, { "content-type": "text/html" }).end("<html></html>");
  if (deed === "reset") return void response.socket?.resetAndDestroy();
  if (!isStream) return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const most = sse(lines.slice(0, Math.ceil(lines.length * 0.75)));
  if (deed === "stall") return void response.write(most);
  if (deed === "cut") return void response.end(most);
  if (deed === "error-event") return void response.end(Buffer.concat([most, sse([JSON.stringify(errorEvent)])]));
  response.end(sse(lines));
}

async function partyOf(kind: ProviderKind, native: Native) {
  const server = await localServer((response, { body }) => act(/deed:([a-z-]+)/.exec(body)?.[1] ?? "", native, response, body.includes('"stream":true')));
  servers.push(server);
  const endpoint = { baseUrl: server.url, apiKey: "secret-key", headers: {} };
  const request = (deed: string): Fields =>
    native.operation === "messages" ? { messages: [{ role: "user", content: `deed:${deed}` }] } : { input: `deed:${deed}` };
  const ask = (deed: string, stream = true): Promise<AttemptAnswer> =>
    registry(kind).ask(nativeAsk(native.operation, request(deed), { stream }), endpoint, timeouts, new AbortController().signal);
  return { ask, server };
}

async function storyIn(answer: AttemptAnswer) {
  if (answer.kind !== "stream") throw new Error(`expected a stream, got ${JSON.stringify(answer)}`);
  const parts: StreamPart[] = [];
  for await (const some of answer.parts) parts.push(...some);
  return storyOf(parts);
}

test("Anthropic speaks Messages; OpenAI, xAI and some compatible servers speak Responses", () => {
  expect(pairs.map(([kind, operation]) => `${kind} ${operation}`).toSorted()).toEqual([
    "anthropic messages",
    "openai responses",
    "openai-compatible responses",
    "xai responses",
  ]);
});

describe.each(pairs)("%s %s", (kind, _operation, native) => {
  test("streams announcements, content, usage, one finish and the end, the key in a header only", async () => {
    const { ask, server } = await partyOf(kind, native);
    const story = await storyIn(await ask("speak"));
    expect(story).toMatchObject({ end: "done", finishes: [expect.any(String)] });
    expect(story.order).toMatch(/^prelude (?:content (?:usage )?)+finish done$/);
    expect(story.usage).toBeDefined();
    expect(server.requests[0]?.body).not.toContain("secret-key");
    expect(JSON.stringify(server.requests[0]?.headers)).toContain("secret-key");
  });

  test("answers whole under our id", async () => {
    const { ask } = await partyOf(kind, native);
    expect(await ask("speak", false)).toMatchObject({
      kind: "reply",
      reply: { body: { ...native.whole, id: "gen_test" }, outputBytes: 5, finishReason: "stop" },
    });
  });

  test.each([
    ["cut", /^(?:incomplete|connection)$/],
    ["stall", /^timeout$/],
    ["error-event", /^overloaded$/],
  ])("%s after content is a failure, with no word of its own in the frames", async (deed, expected) => {
    const { ask } = await partyOf(kind, native);
    const story = await storyIn(await ask(deed));
    expect(story.order).toMatch(/^prelude (?:content (?:usage )?)+failure$/);
    expect(fieldsOf(story.end)?.["kind"]).toMatch(expected);
    expect(story.prelude + story.content).not.toContain("event: error");
  });

  test("refusals, pages and resets are failures of their own kind", async () => {
    const { ask } = await partyOf(kind, native);
    for (const stream of [true, false])
      expect(await ask("fail", stream)).toMatchObject({ failure: { kind: "rate_limited", status: 429, retryAfterMs: 7_000 } });
    expect(await ask("reset")).toMatchObject({ failure: { kind: "connection" } });
    expect(await storyIn(await ask("html"))).toMatchObject({ order: "failure", end: { kind: "protocol" } });
    expect(await ask("html", false)).toMatchObject({ failure: { kind: "protocol" } });
  });
});
