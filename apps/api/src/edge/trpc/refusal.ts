/** Maps every refusal of a procedure to the closed table of failures, once, for HTTP and WebSocket alike. */
import { TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { FAILURES, FailureError, failure, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";
import type { Result } from "@switchyard/shared/kernel/result";
import type { RefusalShape } from "@switchyard/shared/wire/console/client";

/** tRPC's own refusals in our words. What is not here is our defect. */
const BY_TRPC_CODE: Partial<Record<TRPCError["code"], Failure>> = {
  PARSE_ERROR: failure("invalid_json"),
  BAD_REQUEST: failure("invalid_request"),
  NOT_FOUND: failure("not_found"),
  METHOD_NOT_SUPPORTED: failure("method_not_allowed"),
  PAYLOAD_TOO_LARGE: failure("payload_too_large"),
  UNSUPPORTED_MEDIA_TYPE: failure("unsupported_media_type"),
  UNPROCESSABLE_CONTENT: failure("invalid_request"),
  CLIENT_CLOSED_REQUEST: failure("client_closed"),
};

/** SQLSTATEs and socket errors that mean "not now": no connection, statement timeout, shutting down, too many connections. */
const UNAVAILABLE = /^(?:08...|57P0.|57014|53...|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;

/** The failure behind anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  if (error instanceof TRPCError) {
    if (error.cause instanceof FailureError) return error.cause.failure;
    const known = BY_TRPC_CODE[error.code];
    if (known) return error.cause instanceof ZodError ? { ...known, param: pathOf(error.cause.issues[0]) } : known;
    return failureOf(error.cause);
  }
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === "string" && UNAVAILABLE.test(code)) return failure("service_unavailable", { cause: error });
  // What pg says without a code when no connection can be had in time or one breaks under a query.
  if (
    error instanceof Error &&
    /^(?:timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error)/.test(error.message)
  ) {
    return failure("service_unavailable", { cause: error });
  }
  return failure("internal", { cause: error });
}

const pathOf = (issue: { path: PropertyKey[] } | undefined): string => (issue?.path ?? []).map(String).join(".");

/** Whether somebody has to look at it: a defect, or a database that cannot be reached. */
export const deservesReport = (one: Failure): boolean => FAILURES[one.code].http >= 500;

export const toTrpcError = (one: Failure): TRPCError =>
  new TRPCError({ code: FAILURES[one.code].trpc, message: publicTextOf(one), cause: new FailureError(one) });

/** The value, or the refusal thrown for the edge to catch. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FailureError(result.failure);
}

/** The value, or `not_found`. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new FailureError(failure("not_found"));
  return value;
}

const ISSUES_MAX = 20;

/** What the client gets to see: never a stack, never a private word. */
export function refusalShape(error: TRPCError, requestId: string | undefined): RefusalShape & { readonly message: string } {
  const one = failureOf(error);
  const issues = error.code === "BAD_REQUEST" && error.cause instanceof ZodError ? error.cause.issues : [];
  return {
    message: publicTextOf(one),
    failure: one.code,
    requestId,
    param: one.param || undefined,
    retryAfterMs: one.retryAfterMs,
    issues: issues.slice(0, ISSUES_MAX).map((issue) => ({ path: pathOf(issue), message: issue.message })),
  };
}
