/** Each mode of the proxy does to a real connection what its name says, and passing again heals it. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";

let echo: Server;
let proxy: FaultProxy;
const opened: Socket[] = [];

beforeEach(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const address = echo.address();
  proxy = await startFaultProxy({ port: typeof address === "object" && address ? address.port : 0 });
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await proxy.close();
  await new Promise((done) => echo.close(done));
});

interface Line {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly pieces: () => number;
  readonly failure: Promise<string>;
  hears(text: string): Promise<void>;
}

async function dial(): Promise<Line> {
  const socket = connect({ host: proxy.host, port: proxy.port, noDelay: true });
  opened.push(socket);
  let heard = "";
  let pieces = 0;
  const listening = new Set<() => void>();
  socket.on("data", (bytes: Buffer) => {
    heard += bytes.toString();
    pieces += 1;
    listening.forEach((check) => check());
  });
  const failure = new Promise<string>((done) => socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message)));
  await Promise.race([once(socket, "connect"), failure.then((code) => Promise.reject(new Error(code)))]);
  const hears = (text: string): Promise<void> =>
    new Promise((done) => {
      const check = (): void => {
        if (heard === text) done();
      };
      listening.add(check);
      check();
    });
  return { socket, heard: () => heard, pieces: () => pieces, failure, hears };
}

it("passes bytes both ways and ends with the one who ends", async () => {
  const line = await dial();
  line.socket.end("hello");
  await once(line.socket, "end");
  expect(line.heard()).toBe("hello");
});

it("refuses connections at once, resets open ones, and listens on the same port afterwards", async () => {
  const open = await dial();
  open.socket.write("x");
  await open.hears("x");
  await proxy.set({ kind: "refuse" });
  expect(await open.failure).toBe("ECONNRESET");
  await expect(dial()).rejects.toThrow(/ECONNREFUSED/u);
  await proxy.set({ kind: "pass" });
  const again = await dial();
  again.socket.write("y");
  await again.hears("y");
});

it("swallows everything as a black hole, and delivers it when the network is back", async () => {
  await proxy.set({ kind: "blackhole" });
  const line = await dial();
  line.socket.write("late");
  await sleep(50);
  expect(line.heard()).toBe("");
  await proxy.set({ kind: "pass" });
  await line.hears("late");
});

it("resets new and open connections", async () => {
  const open = await dial();
  open.socket.write("x");
  await open.hears("x");
  await proxy.set({ kind: "reset" });
  expect(await open.failure).toBe("ECONNRESET");
  const fresh = await dial().then(
    (line) => line.failure,
    (error: Error) => error.message,
  );
  expect(fresh).toContain("ECONNRESET");
});

it("delays each way", async () => {
  await proxy.set({ kind: "latency", ms: 60 });
  const line = await dial();
  const begun = performance.now();
  line.socket.write("x");
  await line.hears("x");
  expect(performance.now() - begun).toBeGreaterThan(110);
});

it("throttles to a rate", async () => {
  await proxy.set({ kind: "throttle", bytesPerSecond: 2_000 });
  const line = await dial();
  const begun = performance.now();
  line.socket.write("x".repeat(400));
  await line.hears("x".repeat(400));
  expect(performance.now() - begun).toBeGreaterThan(180);
});

it("slices into single bytes without losing any", async () => {
  await proxy.set({ kind: "slice", bytes: 1 });
  const line = await dial();
  line.socket.write("sixteen bytes...");
  await line.hears("sixteen bytes...");
  expect(line.pieces()).toBeGreaterThan(4);
});

it("cuts an answer off after so many bytes", async () => {
  await proxy.set({ kind: "cut", afterBytes: 3, direction: "down" });
  const line = await dial();
  line.socket.write("abcdef");
  expect(await line.failure).toBe("ECONNRESET");
  expect("abc".startsWith(line.heard())).toBe(true);
  expect(proxy.openConnections).toBe(0);
});

it("keeps one direction alive while the other is dead", async () => {
  const line = await dial();
  await proxy.set({ kind: "halfopen", dead: "down" });
  line.socket.write("a");
  await sleep(30);
  expect(line.heard()).toBe("");
  await proxy.set({ kind: "pass" });
  await line.hears("a");
});

it("sends new connections elsewhere after a fail-over, and kills the old ones on demand", async () => {
  const other = createServer((socket) => socket.end("the other"));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const line = await dial();
  line.socket.write("x");
  await line.hears("x");
  const address = other.address();
  proxy.retarget({ port: typeof address === "object" && address ? address.port : 0 });
  proxy.kill();
  expect(await line.failure).toBe("ECONNRESET");
  await (await dial()).hears("the other");
  expect(proxy.accepted).toBe(2);
  await new Promise((done) => other.close(done));
});
