/** Serves the console's procedures over HTTP. */
import { createExpressMiddleware } from "@trpc/server/adapters/express";
import type { RequestHandler } from "express";
import { FailureError, failure } from "@switchyard/shared/kernel/failure";
import { contextOf } from "./http-context.ts";
import type { ReportPlace, TrpcPorts } from "./ports.ts";
import { deservesReport, failureOf, toTrpcError } from "./refusal.ts";
import { appRouter } from "./router.ts";

const BODY_BYTES_MAX = 256 * 1_024;
const CALLS_PER_BATCH_MAX = 20;
const SECOND_MS = 1_000;

/**
 * To be mounted at `/trpc`, before anything that reads bodies. No answer may be read by a foreign page: there are no CORS
 * headers here, and none may be added in front.
 */
export function trpcHandler(ports: TrpcPorts): RequestHandler {
  return createExpressMiddleware({
    router: appRouter,
    maxBodySize: BODY_BYTES_MAX,
    maxBatchSize: CALLS_PER_BATCH_MAX,
    allowMethodOverride: false,
    createContext: ({ req, res }) => {
      // Only JSON: a form of a foreign page can be sent without asking, and nothing here reads one.
      if (req.method === "POST" && !/^application\/json\b/i.test(req.headers["content-type"] ?? "")) throw toTrpcError(failure("unsupported_media_type"));
      return contextOf(ports, req, {
        requestId: String(res.getHeader("x-request-id") ?? ports.requestId()),
        setCookie: (cookie) => void res.append("set-cookie", cookie),
      });
    },
    responseMeta: ({ errors }) => {
      const waits = errors.map((error) => failureOf(error).retryAfterMs ?? 0);
      const retryAfterMs = Math.max(0, ...waits);
      return {
        headers: {
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
          ...(retryAfterMs > 0 ? { "retry-after": String(Math.ceil(retryAfterMs / SECOND_MS)) } : {}),
        },
      };
    },
    onError: ({ error, path, ctx }) => reportDefect(ports, error, { where: `trpc ${path ?? ""}`, requestId: ctx?.requestId }),
  });
}

/** Refusals are the client's to read; what remains is ours. */
export function reportDefect(ports: TrpcPorts, error: unknown, place: ReportPlace): void {
  const one = failureOf(error);
  if (deservesReport(one)) ports.report(one.cause ?? (error instanceof FailureError ? error : (one.detail ?? error)), place);
}
