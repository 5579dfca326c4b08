/** A refusal as Google's envelope says it (https://cloud.google.com/apis/design/errors). */
import { FAILURES, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";

const STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  402: "FAILED_PRECONDITION",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  413: "INVALID_ARGUMENT",
  415: "INVALID_ARGUMENT",
  422: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** @param retryAfterSeconds how long to wait, as the header says it */
export function googleErrorOf(failure: Failure, retryAfterSeconds?: string): Record<string, unknown> {
  const { http } = FAILURES[failure.code];
  const details: Record<string, unknown>[] = [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: failure.code.toUpperCase(), domain: "switchyard" },
    ...(failure.param === undefined
      ? []
      : [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field: failure.param, description: publicTextOf(failure) }] }]),
    ...(failure.link === undefined
      ? []
      : [{ "@type": "type.googleapis.com/google.rpc.Help", links: [{ description: "Switchyard's console", url: failure.link }] }]),
    ...(retryAfterSeconds === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfterSeconds}s` }]),
  ];
  return { error: { code: http, message: publicTextOf(failure), status: STATUSES[http] ?? "UNKNOWN", details } };
}
