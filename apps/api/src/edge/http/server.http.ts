/** The HTTP server: every route in one list, limits on sockets and headers, one way to answer what nobody expected. */
import http from "node:http";
import type { Duplex } from "node:stream";
import cors from "cors";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { failure, FailureError, type Failure } from "@switchyard/shared/kernel/failure";
import { adminRouter, type AdminPorts } from "./admin.http.ts";
import { chatCompletions } from "./chat.http.ts";
import { completions } from "./completions.http.ts";
import { PROVIDER_ROUTES } from "./admin-providers.http.ts";
import { ROUTING_ROUTES } from "./admin-routing.http.ts";
import { CONVERSATION_ROUTES, serveConversations } from "./conversations.http.ts";
import { consoleFiles, wantsHtml } from "./console-files.http.ts";
import { estimateBatchCost, estimateCost, estimateTokens } from "./estimates.http.ts";
import { endIfUnread, errorBodyOf, sendFailure, speak } from "./error-body.ts";
import { generateContent, getGoogleModel, listGoogleModels } from "./generate.http.ts";
import type { UploadPorts } from "./upload-door.http.ts";
import { generation, type GenerationPorts } from "./generation.http.ts";
import { messages } from "./messages.http.ts";
import { countTokens } from "./messages-count.http.ts";
import { OWN_ROUTES, serveOwn } from "./own-doors.http.ts";
import type { UnderwayPorts } from "./underway-doors.http.ts";
import { MEDIA_ROUTES, serveMedia } from "./media-doors.http.ts";
import { createResponse } from "./responses.http.ts";
import { cancelResponse } from "./responses-cancel.http.ts";
import type { ResponsesPorts } from "./responses-telling.ts";
import { deleteStoredResponse, listInputItems, retrieveResponse } from "./responses-stored.http.ts";
import { getModel, listModels, type ModelsPorts } from "./models.http.ts";

export interface ServerPorts extends UploadPorts, UnderwayPorts, ResponsesPorts, ModelsPorts, GenerationPorts, AdminPorts {
  readonly version: string;
  readonly consoleDist: string;
  readonly corsOrigins: readonly string[];
  readonly trpc: RequestHandler;
  readonly metrics: RequestHandler;
  readonly openApi: () => Record<string, unknown>;
  /** Reasons not to send traffic here; empty when ready. */
  readonly unready: () => Promise<string[]>;
  readonly requestId: () => string;
  readonly log: { error(what: string, facts: Record<string, unknown>): void };
}

export function createApp(ports: ServerPorts): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple").set("case sensitive routing", true).set("strict routing", true);
  app.use((req, res, next) => {
    const id = ports.requestId();
    res.setHeader("x-request-id", id);
    res.setHeader("request-id", id);
    if (hasGoodHost(req)) next();
    else
      sendFailure(
        res.set("connection", "close"),
        failure("invalid_request", { publicText: "The request needs one Host header with a name and perhaps a port." }),
      );
  });
  if (ports.corsOrigins.length > 0)
    app.use(
      "/v1",
      cors({
        origin: ports.corsOrigins.includes("*") ? "*" : [...ports.corsOrigins],
        credentials: false,
        exposedHeaders: ["x-request-id", "request-id", "x-generation-id", "retry-after", "retry-after-ms"],
      }),
    );

  // The door of most calls stands before the others: Express asks each in turn whether it is meant.
  app.post("/v1/chat/completions", chatCompletions(ports));
  app.use(["/v1/messages", "/v1/models"], (req, res, next) => {
    if (req.baseUrl === "/v1/messages" || req.headers["anthropic-version"] !== undefined) speak(res, "messages");
    next();
  });
  app.use("/v1beta", (_req, res, next) => {
    speak(res, "google");
    next();
  });
  app.post("/v1/messages", messages(ports));
  app.post("/v1/messages/count_tokens", countTokens(ports));
  serveMedia(app, ports);
  serveOwn(app, ports);
  app.post("/v1beta/models/{*asked}", generateContent(ports));
  app.get("/v1beta/models", listGoogleModels(ports));
  app.get("/v1beta/models/{*model}", getGoogleModel(ports));
  app.post("/v1/completions", completions(ports));
  app.post("/v1/responses", createResponse(ports));
  app.get("/v1/responses/:id", retrieveResponse(ports));
  app.delete("/v1/responses/:id", deleteStoredResponse(ports));
  app.post("/v1/responses/:id/cancel", cancelResponse(ports));
  app.get("/v1/responses/:id/input_items", listInputItems(ports));
  serveConversations(app, ports);
  app.get("/v1/models", listModels(ports));
  app.get("/v1/models/{*model}", getModel(ports));
  app.get("/v1/generation", generation(ports));
  app.post("/api/models/estimate-tokens", estimateTokens(ports));
  app.post("/api/models/estimate-cost", estimateCost(ports));
  app.post("/api/models/estimate-batch-cost", estimateBatchCost(ports));
  app.get("/health", (_req, res) => void res.json({ status: "ok", version: ports.version }));
  app.get("/ready", ready(ports));
  app.get("/metrics", ports.metrics);
  app.get("/openapi.json", (_req, res) => void res.json(ports.openApi()));
  app.use("/api/admin", adminRouter(ports));
  app.use("/trpc", (req, _res, next) => {
    endIfUnread(req);
    next();
  });
  app.use("/trpc", ports.trpc);
  app.get("/", (req, res, next) => {
    if (wantsHtml(req.headers.accept)) return next();
    res.json({ name: "switchyard", version: ports.version, openapi: "/openapi.json", health: "/health", ready: "/ready" });
  });
  for (const [path, allow] of Object.entries(ROUTES)) app.all(path, methodNotAllowed(allow));
  app.use(API_PREFIXES, (_req, res) => sendFailure(res, failure("not_found")));
  app.use(consoleFiles(ports.consoleDist));
  app.use((_req, res) => sendFailure(res, failure("not_found")));
  app.use(unexpected(ports));
  return app;
}

/** A name, an IPv4 address or an IPv6 address in brackets, perhaps with a port. */
const HOST = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Nothing here is decided by it, but what stands behind or before us may; of two, nobody knows which was meant. HTTP/1.0 needs none. */
function hasGoodHost(req: http.IncomingMessage): boolean {
  const { host } = req.headers;
  if (host === undefined) return req.httpVersionMinor === 0;
  if (!HOST.test(host)) return false;
  let seen = 0;
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") seen += 1;
  }
  return seen === 1;
}

/** The REST routes and their methods, for 405 answers and for the test that compares them with the OpenAPI document. */
export const ROUTES: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "POST",
  "/v1/completions": "POST",
  "/v1/responses": "POST",
  "/v1/responses/:id": "GET, HEAD, DELETE",
  "/v1/responses/:id/cancel": "POST",
  "/v1/responses/:id/input_items": "GET, HEAD",
  ...CONVERSATION_ROUTES,
  "/v1/messages": "POST",
  "/v1/messages/count_tokens": "POST",
  ...MEDIA_ROUTES,
  ...OWN_ROUTES,
  "/v1/models": "GET, HEAD",
  "/v1/models/{*model}": "GET, HEAD",
  "/v1/generation": "GET, HEAD",
  "/v1beta/models": "GET, HEAD",
  "/v1beta/models/{*asked}": "GET, HEAD, POST",
  "/health": "GET, HEAD",
  "/ready": "GET, HEAD",
  "/metrics": "GET, HEAD",
  "/openapi.json": "GET, HEAD",
  "/api/admin/wallets": "GET, HEAD",
  "/api/admin/wallets/:workspaceId/entries": "GET, HEAD",
  "/api/admin/invariants": "GET, HEAD",
  "/api/admin/config": "GET, HEAD, POST",
  "/api/admin/password": "POST",
  "/api/models/estimate-tokens": "POST",
  "/api/models/estimate-cost": "POST",
  "/api/models/estimate-batch-cost": "POST",
  "/api/admin/import": "POST",
  "/api/admin/import/undo": "POST",
  "/api/admin/prices/refresh": "POST",
  "/api/admin/route": "POST",
  ...ROUTING_ROUTES,
  ...PROVIDER_ROUTES,
};

/** Below these nothing is a page of the console, whoever asks. */
const API_PREFIXES = ["/v1", "/v1beta", "/api", "/trpc", "/ws", "/health", "/ready", "/metrics"];

const methodNotAllowed =
  (allow: string): RequestHandler =>
  (_req, res) => {
    res.set("allow", allow);
    sendFailure(res, failure("method_not_allowed"));
  };

function ready(ports: ServerPorts): RequestHandler {
  return async (_req, res) => {
    const reasons = await ports.unready();
    if (reasons.length === 0) res.json({ status: "ready" });
    else
      res
        .status(503)
        .set("retry-after", "1")
        .json({ status: "not ready", reasons, error: { message: reasons.join("; "), type: "overloaded_error", param: null, code: "service_unavailable" } });
  };
}

/** Refusals that had to be thrown are answered as such; anything else is a defect, logged with the request's id and told to nobody. */
function unexpected(ports: ServerPorts): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.writableEnded) return next();
    if (error instanceof FailureError) return sendFailure(res, error.failure);
    const status = (error as { status?: unknown }).status;
    // Express' own refusals: a path that cannot be decoded, a file that is not there or must not be seen.
    if (status === 400) return sendFailure(res, failure("invalid_request"));
    if (status === 403 || status === 404) return sendFailure(res, failure("not_found"));
    if (isDatabaseAway(error)) return sendFailure(res, failure("service_unavailable", { retryAfterMs: 1_000 }));
    ports.log.error("a request failed unexpectedly", {
      requestId: res.getHeader("x-request-id"),
      method: req.method,
      path: req.path,
      cause: error instanceof Error ? error.stack : String(error),
    });
    sendFailure(res, failure("internal"));
  };
}

/** Postgres' own words for: no connection, going down, out of resources, statement took too long. */
function isDatabaseAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && /^(ECONN|ETIMEDOUT|EPIPE|57|08|53)/.test(code)) return true;
  return typeof message === "string" && /timeout exceeded when trying to connect|Connection terminated|Query read timeout/.test(message);
}

const HEADERS_TIMEOUT_MS = 10_000;
/** A large upload over a slow line; bodies of JSON and silent uploads have shorter limits of their own. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;
const KEEP_ALIVE_MS = 5_000;
const HEADER_BYTES_MAX = 16 * 1024;
const CONNECTIONS_MAX = 10_000;

/** How long a client may take, in milliseconds; a test is less patient. */
export const PATIENCE = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 1_000,
};

/** Slow or endless heads and bodies are cut; what the parser refuses is answered in the envelope, too. */
export function createServer(app: http.RequestListener, requestId: () => string, patience = PATIENCE): http.Server {
  // A missing Host is answered with the others that are not good, in the envelope.
  const server = http.createServer({ ...patience, maxHeaderSize: HEADER_BYTES_MAX, requireHostHeader: false }, app);
  server.maxConnections = CONNECTIONS_MAX;
  const refuse = (socket: Duplex, status: string, one: Failure, header = ""): void => {
    const body = JSON.stringify(errorBodyOf(one));
    socket.end(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nx-request-id: ${requestId()}\r\n${header}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  };
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    if (error.code === "HPE_HEADER_OVERFLOW")
      return refuse(socket, "431 Request Header Fields Too Large", failure("invalid_request", { publicText: "The headers are too large." }));
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return refuse(socket, "408 Request Timeout", failure("request_timeout"));
    refuse(socket, "400 Bad Request", failure("invalid_request", { publicText: "The request is not valid HTTP." }));
  });
  // Tunnels are not ours to open, and Node would leave the client without a word.
  server.on("connect", (_req, socket) => refuse(socket, "405 Method Not Allowed", failure("method_not_allowed"), "allow: GET, HEAD, POST\r\n"));
  return server;
}
