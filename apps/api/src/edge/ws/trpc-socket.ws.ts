/** Accepts WebSockets for the console's subscriptions, and refuses every other upgrade. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer, type WebSocket } from "ws";
import { FAILURES, failure, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";
import type { SocketLoad } from "../trpc/context.ts";
import { contextOf } from "../trpc/http-context.ts";
import { reportDefect } from "../trpc/mount.http.ts";
import { isOwnOrigin } from "../trpc/own-origin.ts";
import type { TrpcPorts } from "../trpc/ports.ts";
import { appRouter } from "../trpc/router.ts";
import { readSessionCookie } from "../trpc/session-cookie.ts";

const MESSAGE_BYTES_MAX = 256 * 1_024;
const PING_MS = 20_000;
/** Messages a socket may send in one ping's time; the console sends a handful. */
const MESSAGES_PER_PING_MAX = 2_000;
/** Bytes that may wait for a reader who does not read. */
const BACKLOG_BYTES_MAX = 4 * 1_024 * 1_024;
const SOCKETS_MAX = 2_000;
const POLICY_VIOLATION = 1_008;
const GOING_AWAY = 1_001;

const TRPC_PATH = "/trpc";
/** Clients of OpenAI's realtime surface try this one; they fall back to HTTP when told so. */
const RESPONSES_PATH = "/v1/responses";

export interface TrpcSocket {
  /** Accepts no more, and tells those who are there. */
  close(): void;
  /** Ends those who did not go. */
  terminate(): void;
}

/** Takes over the server's upgrades: `/trpc` for signed-in people from pages of ours, nothing else. */
export function attachTrpcSocket(server: Server, ports: TrpcPorts): TrpcSocket {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false, clientTracking: true });
  const loads = new WeakMap<WebSocket, SocketLoad>();
  const connected = getWSConnectionHandler({
    wss: sockets,
    router: appRouter,
    createContext: ({ req, res }) => {
      const load: SocketLoad = loads.get(res) ?? { subscriptions: 0 };
      loads.set(res, load);
      return contextOf(ports, req, { requestId: ports.requestId(), setCookie: () => {}, socket: load });
    },
    onError: ({ error, path, ctx }) => reportDefect(ports, error, { where: `trpc socket ${path ?? ""}`, requestId: ctx?.requestId }),
  });
  sockets.on("connection", (socket, request) => {
    watch(socket);
    connected(socket, request);
  });

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const cut = (): void => void stream.destroy();
    stream.on("error", cut); // A client that leaves while it is judged has nothing to be told.
    refusalOf(request, ports, sockets.clients.size)
      .catch((cause: unknown) => failure("internal", { cause }))
      .then((refusal) => {
        stream.off("error", cut);
        if (refusal) {
          if (refusal.code === "internal") ports.report(refusal.cause, { where: "trpc socket upgrade" });
          return refuse(stream, refusal);
        }
        sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit("connection", socket, request));
      })
      .catch((error: unknown) => {
        ports.report(error, { where: "trpc socket upgrade" });
        stream.destroy();
      });
  };
  server.on("upgrade", upgrade);
  return {
    close() {
      server.off("upgrade", upgrade);
      for (const socket of sockets.clients) socket.close(GOING_AWAY);
      sockets.close();
    },
    terminate() {
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** Everything that is asked before a connection is accepted. @returns undefined when it may be */
async function refusalOf(request: IncomingMessage, ports: TrpcPorts, open: number): Promise<Failure | undefined> {
  const path = (request.url ?? "").split("?", 1)[0];
  if (path === RESPONSES_PATH) return failure("upgrade_not_supported");
  if (path !== TRPC_PATH) return failure("not_found");
  if (!isOwnOrigin(request.headers.origin, request.headers.host, ports.publicUrl)) return failure("cross_site");
  if (open >= SOCKETS_MAX) return failure("service_unavailable");
  const token = readSessionCookie(request.headers.cookie);
  if (token === undefined) return failure("not_signed_in");
  const person = await ports.sessions.resolve(token);
  if (!person.ok) return person.failure;
  return person.value === undefined ? failure("not_signed_in") : undefined;
}

/** Ends a connection that never was one, in HTTP and in JSON. */
function refuse(stream: Duplex, refusal: Failure): void {
  const row = FAILURES[refusal.code];
  const body = JSON.stringify({ error: { message: publicTextOf(refusal), type: row.openai, param: null, code: refusal.code } });
  stream.on("error", () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${row.http} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => stream.destroy(),
  );
}

/** Ends sockets that are gone without a word, that flood, or that do not read what they asked for. */
function watch(socket: WebSocket): void {
  let alive = true;
  let messages = 0;
  const timer = setInterval(() => {
    if (!alive || socket.bufferedAmount > BACKLOG_BYTES_MAX) return socket.terminate();
    alive = false;
    messages = 0;
    socket.ping();
  }, PING_MS);
  const flooding = (): void => {
    messages += 1;
    if (messages === MESSAGES_PER_PING_MAX) socket.close(POLICY_VIOLATION, "too many messages");
    if (messages > 2 * MESSAGES_PER_PING_MAX) socket.terminate();
  };
  socket.on("pong", () => (alive = true));
  socket.on("message", () => {
    alive = true;
    flooding();
  });
  socket.on("ping", flooding);
  socket.on("close", () => clearInterval(timer));
}
