import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuardedGet } from "./guarded-get.http.ts";

let server: http.Server;
let hits = 0;
let answer: http.RequestListener = (_req, res) => res.end("{}");
beforeAll(async () => {
  server = http.createServer((req, res) => {
    hits += 1;
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const port = (): number => (server.address() as AddressInfo).port;
const ask = (url: string, more: { bytesMax?: number; totalMs?: number; headers?: Record<string, string> } = {}) => ({
  url,
  headers: {},
  bytesMax: 1_000,
  totalMs: 2_000,
  ...more,
});

describe("where private addresses are not allowed", () => {
  test.each([
    (to: number) => `http://127.0.0.1:${to}/`,
    (to: number) => `http://localhost:${to}/`,
    (to: number) => `http://[::1]:${to}/`,
    (to: number) => `http://[::ffff:127.0.0.1]:${to}/`,
    (to: number) => `http://2130706433:${to}/`,
    (to: number) => `http://0x7f.1:${to}/`,
    (to: number) => `http://0.0.0.0:${to}/`,
  ])("nothing connects to one, however it is written: %s", async (url) => {
    const guarded = createGuardedGet({ allowPrivateAddresses: false });
    expect(await guarded.get(ask(url(port())))).toMatchObject({ kind: "failure", why: "private" });
    expect(hits).toBe(0);
    await guarded.close();
  });
});

describe("where they are", () => {
  const guarded = createGuardedGet({ allowPrivateAddresses: true });
  afterAll(() => guarded.close());
  const url = (): string => `http://127.0.0.1:${port()}/models?a=1`;

  test("a small answer is given whole, with its headers sent", async () => {
    answer = (req, res) => res.setHeader("content-type", "application/json").end(`${req.url} ${String(req.headers["x-key"])}`);
    expect(await guarded.get(ask(url(), { headers: { "x-key": "k" } }))).toEqual({
      kind: "answer",
      status: 200,
      contentType: "application/json",
      text: "/models?a=1 k",
    });
  });

  test("a redirect is an answer, not an order", async () => {
    answer = (_req, res) => res.writeHead(302, { location: "http://169.254.169.254/" }).end();
    expect(await guarded.get(ask(url()))).toMatchObject({ kind: "answer", status: 302 });
  });

  test("a large, an endless, a silent and a trickling answer end", async () => {
    answer = (_req, res) => res.end("x".repeat(1_001));
    expect(await guarded.get(ask(url()))).toMatchObject({ why: "large" });
    answer = () => {};
    expect(await guarded.get(ask(url(), { totalMs: 200 }))).toMatchObject({ why: "slow" });
    answer = (_req, res) => {
      const timer = setInterval(() => res.write("x"), 20);
      res.on("close", () => clearInterval(timer));
    };
    expect(await guarded.get(ask(url(), { totalMs: 300 }))).toMatchObject({ why: "slow" });
  });

  test("what is no http address is refused", async () => {
    for (const strange of ["file:///etc/passwd", "gopher://a/", "not a url", ""]) expect(await guarded.get(ask(strange))).toMatchObject({ why: "invalid" });
  });

  test.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/",
    "http://0xa9fea9fe/",
  ])("link-local addresses and metadata services are refused all the same: %s", async (forbidden) => {
    expect(await guarded.get(ask(forbidden))).toMatchObject({ kind: "failure", why: "forbidden" });
  });

  test("nobody listening is told by its code", async () => {
    expect(await guarded.get(ask("http://127.0.0.1:1/"))).toMatchObject({ why: "unreachable", detail: "ECONNREFUSED" });
  });
});
