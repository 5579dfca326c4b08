/** Stands before the gateway and writes down what a client asked and what it was answered. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface CountingProxy {
  readonly url: string;
  /** What was seen since the last time, in order of the answers. */
  take(): readonly Seen[];
  /** Does this before the next request that is posted goes on, however long its client takes to start. */
  beforeNext(work: () => Promise<void>): void;
  close(): Promise<void>;
}

export async function startCountingProxy(gatewayUrl: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(gatewayUrl);
  let seen: Seen[] = [];
  let before: (() => Promise<void>) | undefined;
  const server = http.createServer((req, res) => {
    const path = req.url ?? "/";
    const note = (status: number): void => void seen.push({ method: req.method ?? "", path, status });
    const onward = http.request({ hostname, port, method: req.method, path, headers: req.headers }, (answer) => {
      note(answer.statusCode ?? 0);
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
      answer.once("error", () => res.destroy());
    });
    onward.once("error", () => res.destroy());
    onward.once("upgrade", (answer, socket) => {
      // No door is served over a socket of its own: whatever wanted one is told so by the gateway's refusal.
      note(answer.statusCode ?? 0);
      socket.destroy();
      res.destroy();
    });
    res.once("close", () => onward.destroy());
    const work = req.method === "POST" ? before : undefined;
    if (work === undefined) return void req.pipe(onward);
    before = undefined;
    work().then(
      () => req.pipe(onward),
      () => res.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    beforeNext: (work) => {
      before = work;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
