/** Forms as no well-behaved client sends them: each is refused early, by name, and leaves nothing behind. */
import { readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { wavOf, wavOfSeconds } from "@switchyard/testkit/sound";
import { KEYS } from "./gateway-harness.process.ts";
import { mediaConfig } from "./media-config.ts";
import { residentBytes } from "./process-figures.fs.ts";
import { rawExchange, type RawOptions } from "./raw-client.http.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway({ SPOOL_BYTES_MAX: String(64 * 1024 * 1024) }, mediaConfig);

const PATH = "/v1/audio/transcriptions";
const wav = wavOfSeconds(1);
const field = (name: string, value: string): string => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const fileHead = (name = "file", filename = "a.wav"): string =>
  `--b\r\ncontent-disposition: form-data; name="${name}"; filename="${filename}"\r\ncontent-type: application/octet-stream\r\n\r\n`;
const END = "\r\n--b--\r\n";
const form = (...parts: readonly (string | Buffer)[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)));
const good = form(field("model", "whisper-1"), fileHead(), wav, END);

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly closed: boolean;
  readonly milliseconds: number;
}

interface Sending {
  readonly type?: string;
  readonly length?: number | "chunked";
  /** The server may keep the connection. */
  readonly keep?: boolean;
  readonly options?: RawOptions;
}

async function send(body: Buffer, { type = "multipart/form-data; boundary=b", length, keep = false, options = {} }: Sending = {}): Promise<Answer> {
  const size = length === "chunked" ? "transfer-encoding: chunked" : `content-length: ${length ?? body.length}`;
  const head = `POST ${PATH} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: ${type}\r\n${size}\r\n${keep ? "" : "connection: close\r\n"}\r\n`;
  const { answers, closed, milliseconds } = await rawExchange(gateway.server.port, Buffer.concat([Buffer.from(head), body]), { limitMs: 30_000, ...options });
  const [answer] = answers;
  const { error } =
    answer?.body === undefined || answer.body === "" ? { error: undefined } : (JSON.parse(answer.body) as { error?: { code: string; param: string | null } });
  return { status: answer?.status ?? 0, code: error?.code, param: error?.param ?? undefined, closed, milliseconds };
}

/** Names of open files of the program that lie where uploads do. */
async function openUploads(): Promise<number> {
  const folder = `/proc/${gateway.server.pid}/fd`;
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => "")));
  return links.filter((link) => link.includes("/spool/")).length;
}

async function bytesOfOpenUploads(): Promise<number> {
  const folder = `/proc/${gateway.server.pid}/fd`;
  const sizes = (await readdir(folder)).map(async (fd) => {
    const link = await readlink(join(folder, fd)).catch(() => ""); // closed meanwhile
    return link.includes("/spool/") ? (await stat(join(folder, fd))).size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test("a good form passes, its fields before the file or after it", async () => {
  expect((await send(good)).status).toBe(200);
  const after = form(fileHead(), wav, `\r\n${field("model", "whisper-1")}--b--\r\n`);
  expect((await send(after)).status).toBe(200);
});

describe("refused", () => {
  test.each<[string, Buffer, Parameters<typeof send>[1], Partial<Answer>]>([
    ["JSON", Buffer.from("{}"), { type: "application/json" }, { status: 415, code: "unsupported_media_type" }],
    ["no boundary", good, { type: "multipart/form-data" }, { status: 400, code: "invalid_request" }],
    ["another boundary than is used", good, { type: "multipart/form-data; boundary=c" }, { status: 400 }],
    ["an end within the file", good.subarray(0, good.length - END.length), {}, { status: 400, code: "invalid_request" }],
    ["an end within the headers of a part", form(field("model", "whisper-1"), "--b\r\ncontent-disposition: form-da"), {}, { status: 400 }],
    ["no file", form(field("model", "whisper-1"), "--b--\r\n"), {}, { status: 400, param: "file" }],
    ["an empty file", form(field("model", "whisper-1"), fileHead(), END), {}, { status: 400, param: "file" }],
    ["no model", form(fileHead(), wav, END), {}, { status: 400, param: "model" }],
    [
      "a file that is no sound",
      form(field("model", "whisper-1"), fileHead("file", "song.mp3"), "this is only text, whatever its name says", END),
      {},
      { status: 400, param: "file" },
    ],
    [
      "a zip called m4a",
      form(field("model", "whisper-1"), fileHead("file", "a.m4a"), Buffer.from("504b0304140000000800", "hex"), Buffer.alloc(4_000), END),
      {},
      { status: 400, param: "file" },
    ],
    ["a file under another name", form(field("model", "whisper-1"), fileHead("sound"), wav, END), {}, { status: 400, param: "sound" }],
    ["two files", form(field("model", "whisper-1"), fileHead(), wav, "\r\n", fileHead(), wav, END), {}, { status: 400 }],
    ["a file in place of a field", form(fileHead("model"), "whisper-1\r\n", fileHead(), wav, END), {}, { status: 400, param: "model" }],
    ["a field in place of the file", form(field("model", "whisper-1"), field("file", "x"), "--b--\r\n"), {}, { status: 400, param: "file" }],
    ["a field twice", form(field("model", "whisper-1"), field("model", "tts-1"), fileHead(), wav, END), {}, { status: 400, param: "model" }],
    ["a hundred thousand parts", form(...Array.from({ length: 100_000 }, (_, at) => field(`f${at}`, "x")), "--b--\r\n"), {}, { status: 400 }],
    ["a part header of a megabyte", form(`--b\r\ncontent-disposition: form-data; name="${"x".repeat(1_000_000)}"\r\n\r\nx\r\n--b--\r\n`), {}, { status: 400 }],
    ["a field of two megabytes", form(field("prompt", "x".repeat(2_000_000)), "--b--\r\n"), {}, { status: 413 }],
    ["a number that is none", form(field("model", "whisper-1"), field("temperature", "warm"), fileHead(), wav, END), {}, { status: 400, param: "temperature" }],
    [
      "an unknown format",
      form(field("model", "whisper-1"), field("response_format", "docx"), fileHead(), wav, END),
      {},
      { status: 400, param: "response_format" },
    ],
    [
      "a field that would choose the provider",
      form(field("model", "whisper-1"), field("base_url", "http://a"), fileHead(), wav, END),
      {},
      { status: 400, param: "base_url" },
    ],
    ["a prototype", form(field("model", "whisper-1"), field("__proto__", "x"), field("constructor", "x"), "--b--\r\n"), {}, { status: 400 }],
  ])("%s", async (_what, body, how, expected) => {
    expect(await send(body, how)).toMatchObject(expected);
    await expect.poll(openUploads).toBe(0);
    expect(gateway.main.tally.requests).toBe(0);
  });

  test("a length beyond the limit, before a byte of it is read", async () => {
    const answer = await send(Buffer.from("--b\r\n"), { length: 200 * 1024 * 1024, keep: true });
    expect(answer).toMatchObject({ status: 413, closed: true });
    expect(answer.milliseconds).toBeLessThan(15_000); // the rest of the body was never to come
  });

  test("a file beyond the limit, as soon as it is, without a length as well", async () => {
    const chunk = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
    const megabyte = chunk(Buffer.alloc(1024 * 1024));
    const answer = await send(chunk(form(field("model", "whisper-1"), fileHead())), {
      length: "chunked",
      keep: true,
      options: {
        more: (socket) => {
          const write = (): void => {
            if (!socket.destroyed) socket.write(megabyte, () => setImmediate(write));
          };
          write();
        },
      },
    });
    expect(answer).toMatchObject({ status: 413, closed: true });
    await expect.poll(openUploads).toBe(0);
  });

  test("names of files never reach the disk or a provider", async () => {
    for (const name of ["../../../etc/cron.d/x", "a\\..\\b.wav", "; rm -rf /", "x\u0000.wav"]) {
      expect((await send(form(field("model", "whisper-1"), fileHead("file", name), wav, END))).status).toBe(200);
    }
    expect(gateway.main.tally.calls.flatMap((call) => call.files.map((file) => file.filename))).toEqual(Array.from({ length: 4 }, () => "sound.wav"));
    expect(await readdir(join(gateway.dataDir, "spool"))).toEqual([]);
  });
});

test("a client that leaves in the middle of its upload leaves nothing, and one that leaves later ends the provider's connection", async () => {
  await rawExchange(gateway.server.port, "", {
    limitMs: 300,
    more: (socket) =>
      void socket.write(
        Buffer.concat([
          Buffer.from(
            `POST ${PATH} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 9000000\r\n\r\n`,
          ),
          form(field("model", "whisper-1"), fileHead(), wavOf(200_000)),
        ]),
      ),
  });
  await expect.poll(openUploads).toBe(0);
  expect(gateway.main.tally.requests).toBe(0);
  gateway.main.next({ kind: "text", text: "never", fault: { kind: "stall", at: "before-headers" } });
  const leave = new AbortController();
  const body = new FormData();
  body.set("model", "whisper-1");
  body.set("file", new Blob([wav]), "a.wav");
  const asked = fetch(`${gateway.url}${PATH}`, { method: "POST", headers: { authorization: `Bearer ${KEYS.acme}` }, body, signal: leave.signal });
  asked.catch(() => undefined);
  await gateway.main.until((tally) => tally.requests === 1);
  leave.abort();
  await gateway.main.until((tally) => tally.aborted === 1);
  await gateway.settled();
  await expect.poll(openUploads).toBe(0);
});

test("uploads that would fill the disk are asked to come back, and the next one passes", async () => {
  // Two that wait for the rest of their bodies hold 48 MiB of the 64 that are allowed.
  const waiting = Array.from({ length: 2 }, () => {
    const leave = new AbortController();
    const begun = Buffer.concat([form(field("model", "whisper-1"), fileHead()), wavOf(24 * 1024 * 1024)]);
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(begun) });
    const headers = { authorization: `Bearer ${KEYS.acme}`, "content-type": "multipart/form-data; boundary=b" };
    fetch(`${gateway.url}${PATH}`, { method: "POST", headers, body, duplex: "half", signal: leave.signal } as RequestInit).catch(() => undefined);
    return leave;
  });
  await expect.poll(bytesOfOpenUploads).toBeGreaterThanOrEqual(2 * 24 * 1024 * 1024);
  const large = form(field("model", "whisper-1"), fileHead(), wavOf(20 * 1024 * 1024), END);
  expect(await send(large)).toMatchObject({ status: 503 });
  for (const leave of waiting) leave.abort();
  await expect.poll(openUploads).toBe(0);
  expect((await send(large)).status).toBe(200);
});

test("25 MiB of sound pass with flat memory", async () => {
  const megabytes = (): number => residentBytes(gateway.server.pid) / 1024 / 1024;
  const body = form(field("model", "whisper-1"), fileHead(), wavOf(25 * 1024 * 1024 - 64), END);
  await send(good);
  const before = megabytes();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, megabytes())), 20);
  for (let round = 0; round < 4; round++) expect((await send(body)).status).toBe(200);
  clearInterval(timer);
  // Four of them are 100 MiB; garbage not yet collected counts too.
  expect(most - before).toBeLessThan(75);
});
