import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { readJson } from "./read-body.ts";
import { createServer } from "./server.http.ts";

const IMPATIENT = { headersTimeout: 300, requestTimeout: 600, keepAliveTimeout: 1_000, connectionsCheckingInterval: 50 };

/** Sends one head, then a byte now and then, until the server has had enough. */
function trickle(port: number, head: string): Promise<string> {
  return new Promise((done) => {
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(head));
    const timer = setInterval(() => socket.write("a"), 50);
    socket.on("data", (bytes) => (heard += bytes.toString()));
    socket.on("error", () => undefined); // writing into a closed connection
    socket.on("close", () => {
      clearInterval(timer);
      done(heard);
    });
  });
}

test("a body of JSON that trickles is given up by its reader, whatever the server would allow", async () => {
  const server = createServer(
    (req, res) => void readJson(req, 10_000, 300).then((body) => res.end(body.ok ? "whole" : body.failure.code)),
    () => "req_of_the_test",
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const begun = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("{")) }),
      duplex: "half",
    } as RequestInit);
    expect(await answer.text()).toBe("request_timeout");
    expect(performance.now() - begun).toBeLessThan(20_000); // the server itself would wait for minutes
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a head or a body that trickles is answered with 408 in the envelope and cut, and what was read of the body is given up", async () => {
  const read: string[] = [];
  const server = createServer(
    (req, res) => {
      void readJson(req, 10_000).then((body) => {
        read.push(body.ok ? "whole" : body.failure.code);
        res.end();
      });
    },
    () => "req_of_the_test",
    IMPATIENT,
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    for (const head of [
      "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{",
    ]) {
      const answer = await trickle(port, head);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain("x-request-id: req_of_the_test");
      expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4))).toMatchObject({ error: { type: "timeout_error", code: "request_timeout" } });
    }
    await expect.poll(() => read).toEqual(["client_closed"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
