/** Providers that flood, trickle, lie about their encoding, redirect or never stop, against the running program. */
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { Script } from "@switchyard/testkit/fake-script";
import { refusalOf } from "./envelope.ts";
import { KEYS } from "./gateway-harness.process.ts";
import { openFiles, processorMs, residentBytes } from "./process-figures.fs.ts";
import { contentIn, framesIn } from "./streamed.ts";
import { useGateway } from "./use-gateway.ts";

const MIB = 1024 * 1024;
const METADATA = "http://v4.metadata.test";
const gateway = useGateway({
  NODE_OPTIONS: `--import ${new URL("metadata-name.preload.ts", import.meta.url).href}`,
  PRICE_BOOK_URL: `${METADATA}/prices.json`,
});

const messages = [{ role: "user" as const, content: "Say hello" }];
const body = (stream: boolean): Record<string, unknown> => ({ model: "main/gpt-4o-mini", messages, stream, max_tokens: 900 });
const ask = (stream: boolean): Promise<Response> => gateway.post("/v1/chat/completions", body(stream));

describe("an answer that cannot be one is 502, costs nothing, takes little memory and delays nobody", () => {
  const cases: Record<string, { readonly script: Script; readonly streams: readonly boolean[] }> = {
    "one line of 10 MB": { script: { kind: "flood", bytes: 10 * MIB, shape: "line" }, streams: [true] },
    "a body of 200 MB": { script: { kind: "flood", bytes: 200 * MIB, shape: "body" }, streams: [false, true] },
    "20 MB of open brackets": { script: { kind: "flood", bytes: 20 * MIB, shape: "nested" }, streams: [false, true] },
    "a compressed answer": { script: { kind: "text", text: "hello", gzip: true }, streams: [false, true] },
    "a chain of a thousand codings": {
      script: { kind: "text", text: "hello", headers: { "content-encoding": Array.from({ length: 1_000 }, () => "gzip").join(", ") } },
      streams: [false, true],
    },
    "headers of 200 KB": { script: { kind: "text", text: "hello", headers: { "x-big": "a".repeat(200_000) } }, streams: [false, true] },
    "bytes that are no text": {
      script: { kind: "body", body: Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]), contentType: "application/json" },
      streams: [false, true],
    },
    "JSON of another kind": { script: { kind: "body", body: [1, 2, 3] }, streams: [false, true] },
    "an error page": { script: { kind: "body", body: "<html>secret of the inside</html>", contentType: "text/html" }, streams: [false, true] },
  };
  for (const [name, { script, streams }] of Object.entries(cases)) {
    test.each(streams)(
      `${name} (stream: %s)`,
      async (stream) => {
        const before = await gateway.wallet("acme");
        const { pid } = gateway.server;
        const [memory, work] = [residentBytes(pid), processorMs(pid)];
        gateway.main.next(script);
        const result = await refusalOf(await ask(stream));
        expect(result).toMatchObject({ status: 502, type: "provider_error" });
        expect(result.message).not.toContain("secret");
        expect(processorMs(pid) - work).toBeLessThan(1_500);
        expect(residentBytes(pid) - memory).toBeLessThan(150 * MIB);
        await gateway.settled();
        expect(await gateway.wallet("acme")).toEqual(before);
      },
      60_000,
    );
  }
});

describe("a redirect", () => {
  test.each([301, 302, 307, 308])("with status %i is not followed, and our key goes nowhere else", async (status) => {
    const visits: unknown[] = [];
    const elsewhere = createServer((req, res) => {
      visits.push(req.headers);
      res.end("{}");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    try {
      for (const location of [
        `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/v1/chat/completions`,
        "http://169.254.169.254/latest/meta-data",
        "//evil.test/",
        "/v1/other",
      ]) {
        gateway.main.next({ kind: "redirect", location, status });
        expect(await refusalOf(await ask(false))).toMatchObject({ status: 502 });
      }
      expect(visits).toEqual([]);
      expect(gateway.main.tally.requests).toBe(4);
    } finally {
      elsewhere.close();
    }
  });
});

describe("a link-local address or a cloud's metadata service is no provider, although this installation allows private ones", () => {
  const operator = { authorization: `Bearer ${KEYS.operator}` };
  const evil = (baseUrl: string) => ({
    name: "evil",
    kind: "openai-compatible",
    baseUrl,
    apiKey: "sk-evil",
    models: [{ id: "m", maxOutput: 100, price: { inputPerMillion: "1", outputPerMillion: "1" } }],
  });

  test.each(["http://169.254.169.254/v1", "http://0xa9fea9fe", "http://[fe80::1]:8080", "http://[fd00:ec2::254]", "http://[::ffff:169.254.169.254]"])(
    "%s is refused when it is set up",
    async (baseUrl) => {
      const { models: _, ...fields } = evil(baseUrl);
      const configured = await refusalOf(await gateway.post("/api/admin/config", { providers: [evil(baseUrl)] }, operator));
      expect(configured).toMatchObject({ status: 400, param: "providers[0].baseUrl", message: expect.stringContaining("link-local") });
      const put = await fetch(`${gateway.url}/api/admin/providers/evil`, {
        method: "PUT",
        headers: { ...operator, "content-type": "application/json" },
        body: JSON.stringify(fields),
      });
      expect(await refusalOf(put)).toMatchObject({ status: 400, param: "baseUrl", message: expect.stringContaining("link-local") });
    },
  );

  test.each(["v4", "v6", "mixed"])("a name that leads to one is not connected to: by a call, a test, a list of models (%s)", async (name) => {
    const applied = await gateway.post("/api/admin/config", { providers: [evil(`http://${name}.metadata.test:${new URL(gateway.main.url).port}`)] }, operator);
    expect(applied.status).toBe(200);
    const tested = await gateway.post("/api/admin/providers/evil/test", {}, operator);
    expect(await tested.json()).toMatchObject({ ok: false, failure: "forbidden" });
    const imported = await refusalOf(await gateway.post("/api/admin/import", { provider: "evil", dryRun: true }, operator));
    expect(imported).toMatchObject({ status: 502, message: expect.stringContaining("link-local") });
    let answer = await gateway.post("/v1/chat/completions", { model: "evil/m", messages, max_tokens: 5 });
    for (; answer.status === 404; answer = await gateway.post("/v1/chat/completions", { model: "evil/m", messages, max_tokens: 5 })) await answer.text();
    expect(await refusalOf(answer)).toMatchObject({ status: 502 });
    const { attempts } = await gateway.generation(String(answer.headers.get("x-generation-id")));
    expect(attempts).toMatchObject([{ provider: "evil", bytes: 0, detail: expect.stringContaining("link-local") }]);
    expect(gateway.main.tally.requests).toBe(0);
  });

  test("prices are not fetched from one", async () => {
    const refreshed = await refusalOf(await gateway.post("/api/admin/prices/refresh", { online: true }, operator));
    expect(refreshed).toMatchObject({ status: 502, message: expect.stringContaining("link-local") });
  });
});

describe("a stream in odd clothes says the same", () => {
  const text = 'Grüße, 東京 🗼 – und {"json": true}\\n!';
  const clothes: Record<string, Partial<Script>> = {
    "each byte by itself": { sliceBytes: 1 },
    CRLF: { lineEnding: "\r\n" },
    "CR alone": { lineEnding: "\r" },
    "a byte order mark": { bom: true },
    "comments between": { comments: true },
    "all of it at once": { sliceBytes: 3, lineEnding: "\r\n", bom: true, comments: true, duplicateStart: true } as Partial<Script>,
  };
  for (const [name, delivery] of Object.entries(clothes)) {
    test(`${name}`, async () => {
      gateway.main.next({ kind: "text", text, ...delivery } as Script);
      const answer = await (await ask(true)).text();
      expect(contentIn(answer)).toBe(text);
      expect(answer.endsWith("data: [DONE]\n\n")).toBe(true);
      await gateway.settled();
    });
  }

  test("NUL, lone surrogates and invalid UTF-8 reach the client as JSON, and the record is kept", async () => {
    const frame = (content: string): string =>
      `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"${content}"},"finish_reason":null}]}\n\n`;
    const end = 'data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
    gateway.main.next({
      kind: "body",
      contentType: "text/event-stream",
      body: Buffer.concat([Buffer.from(frame("a\\u0000b\\ud800c")), Buffer.from(frame("@").replace("@", "\u0001")), Buffer.from([0x0a]), Buffer.from(end)]),
    });
    gateway.main.next({
      kind: "body",
      contentType: "text/event-stream",
      body: Buffer.concat([Buffer.from(frame("@")).fill(0xff, frame("@").indexOf("@"), frame("@").indexOf("@") + 1), Buffer.from(end)]),
    });
    for (let round = 0; round < 2; round += 1) {
      const answer = await ask(true);
      const id = answer.headers.get("x-generation-id");
      for (const one of framesIn(await answer.text()).filter((data) => data !== "[DONE]")) expect(() => JSON.parse(one) as unknown).not.toThrow(SyntaxError);
      await gateway.settled();
      const record = await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
      expect(record.status).toBe(200);
    }
  });
});

/** A client that takes the beginning of a stream and then nothing more. */
function pausedClient(): { readonly socket: Socket; readonly begun: Promise<void> } {
  const text = JSON.stringify(body(true));
  const socket = connect({ port: gateway.server.port, host: "127.0.0.1" });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  const begun = new Promise<void>((resolve) =>
    socket.once("data", () => {
      socket.pause();
      resolve();
    }),
  );
  socket.on("error", () => undefined); // it is torn at the end
  return { socket, begun };
}

test("a provider that is faster than its client is held back, not buffered, and is left when the client leaves", async () => {
  await (await ask(true)).text(); // warm
  const residentBefore = residentBytes(gateway.server.pid);
  gateway.main.next({ kind: "flood", bytes: 200 * MIB, shape: "frames" });
  const { socket, begun } = pausedClient();
  await begun;
  let written = -1;
  await expect
    .poll(
      () => {
        const before = written;
        written = gateway.main.tally.bytesWritten;
        return written === before;
      },
      { timeout: 20_000, interval: 700 },
    )
    .toBe(true);
  expect(written).toBeLessThan(120 * MIB); // what the system's own socket buffers take
  expect(residentBytes(gateway.server.pid) - residentBefore).toBeLessThan(90 * MIB);
  const left = performance.now();
  socket.resetAndDestroy();
  await gateway.main.until((tally) => tally.aborted === 1);
  expect(performance.now() - left).toBeLessThan(15_000);
  await gateway.settled();
}, 60_000);

test("200 streams that are torn by their clients leave no connection, no hold and no memory", async () => {
  for (let round = 0; round < 2; round += 1) await (await ask(true)).text();
  const filesBefore = openFiles(gateway.server.pid);
  const residentBefore = residentBytes(gateway.server.pid);
  gateway.resetFakes();
  gateway.main.always({ kind: "text", tokens: 200, fault: { kind: "stall", at: 5 } });
  for (let batch = 0; batch < 4; batch += 1) {
    const clients = Array.from({ length: 50 }, () => pausedClient());
    await Promise.all(clients.map(({ begun }) => begun));
    clients.forEach(({ socket }, index) => (index % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()));
    await gateway.main.until((tally) => tally.aborted === (batch + 1) * 50);
  }
  await gateway.settled();
  expect(gateway.main.tally).toMatchObject({ requests: 200, aborted: 200, open: 0 });
  await expect.poll(() => openFiles(gateway.server.pid)).toBeLessThanOrEqual(filesBefore + 10);
  expect(residentBytes(gateway.server.pid) - residentBefore).toBeLessThan(120 * MIB);
  expect(gateway.server.stderr).toEqual([]);
}, 60_000);
