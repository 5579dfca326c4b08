/**
 * Every recorded answer, played back by a fake provider to the running server and read by the official SDKs at each of its
 * doors, says what it says when the provider's own SDK reads it from the provider: content, tool calls, finish reason, usage.
 * However its bytes were laid out and cut.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Anthropic } from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { OpenAI } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasOpenAiSpec, openAiSpec } from "@switchyard/testkit/openai-spec";
import { FAILURES } from "@switchyard/shared/kernel/failure";
import { freshDatabase, TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { PLAIN, startReplay, type Manner, type ReplayProvider } from "@switchyard/testkit/replay-provider";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import { readChat, readGoogle, readMessages, readResponses } from "./read.sdk.ts";
import { hasCollection, recordings, type Recorded } from "./recordings.fs.ts";
import type { Story } from "./story.ts";

const KEY = "sy-conformance-key-for-tests-1";
const all = hasCollection ? recordings() : [];
const kinds = [...new Set(all.map((one) => one.kind))];
/** Kinds that speak Responses themselves, of which these recordings are chats: at that door they are played by a provider that speaks chat alone. */
const SPEAK_RESPONSES: ReadonlySet<string> = new Set(["openai", "xai"]);
const CHAT_ONLY = "chat-only";
const modelAt = (door: string, { kind, name }: Recorded): string =>
  `${door === "responses" && SPEAK_RESPONSES.has(kind) ? `${CHAT_ONLY}-${kind}` : kind}/${name}`;

const MANNERS: readonly (readonly [string, Manner])[] = [
  ["cut between any two bytes", { ...PLAIN, cut: "bytes" }],
  ["with CRLF, comments and no final empty line", { lineEnd: "\r\n", comments: true, finalNewline: false, cut: "bytes" }],
  ["cut once, early", { ...PLAIN, cut: 0.13 }],
  ["cut once, late", { ...PLAIN, lineEnd: "\r\n", cut: 0.87 }],
];
/** Longer recordings are not sent byte by byte here: their states are those of the shorter ones, many times over. `pnpm conformance` does it. */
const BYTEWISE_BYTES_MAX = 60_000;
/** Set by `pnpm conformance`: every recording at every door, cut at every byte. Takes some minutes. */
const EVERY_BYTE = process.env["CONFORMANCE"] === "every-byte";
/** Pieces of this size begin at every byte once in as many runs; a prime, so that frames of like length are cut at other places each. */
const PIECE_BYTES = 97;

/** A stream's bytes are read by its provider's reader; the door behind it only matters where it reads them by itself. */
const NATIVE_DOORS: Readonly<Record<Recorded["wire"], Door | undefined>> = { openai: "responses", anthropic: "messages", google: undefined };

let replay: ReplayProvider;
let server: RunningServer;
let clean: () => Promise<void>;

beforeAll(async () => {
  if (!hasCollection) return;
  const [database, folder] = await Promise.all([freshDatabase(), mkdtemp(join(tmpdir(), "switchyard-conformance-"))]);
  replay = await startReplay(all);
  const price = { inputPerMillion: "1", cachedInputPerMillion: "0.5", cacheWritePerMillion: "1.25", outputPerMillion: "4" };
  const configFile = join(folder, "config.json");
  await writeFile(
    configFile,
    JSON.stringify({
      providers: [
        ...kinds.map((kind) => ({ name: kind, kind, as: kind })),
        ...[...SPEAK_RESPONSES].map((kind) => ({ name: `${CHAT_ONLY}-${kind}`, kind, as: "openai-compatible" })),
      ].map(({ name, kind, as }) => ({
        name,
        kind: as,
        baseUrl: replay.baseUrl(all.find((one) => one.kind === kind)?.wire ?? "openai"),
        apiKey: "recorded-provider-key",
        models: all
          .filter((one) => one.kind === kind)
          .map((one) => ({ id: one.name, contextWindow: 1_000_000, maxOutput: 60_000, capabilities: ["chat", "tools", "vision", "reasoning"], price })),
      })),
      workspaces: [{ name: "acme", credit: "1000.00", keys: [{ name: "ci", secret: KEY }] }],
    }),
  );
  server = await startServer({
    env: {
      DATABASE_URL: database.url,
      SECRET_KEY: TEST_SECRET_KEY,
      DATA_DIR: folder,
      CONFIG_FILE: configFile,
      ADMIN_PASSWORD: "an administrator's password",
      ALLOW_PRIVATE_UPSTREAMS: "true",
      LOG_LEVEL: "warn",
    },
  });
  clean = async () => {
    await server.stop();
    await replay.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
}, 60_000);
afterAll(() => clean?.());

/** What the recording says when the provider's own SDK reads it, undisturbed. */
function oracle(recording: Recorded, stream: boolean): Promise<Story> {
  const options = { apiKey: "recorded-provider-key", maxRetries: 0 };
  if (recording.wire === "anthropic") return readMessages(new Anthropic({ ...options, baseURL: replay.url }), recording.name, stream);
  if (recording.wire === "google") return readGoogle(new GoogleGenAI({ apiKey: options.apiKey, httpOptions: { baseUrl: replay.url } }), recording.name, stream);
  return readChat(new OpenAI({ ...options, baseURL: `${replay.url}/v1` }), recording.name, stream);
}

const DOORS = {
  chat: (model: string, stream: boolean) => readChat(new OpenAI({ apiKey: KEY, baseURL: `${server.url}/v1`, maxRetries: 0 }), model, stream),
  messages: (model: string, stream: boolean) => readMessages(new Anthropic({ apiKey: KEY, baseURL: server.url, maxRetries: 0 }), model, stream),
  responses: (model: string, stream: boolean) => readResponses(new OpenAI({ apiKey: KEY, baseURL: `${server.url}/v1`, maxRetries: 0 }), model, stream),
  generate: (model: string, stream: boolean) => readGoogle(new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: server.url } }), model, stream),
} as const;
type Door = keyof typeof DOORS;

async function through(door: Door, recording: Recorded, stream: boolean): Promise<Story> {
  return DOORS[door](modelAt(door, recording), stream);
}

/** Where a provider reported no usage, ours is an estimate, which is not nothing. */
const heard = (expected: Story): unknown =>
  expected.usage ? expected : { ...expected, usage: { prompt: expect.any(Number), cached: 0, completion: expect.any(Number) } };

describe.runIf(hasCollection).each(["chat", "messages", "responses", "generate"] as const)("the %s door", (door) => {
  test.each(all.filter((one) => one.whole).map((one) => [one.name, one] as const))("%s, whole", async (_name, recording) => {
    replay.manner = PLAIN;
    expect(await through(door, recording, false)).toEqual(heard(await oracle(recording, false)));
  });

  test.each(all.filter((one) => one.events ?? one.bytes).map((one) => [one.name, one] as const))("%s, streamed", async (_name, recording) => {
    replay.manner = PLAIN;
    const expected = heard(await oracle(recording, true));
    expect(await through(door, recording, true)).toEqual(expected);
    const bytes = (recording.events ?? []).join("").length;
    const isBytewise = bytes <= BYTEWISE_BYTES_MAX && (door === "chat" || door === NATIVE_DOORS[recording.wire]);
    for (const [manner, how] of MANNERS) {
      if (how.cut === "bytes" && !isBytewise) continue;
      replay.manner = how;
      expect(await through(door, recording, true), manner).toEqual(expected);
    }
  });
});

/** On a machine that does other work, too, the ledger may not promise in time; such a call was refused before it was sent, and is asked again. */
async function patiently(door: Door, recording: Recorded): Promise<Story> {
  for (let tries = 0; ; tries++) {
    try {
      return await through(door, recording, true);
    } catch (error) {
      if (tries === 20 || !String(error).includes(FAILURES.service_unavailable.publicText)) throw error;
      await new Promise((next) => setTimeout(next, 1_000));
    }
  }
}

describe.runIf(hasCollection && EVERY_BYTE)("cut at every byte", () => {
  const streams = all.filter((one) => one.events ?? one.bytes);
  const doors = ["chat", "messages", "responses", "generate"] as const;
  const expected = new Map<string, unknown>();
  beforeAll(async () => {
    replay.manner = PLAIN;
    for (const recording of streams) expected.set(recording.name, heard(await oracle(recording, true)));
  }, 120_000);

  test.each(Array.from({ length: PIECE_BYTES }, (_, first) => first))(
    "in pieces that begin at byte %i",
    async (first) => {
      replay.manner = { ...PLAIN, cut: { first, size: PIECE_BYTES, pauseMs: 1 } };
      await Promise.all(
        streams.flatMap((recording) =>
          doors.map(async (door) => expect(await patiently(door, recording), `${recording.name} at ${door}`).toEqual(expected.get(recording.name))),
        ),
      );
    },
    300_000,
  );

  test.each(streams.filter((one) => (one.events ?? []).join("").length > BYTEWISE_BYTES_MAX).map((one) => [one.name, one] as const))(
    "%s, long, between any two bytes",
    async (_name, recording) => {
      for (const [manner, how] of MANNERS.filter(([, { cut }]) => cut === "bytes")) {
        replay.manner = how;
        await Promise.all(doors.map(async (door) => expect(await patiently(door, recording), `${manner}, at ${door}`).toEqual(expected.get(recording.name))));
      }
    },
    600_000,
  );
});

/** The JSON of every frame but the last, `[DONE]`, which is not one. */
const framesIn = (text: string): readonly unknown[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)) as unknown);

describe.runIf(hasCollection && hasOpenAiSpec).each([
  [
    "chat completions",
    "/v1/chat/completions",
    "CreateChatCompletionResponse",
    "CreateChatCompletionStreamResponse",
    { messages: [{ role: "user", content: "Hi" }] },
  ],
  ["responses", "/v1/responses", "Response", "ResponseStreamEvent", { input: "Hi" }],
] as const)("%s, as OpenAI describes them", (_door, path, wholeSchema, frameSchema, ask) => {
  // Reading the description takes a few seconds, in which connections would grow cold.
  beforeAll(() => void openAiSpec().faultsOf(wholeSchema, {}), 60_000);

  const post = async (recording: Recorded, stream: boolean): Promise<string> => {
    replay.manner = PLAIN;
    const answer = await fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        ...ask,
        model: modelAt(path.slice("/v1/".length), recording),
        stream,
        ...(stream && path.includes("chat") ? { stream_options: { include_usage: true } } : {}),
      }),
    });
    expect(answer.status).toBe(200);
    return answer.text();
  };

  test.each(all.filter((one) => one.whole).map((one) => [one.name, one] as const))("%s, whole", async (_name, recording) => {
    expect(openAiSpec().faultsOf(wholeSchema, JSON.parse(await post(recording, false)))).toEqual([]);
  });

  test.each(all.filter((one) => one.events ?? one.bytes).map((one) => [one.name, one] as const))("%s, streamed", async (_name, recording) => {
    const frames = framesIn(await post(recording, true));
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect(openAiSpec().faultsOf(frameSchema, frame), JSON.stringify(frame).slice(0, 400)).toEqual([]);
  });
});
