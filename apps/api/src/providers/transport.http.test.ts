import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { whyRefused } from "./address-guard.http.ts";
import { localServer } from "./testing/local-server.http.ts";
import { BrokenBody, createTransport, ERROR_BYTES_MAX, REPLY_BYTES_MAX, type TransportAnswer, type TransportBody } from "./transport.http.ts";

const transport = createTransport({ allowPrivateAddresses: true });
afterAll(() => transport.close());
const timeouts = { connectMs: 2_000, firstByteMs: 10_000, idleMs: 10_000 };
const never = new AbortController().signal;

const send = (baseUrl: string, more: { timeouts?: typeof timeouts; signal?: AbortSignal } = {}): Promise<TransportAnswer> =>
  transport.send(
    {
      baseUrl,
      path: "/v1/x",
      headers: { authorization: "Bearer secret", "content-type": "application/json" },
      body: '{"a":"é"}',
      timeouts: more.timeouts ?? timeouts,
    },
    more.signal ?? never,
  );
async function answered(sent: Promise<TransportAnswer>) {
  const answer = await sent;
  if (answer.kind === "failure") throw new Error(JSON.stringify(answer.failure));
  return answer;
}
const failureOf = async (sent: Promise<TransportAnswer>) => {
  const answer = await sent;
  return answer.kind === "failure" ? answer.failure : undefined;
};
async function brokenBy(body: TransportBody): Promise<unknown> {
  try {
    for (let piece = await body.read(); piece !== undefined; piece = await body.read()) expect(piece.length).toBeGreaterThan(0);
  } catch (error) {
    return error instanceof BrokenBody ? error.failure : error;
  }
  return undefined;
}

describe("sending", () => {
  test("carries path, headers and body, asks for no compression and uses its connection again", async () => {
    await using server = await localServer((response) => response.end("fine"));
    for (let time = 0; time < 8; time++) {
      const { status, body } = await answered(send(`${server.url}/base/`));
      expect(status).toBe(200);
      expect(await body.whole({ bytesMax: 100, cut: false })).toEqual(Buffer.from("fine"));
    }
    expect(server.requests[0]).toMatchObject({
      path: "/base/v1/x",
      body: '{"a":"é"}',
      headers: { authorization: "Bearer secret", "accept-encoding": "identity" },
    });
    // One may still be busy ending when the next call begins.
    expect(server.connections()).toBeLessThan(4);
  });

  test("an address may carry a query of its own", async () => {
    await using server = await localServer((response) => response.end("fine"));
    await answered(send(`${server.url}/d?api-version=1`));
    await answered(transport.send({ baseUrl: `${server.url}/d?api-version=1`, path: "/x?alt=sse", headers: {}, body: "{}", timeouts }, never));
    expect(server.requests.map((request) => request.path)).toEqual(["/d/v1/x?api-version=1", "/d/x?alt=sse&api-version=1"]);
  });

  test("never follows a redirect, so that the key stays with its provider", async () => {
    await using elsewhere = await localServer((response) => response.end("stolen"));
    await using server = await localServer((response) => response.writeHead(302, { location: elsewhere.url }).end());
    expect(await failureOf(send(server.url))).toMatchObject({ kind: "protocol", status: 302 });
    expect(elsewhere.requests).toHaveLength(0);
  });

  test("does not open what is compressed", async () => {
    await using server = await localServer((response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1_000_000))));
    expect(await failureOf(send(server.url))).toMatchObject({ kind: "protocol", status: 200 });
  });

  test.each(["", "not a url", "ftp://x", "file:///etc/passwd", "http://user:pass@127.0.0.1:1/"])("refuses the address %j", async (url) => {
    expect(await failureOf(send(url))).toMatchObject({ kind: "connection" });
  });

  test("a server that is not there, or speaks no HTTP, is a failure", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await failureOf(send(`http://127.0.0.1:${port}`))).toMatchObject({ kind: "connection" });
    const other = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.end("SSH-2.0-OpenSSH\r\n\r\n"));
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    expect(await failureOf(send(`http://127.0.0.1:${(other.address() as AddressInfo).port}`))).toMatchObject({ kind: "protocol" });
    await new Promise((resolve) => other.close(resolve));
  });
});

describe("time", () => {
  test("an answer that does not begin is a timeout", async () => {
    await using server = await localServer(() => undefined);
    expect(await failureOf(send(server.url, { timeouts: { ...timeouts, firstByteMs: 100, connectMs: 100 } }))).toMatchObject({ kind: "timeout" });
  });

  test("an answer that falls silent is a timeout", async () => {
    await using server = await localServer((response) => response.writeHead(200).write("begin"));
    const { body } = await answered(send(server.url, { timeouts: { ...timeouts, idleMs: 150 } }));
    expect(await brokenBy(body)).toMatchObject({ kind: "timeout" });
  });

  test("an answer that is reset is a broken connection", async () => {
    await using server = await localServer((response) => {
      response.writeHead(200).write("begin");
      setTimeout(() => response.socket?.resetAndDestroy(), 30);
    });
    const { body } = await answered(send(server.url));
    expect(await brokenBy(body)).toMatchObject({ kind: "connection" });
  });
});

describe("leaving", () => {
  test("closes the provider's connection, before and after the answer began", async () => {
    await using silent = await localServer(() => undefined);
    const early = new AbortController();
    const sent = send(silent.url, { signal: early.signal });
    while (silent.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    early.abort();
    expect(await failureOf(sent)).toMatchObject({ kind: "connection" });
    await silent.requests[0]?.abandoned;

    await using speaking = await localServer((response) => response.writeHead(200).write("begin"));
    const late = new AbortController();
    const { body } = await answered(send(speaking.url, { signal: late.signal }));
    const broken = brokenBy(body);
    late.abort();
    expect(await broken).toMatchObject({ kind: "connection" });
    await speaking.requests[0]?.abandoned;
    expect(await failureOf(send(speaking.url, { signal: late.signal }))).toMatchObject({ kind: "connection" });
  });

  test("closing the body closes it too", async () => {
    await using server = await localServer((response) => response.writeHead(200).write("begin"));
    const { body } = await answered(send(server.url));
    expect(String(await body.read())).toBe("begin");
    body.close();
    await expect(body.read()).rejects.toBeInstanceOf(BrokenBody);
    await expect(server.requests[0]?.abandoned).resolves.toBeUndefined();
  });

  test("a body that nobody reads harms nobody when its signal ends", async () => {
    await using server = await localServer((response) => response.writeHead(200).write("begin"));
    const leaving = new AbortController();
    await answered(send(server.url, { signal: leaving.signal }));
    leaving.abort();
    await expect(server.requests[0]?.abandoned).resolves.toBeUndefined();
  });
});

describe("reading", () => {
  test("what came before a break is read before the break is told", async () => {
    await using server = await localServer((response) => {
      response.writeHead(200).write("begin");
      setTimeout(() => response.socket?.resetAndDestroy(), 30);
    });
    const { body } = await answered(send(server.url));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(String(await body.read())).toBe("begin");
    await expect(body.read()).rejects.toBeInstanceOf(BrokenBody);
  });

  test("what came meanwhile is read at once, and after the end there is no more", async () => {
    await using server = await localServer((response) => {
      for (const piece of ["one ", "two ", "three"]) response.write(piece);
      response.end();
    });
    // How long "meanwhile" has to be depends on the machine.
    let first = "";
    for (let waitMs = 50; first !== "one two three" && waitMs < 10_000; waitMs *= 3) {
      const { body } = await answered(send(server.url));
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      first = String(await body.read());
      if (first !== "one two three") continue;
      expect(await body.read()).toBeUndefined();
      expect(await body.read()).toBeUndefined();
    }
    expect(first).toBe("one two three");
  });

  test("a reader that fell behind gets every byte, in order", async () => {
    const pieces = Array.from({ length: 300 }, (_, index) => Buffer.alloc(10_000, index % 251));
    await using server = await localServer((response) => {
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    const { body } = await answered(send(server.url));
    const read: Buffer[] = [];
    for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
      read.push(piece);
      if (read.length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(Buffer.concat(read).equals(Buffer.concat(pieces))).toBe(true);
  });
});

describe("sizes", () => {
  test("ten megabytes pass, and a body over the limit is a protocol failure or is cut", async () => {
    const big = Buffer.alloc(10_000_000, "x");
    await using server = await localServer((response) => response.end(big));
    const whole = await (await answered(send(server.url))).body.whole({ bytesMax: REPLY_BYTES_MAX, cut: false });
    expect(Buffer.isBuffer(whole) && whole.length).toBe(big.length);
    expect(await (await answered(send(server.url))).body.whole({ bytesMax: 1_000_000, cut: false })).toMatchObject({ kind: "protocol" });
    const cut = await (await answered(send(server.url))).body.whole({ bytesMax: ERROR_BYTES_MAX, cut: true });
    expect(Buffer.isBuffer(cut) && cut.length).toBe(ERROR_BYTES_MAX);
  });

  test("a provider is not read faster than its body is asked for", async () => {
    let written = 0;
    await using server = await localServer((response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (written < 200_000_000 && response.write(piece)) written += piece.length;
        if (written < 200_000_000) response.once("drain", more);
      };
      more();
    });
    const { body } = await answered(send(server.url));
    await body.read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(50_000_000);
    body.close();
  });
});

describe("private addresses", () => {
  const guarded = createTransport({ allowPrivateAddresses: false });
  afterAll(() => guarded.close());

  test.each([
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
  ])("%s is one", (address) => {
    expect(whyRefused(address)).toBe("private");
  });

  test.each(["1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "example.com"])("%s is none", (address) => {
    expect(whyRefused(address)).toBeUndefined();
  });

  test("are not connected to, however they are written and whatever name leads there", async () => {
    await using server = await localServer((response) => response.end("inside"));
    const { port } = new URL(server.url);
    for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"]) {
      const answer = await guarded.send({ baseUrl: `http://${host}:${port}`, path: "/", headers: {}, body: "{}", timeouts }, never);
      expect({ host, ...answer }).toMatchObject({ kind: "failure", failure: { kind: "connection", detail: expect.stringContaining("private") } });
    }
    expect(server.connections()).toBe(0);
  });
});

describe("link-local addresses and metadata services", () => {
  const FORBIDDEN = [
    "169.254.169.254",
    "169.254.0.1",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fe80::1",
    "fe80::1%lo",
    "febf::1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:42::42",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "::ffff:0:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::ffff:100.100.100.200",
  ];
  test.each(FORBIDDEN)("%s is one", (address) => {
    expect(whyRefused(address)).toBe("forbidden");
  });

  test("are not connected to by an installation that allows private addresses, however they are written", async () => {
    const hosts = FORBIDDEN.filter((address) => !address.includes("%")).map((address) => (address.includes(":") ? `[${address}]` : address));
    for (const host of [...hosts, "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.254.169.254."]) {
      const answer = await transport.send({ baseUrl: `http://${host}`, path: "/", headers: {}, body: "{}", timeouts }, never);
      expect({ host, ...answer }).toMatchObject({ kind: "failure", failure: { kind: "connection", detail: expect.stringContaining("link-local") } });
    }
  });
});
