/** A provider for measuring, in its own process: answers from ready bytes on bare sockets and counts what it sent. */
import { createServer, type Socket } from "node:net";
import { BURSTS_WORDS } from "./measure.ts";
import { USAGE_STREAM, USAGE_WHOLE } from "./usage.ts";

const FRAMES = 100;
/** In bursts, frames come as a provider tells them that has many at hand. */
const BURSTS_PER_STREAM = 4;
const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");

const tally = { whole: 0, streams: 0, usageTold: 0, aborted: 0 };
const base = { id: "chatcmpl-bench", created: 1_790_000_000, model: "bench-model" };

function whole(): Buffer {
  const body = JSON.stringify({
    ...base,
    object: "chat.completion",
    choices: [
      { index: 0, message: { role: "assistant", content: "A short answer, as a model would give it.", refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: { ...USAGE_WHOLE, total_tokens: USAGE_WHOLE.prompt_tokens + USAGE_WHOLE.completion_tokens },
  });
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: keep-alive\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

/** The parts of a stream, each ready for one write. */
function stream(withUsage: boolean, inBursts: boolean): readonly Buffer[] {
  const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const chunk = (delta: unknown, finish_reason: string | null = null) =>
    frame({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  const frames = [
    chunk({ role: "assistant", content: "" }),
    ...Array.from({ length: FRAMES }, (_, index) => chunk({ content: ` word${index}` })),
    chunk({}, "stop"),
  ];
  if (withUsage)
    frames.push(
      frame({
        ...base,
        object: "chat.completion.chunk",
        choices: [],
        usage: { ...USAGE_STREAM, total_tokens: USAGE_STREAM.prompt_tokens + USAGE_STREAM.completion_tokens },
      }),
    );
  frames.push("data: [DONE]\n\n");
  const size = inBursts ? Math.ceil(frames.length / BURSTS_PER_STREAM) : 1;
  const parts = Array.from({ length: Math.ceil(frames.length / size) }, (_, index) => {
    const text = frames.slice(index * size, (index + 1) * size).join("");
    return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  });
  parts[0] = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n${parts[0] ?? ""}`;
  parts[parts.length - 1] += "0\r\n\r\n";
  return parts.map((part) => Buffer.from(part));
}

const WHOLE = whole();
const STREAMS = { frames: { plain: stream(false, false), usage: stream(true, false) }, bursts: { plain: stream(false, true), usage: stream(true, true) } };

function writeStream(socket: Socket, parts: readonly Buffer[], index = 0): void {
  const part = parts[index];
  if (part === undefined) {
    tally.streams += 1;
    if (parts === STREAMS.frames.usage || parts === STREAMS.bursts.usage) tally.usageTold += 1;
    return;
  }
  if (socket.destroyed) return void (tally.aborted += 1);
  socket.write(part);
  setImmediate(writeStream, socket, parts, index + 1);
}

function answer(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith("GET /tally")) {
    const text = JSON.stringify(tally);
    return void socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: keep-alive\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
  }
  if (/"stream":\s*true/u.test(body.toString("latin1"))) {
    const streams = body.includes(BURSTS_WORDS) ? STREAMS.bursts : STREAMS.frames;
    return writeStream(socket, body.includes('"include_usage":true') ? streams.usage : streams.plain);
  }
  tally.whole += 1;
  tally.usageTold += 1;
  socket.write(WHOLE);
}

/** The length of the request at the front of `bytes`, or undefined while it is not whole. */
function requestEnd(bytes: Buffer, headEnd: number, head: string): number | undefined {
  const declared = /\r\ncontent-length: *(\d+)/iu.exec(head)?.[1];
  if (declared !== undefined) return headEnd + Number(declared) <= bytes.length ? headEnd + Number(declared) : undefined;
  if (!/\r\ntransfer-encoding: *chunked/iu.test(head)) return headEnd;
  const last = bytes.indexOf(LAST_CHUNK, headEnd - 2);
  return last < 0 ? undefined : last + LAST_CHUNK.length;
}

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("error", () => socket.destroy()); // A client that leaves is its own affair.
  socket.on("data", (bytes: Buffer) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    for (;;) {
      const at = pending.indexOf(HEAD_END);
      if (at < 0) return;
      const head = pending.toString("latin1", 0, at);
      const end = requestEnd(pending, at + HEAD_END.length, head);
      if (end === undefined) return;
      const body = pending.subarray(at + HEAD_END.length, end);
      pending = pending.subarray(end);
      answer(socket, head, body);
    }
  });
});
server.listen(0, "127.0.0.1", 4_096, () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});
process.once("disconnect", () => process.exit());
