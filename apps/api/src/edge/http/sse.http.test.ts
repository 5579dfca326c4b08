/** The writer over a real socket: the client's pace, a client that takes nothing, and comments in silence. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { PING_FRAME } from "../dialects/messages/frame.ts";
import { SseWriter } from "./sse.http.ts";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A connection whose answer the test writes. */
async function open(options: { keepAliveMs: number; stalledMs: number }, keepAlive?: string): Promise<{ sse: SseWriter; res: ServerResponse; client: Socket }> {
  const answering = Promise.withResolvers<ServerResponse>();
  const server: Server = createServer((_req, res) => answering.resolve(res));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const client = connect(address.port, "127.0.0.1");
  closing.push(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  client.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const res = await answering.promise;
  return { sse: new SseWriter(res, options, keepAlive), res, client };
}

const PIECE = Buffer.alloc(64 * 1024, "x");

test("a client that takes nothing holds the writer back, and is dropped when it goes on too long", async () => {
  const { sse, res, client } = await open({ keepAliveMs: 10_000, stalledMs: 300 });
  client.pause();
  sse.open({});
  let written = 0;
  const started = performance.now();
  while (await sse.write(PIECE)) written += PIECE.length;
  expect(performance.now() - started).toBeGreaterThan(250);
  expect(res.destroyed).toBe(true);
  // What the kernel's buffers and one high-water mark take, and no more.
  expect(written).toBeLessThan(32 * 1024 * 1024);
  expect(await sse.write("late")).toBe(false);
  sse.stop();
});

test("a client that only pauses gets everything in order", async () => {
  const { sse, client } = await open({ keepAliveMs: 10_000, stalledMs: 5_000 });
  const got: Buffer[] = [];
  client.on("data", (bytes) => got.push(bytes));
  client.pause();
  sse.open({});
  setTimeout(() => client.resume(), 150);
  for (let at = 0; at < 200; at++) expect(await sse.write(`data: ${String(at).padStart(6, "0")}${"y".repeat(50_000)}\n\n`)).toBe(true);
  sse.end("data: [DONE]\n\n");
  while (!Buffer.concat(got).includes("[DONE]")) await sleep(10);
  const seen = [
    ...Buffer.concat(got)
      .toString()
      .matchAll(/data: (\d{6})/g),
  ].map((match) => Number(match[1]));
  expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => at));
});

test("in silence comments are sent, the head with the first of them", async () => {
  const { sse, client } = await open({ keepAliveMs: 50, stalledMs: 5_000 });
  let text = "";
  client.on("data", (bytes) => (text += bytes.toString()));
  await expect.poll(() => text.split(": keep-alive").length).toBeGreaterThan(3);
  expect(text).toContain("200 OK");
  sse.end();
});

test("a wire that has a frame of its own for silence sends that", async () => {
  const { sse, client } = await open({ keepAliveMs: 50, stalledMs: 5_000 }, PING_FRAME);
  let text = "";
  client.on("data", (bytes) => (text += bytes.toString()));
  await expect.poll(() => text.split('event: ping\ndata: {"type":"ping"}\n\n').length).toBeGreaterThan(2);
  expect(text).not.toContain("keep-alive\n\n");
  sse.end();
});
