/** A provider on this host whose every answer a test writes itself. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Connections that were opened so far. */
  connections(): number;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Resolves when the client closed the connection before the answer was whole. */
  readonly abandoned: Promise<void>;
}

export async function localServer(answer: (response: ServerResponse, request: SeenRequest) => void): Promise<LocalServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    const abandoned = new Promise<void>((resolve) => response.once("close", () => (response.writableFinished ? undefined : resolve())));
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const seen = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces).toString("utf8"), abandoned };
      requests.push(seen);
      answer(response, seen);
    });
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
