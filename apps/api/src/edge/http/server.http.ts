/** The HTTP server: every route in one list, limits on sockets and headers, one way to answer what nobody expected. */
import http from "node:http";
import cors from "cors";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { adminRouter, type AdminPorts } from "./admin.http.ts";
import { chatCompletions, type ChatPorts } from "./chat.http.ts";
import { consoleFiles, wantsHtml } from "./console-files.http.ts";
import { sendFailure } from "./error-body.ts";
import { generation, type GenerationPorts } from "./generation.http.ts";
import { getModel, listModels, type ModelsPorts } from "./models.http.ts";

export interface ServerPorts extends ChatPorts, ModelsPorts, GenerationPorts, AdminPorts {
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
    next();
  });
  if (ports.corsOrigins.length > 0) app.use("/v1", cors({ origin: [...ports.corsOrigins], credentials: false, exposedHeaders: ["x-request-id", "x-generation-id", "retry-after"] }));

  app.post("/v1/chat/completions", chatCompletions(ports));
  app.get("/v1/models", listModels(ports));
  app.get("/v1/models/{*model}", getModel(ports));
  app.get("/v1/generation", generation(ports));
  app.get("/health", (_req, res) => void res.json({ status: "ok", version: ports.version }));
  app.get("/ready", ready(ports));
  app.get("/metrics", ports.metrics);
  app.get("/openapi.json", (_req, res) => void res.json(ports.openApi()));
  app.use("/api/admin", adminRouter(ports));
  app.use("/trpc", ports.trpc);
  app.get("/", (req, res, next) => {
    if (wantsHtml(req.headers.accept)) return next();
    res.json({ name: "switchyard", version: ports.version, openapi: "/openapi.json", health: "/health", ready: "/ready" });
  });
  for (const [path, allow] of Object.entries(ROUTES)) app.all(path, methodNotAllowed(allow));
  app.use(consoleFiles(ports.consoleDist));
  app.use((_req, res) => sendFailure(res, failure("not_found")));
  app.use(unexpected(ports));
  return app;
}

/** The REST routes and their methods, for 405 answers and for the test that compares them with the OpenAPI document. */
export const ROUTES: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "POST",
  "/v1/models": "GET",
  "/v1/models/{*model}": "GET",
  "/v1/generation": "GET",
  "/health": "GET",
  "/ready": "GET",
  "/metrics": "GET",
  "/openapi.json": "GET",
};

const methodNotAllowed = (allow: string): RequestHandler => (_req, res) => {
  res.set("allow", allow);
  sendFailure(res, failure("method_not_allowed"));
};

function ready(ports: ServerPorts): RequestHandler {
  return async (_req, res) => {
    const reasons = await ports.unready();
    if (reasons.length === 0) res.json({ status: "ready" });
    else res.status(503).set("retry-after", "1").json({ status: "not ready", reasons, error: { message: reasons.join("; "), type: "overloaded_error", param: null, code: "service_unavailable" } });
  };
}

/** Refusals that had to be thrown are answered as such; anything else is a defect, logged with the request's id and told to nobody. */
function unexpected(ports: ServerPorts): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.writableEnded) return next();
    if (error instanceof FailureError) return sendFailure(res, error.failure);
    const status = (error as { status?: unknown }).status;
    // Express' own refusals: a path that cannot be decoded, a file that is not there.
    if (status === 400) return sendFailure(res, failure("invalid_request"));
    if (status === 404) return sendFailure(res, failure("not_found"));
    if (isDatabaseAway(error)) return sendFailure(res, failure("service_unavailable", { retryAfterMs: 1_000 }));
    ports.log.error("a request failed unexpectedly", { requestId: res.getHeader("x-request-id"), method: req.method, path: req.path, cause: error instanceof Error ? error.stack : String(error) });
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
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 5_000;
const HEADER_BYTES_MAX = 16 * 1024;
const CONNECTIONS_MAX = 10_000;

/** Slow or endless heads and bodies are cut; what the parser refuses is answered in the envelope, too. */
export function createServer(app: Express, requestId: () => string): http.Server {
  const server = http.createServer({
    headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 1_000, maxHeaderSize: HEADER_BYTES_MAX,
  }, app);
  server.maxConnections = CONNECTIONS_MAX;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    const [status, code, message] = error.code === "HPE_HEADER_OVERFLOW" ? ["431 Request Header Fields Too Large", "invalid_request", "The headers are too large."]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? ["408 Request Timeout", "request_timeout", "The request took too long to arrive."]
        : ["400 Bad Request", "invalid_request", "The request is not valid HTTP."];
    const body = JSON.stringify({ error: { message, type: code === "request_timeout" ? "timeout_error" : "invalid_request_error", param: null, code } });
    socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nx-request-id: ${requestId()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
  });
  return server;
}
