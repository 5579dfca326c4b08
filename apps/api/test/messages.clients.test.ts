/** Every recorded request of Anthropic's clients, sent as it was recorded, to targets of different kinds: answered, or refused as documented. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFakeGoogle } from "@switchyard/testkit/fake-google";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { KEYS, startGateway, testConfig, withGoogle, type Gateway } from "./gateway-harness.process.ts";

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | null;
}

const FOLDER = new URL("../../../../shared/fixtures/clients/", import.meta.url).pathname;
const recordings = ["anthropic-sdk", "anthropic-threads", "claude-code"].flatMap((client) => globSync(join(FOLDER, client, "*.json")).toSorted());
if (!existsSync(FOLDER)) console.warn(`left out: recorded client requests, which are not at ${FOLDER}`);

let gateway: Gateway;
let google: FakeProvider;
beforeAll(async () => {
  google = await startFakeGoogle();
  gateway = await startGateway({}, (...fakes) => withGoogle(testConfig(...fakes), google));
});
afterAll(async () => {
  await gateway?.close();
  await google?.close();
});

/** Headers that belong to the recording's own connection. */
const OF_CONNECTION = /^(?:host|connection|content-length|accept-encoding|authorization|x-api-key)$/i;

async function replay(file: string, model: string): Promise<Response> {
  const { method, path, query, headers, body } = JSON.parse(readFileSync(file, "utf8")) as Recorded;
  // Long values were cut in the recording, and the mark of the cut is no character of a header.
  const own = Object.entries(headers).flatMap(([name, value]) => (OF_CONNECTION.test(name) ? [] : [[name, value.replaceAll(/[^\x20-\x7e]/g, "")]]));
  const withKey = "x-api-key" in headers ? { "x-api-key": KEYS.acme } : { authorization: `Bearer ${KEYS.acme}` };
  const search = new URLSearchParams(query).toString();
  const target = path.replace(/^(\/v1\/models\/).+/, `$1${encodeURIComponent(model)}`);
  return fetch(`${gateway.url}${target}${search === "" ? "" : `?${search}`}`, {
    method,
    headers: { ...Object.fromEntries(own), ...(method === "HEAD" ? {} : withKey) },
    ...(body === null ? {} : { body: JSON.stringify({ ...body, model }) }),
  });
}

interface Event {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Read as strictly as the SDK does: a frame without its event's name is none. */
const eventsOf = (text: string): Event[] =>
  text
    .split("\n\n")
    .filter((frame) => frame !== "" && !frame.startsWith(":"))
    .map((frame) => {
      const match = /^event: (\w+)\ndata: (\{.*\})$/.exec(frame);
      if (!match) throw new Error(`not a frame of Anthropic's: ${frame}`);
      return { event: match[1] ?? "", data: JSON.parse(match[2] ?? "") as Record<string, unknown> };
    });

function expectWholeStream(text: string): void {
  const events = eventsOf(text);
  const names = events.map((one) => one.event).filter((name) => name !== "ping");
  expect(names[0]).toBe("message_start");
  expect(names.slice(-2)).toEqual(["message_delta", "message_stop"]);
  expect(names.filter((name) => name === "message_start")).toHaveLength(1);
  let open: number | undefined;
  let next = 0;
  for (const { event, data } of events) {
    expect(data["type"]).toBe(event);
    if (event === "content_block_start") {
      expect({ open, index: data["index"] }).toEqual({ open: undefined, index: next });
      open = next;
      next += 1;
    } else if (event === "content_block_delta") expect(data["index"]).toBe(open);
    else if (event === "content_block_stop") {
      expect(data["index"]).toBe(open);
      open = undefined;
    }
  }
  expect(next).toBeGreaterThan(0);
  const usage = { input_tokens: expect.any(Number), output_tokens: expect.any(Number) };
  expect(events[0]?.data).toMatchObject({ message: { content: [], usage } });
  expect(events.find((one) => one.event === "message_delta")?.data).toMatchObject({
    delta: { stop_reason: "end_turn" },
    usage: { input_tokens: 10, output_tokens: 5, cost: expect.stringMatching(/^0\.0/) },
  });
}

describe.skipIf(recordings.length === 0).each([
  ["an OpenAI target", "main/gpt-4o-mini"],
  ["an OpenAI-compatible target", "spare/spare-large"],
  ["an Anthropic target", "claude/claude-sonnet-4-5"],
  ["a Google target", "gemini/gemini-3-pro"],
  ["the group of all three", "three"],
])("%s", (_name, model) => {
  test.each(recordings.map((file) => [join(basename(dirname(file)), basename(file, ".json")), file]))("answers %s", async (_title, file) => {
    const { path, body, headers } = JSON.parse(readFileSync(file, "utf8")) as Recorded;
    const answer = await replay(file, model);
    const text = await answer.text();
    expect(answer.headers.get("request-id")).toBe(answer.headers.get("x-request-id"));
    if (body && "thread" in body) {
      expect(answer.status).toBe(400);
      expect(JSON.parse(text)).toEqual({
        type: "error",
        error: {
          type: "invalid_request_error",
          message: expect.stringContaining("thread"),
          details: { error_code: "thread_unsupported_request", unsupported: ["thread"] },
        },
        request_id: answer.headers.get("request-id"),
      });
      return;
    }
    expect({ status: answer.status, text: answer.ok ? "" : text }).toEqual({ status: 200, text: "" });
    if (path === "/") return;
    if (path.startsWith("/v1/models")) {
      expect(headers["anthropic-version"]).toBeDefined();
      const listed = JSON.parse(text) as Record<string, unknown>;
      if (path === "/v1/models") expect(listed).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ type: "model" })]), has_more: false });
      else expect(listed).toMatchObject({ type: "model", id: model });
      return;
    }
    if (path.endsWith("/count_tokens")) {
      expect(JSON.parse(text)).toEqual({ input_tokens: expect.any(Number) });
      return;
    }
    if (body?.["stream"] === true) return expectWholeStream(text);
    expect(JSON.parse(text)).toMatchObject({
      id: answer.headers.get("x-generation-id"),
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "Hello from the fake provider." }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 5, cost: expect.any(String) },
    });
  });
});

test("fourteen counts at once are answered by a key of five requests a minute", async () => {
  const body = { model: "pool", messages: [{ role: "user", content: "foo" }], tools: [] };
  const counts = await Promise.all(
    Array.from({ length: 14 }, () => gateway.post("/v1/messages/count_tokens?beta=true", body, { authorization: `Bearer ${KEYS.limited}` })),
  );
  expect(counts.map((one) => one.status)).toEqual(Array.from({ length: 14 }, () => 200));
});
