/** A refusal as its door's envelope says it: status, headers and body. OpenAI's, unless the answer speaks another wire. */
import type { IncomingMessage } from "node:http";
import type { Response } from "express";
import { FAILURES, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";
import { googleErrorOf } from "../dialects/google/error.ts";
import { messagesErrorOf, messagesStatusOf } from "../dialects/messages/error.ts";

export interface ErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string };
}

export const errorBodyOf = (failure: Failure): ErrorBody => ({
  error: { message: publicTextOf(failure), type: FAILURES[failure.code].openai, param: failure.param ?? null, code: failure.code },
});

/** A refusal inside a stream of events, as OpenAI's clients read it. */
export const errorFrame = (failure: Failure): string => `data: ${JSON.stringify(errorBodyOf(failure))}\n\n`;

/** Waiting heals gradually, and some clients give up at once when asked to wait for longer. */
const RETRY_AFTER_MAX_MS = 60_000;

/** How long to wait, in milliseconds. That of our own limits is exact, that of providers is capped. */
function retryAfterMsOf(failure: Failure): number | undefined {
  const http = FAILURES[failure.code].http;
  if (failure.retryAfterMs === undefined) return http === 429 || http === 503 ? 1_000 : undefined;
  const ms = Math.max(1, Math.ceil(failure.retryAfterMs));
  return http === 429 ? ms : Math.min(ms, RETRY_AFTER_MAX_MS);
}

/** Headers that go with a refusal. SDKs repeat 409 and 5xx by themselves; where that cannot help they are told so. */
export function errorHeadersOf(failure: Failure): Record<string, string> {
  const row = FAILURES[failure.code];
  const headers: Record<string, string> = {};
  const ms = retryAfterMsOf(failure);
  if (ms !== undefined) Object.assign(headers, waitHeaders(ms));
  if (row.http === 401) headers["www-authenticate"] = "Bearer";
  // The rest of such a body is not read: the connection cannot be used for anything after it.
  if (failure.code === "payload_too_large" || failure.code === "request_timeout") headers["connection"] = "close";
  // A limit of a day heals, but an SDK that slept for so long would look dead: its caller is told at once.
  const isLong = row.http === 429 && (ms ?? 0) > RETRY_AFTER_MAX_MS;
  if (isLong || (!row.retryable && (row.http === 409 || row.http >= 500))) headers["x-should-retry"] = "false";
  return headers;
}

/** `retry-after` in whole seconds, at least one, for everyone; the exact time for SDKs. */
const waitHeaders = (ms: number): Record<string, string> => ({ "retry-after": String(Math.max(1, Math.ceil(ms / 1_000))), "retry-after-ms": String(ms) });

/** Whose clients read an answer's refusals. */
type Wire = "openai" | "messages" | "google";

/** From here on refusals of this answer are said as this wire's clients read them. */
export function speak(res: Response, wire: Wire): void {
  res.locals["wire"] = wire;
}

export const speaksMessages = (res: Response): boolean => res.locals["wire"] === "messages";

export const requestIdOf = (res: Response): string | undefined => {
  const id = res.getHeader("x-request-id");
  return typeof id === "string" ? id : undefined;
};

const UNREAD_MS_MAX = 30_000;

/** Who was refused in the middle of sending may finish, so that the connection can serve again; but not at leisure. */
export function endIfUnread(req: IncomingMessage): void {
  const timer = setTimeout(() => {
    if (!req.complete) req.destroy();
  }, UNREAD_MS_MAX);
  timer.unref();
  req.once("close", () => clearTimeout(timer));
}

/** Answers with the envelope, unless the answer has begun already: then the connection is ended, because nothing true can follow. */
export function sendFailure(res: Response, failure: Failure): void {
  if (!res.req.complete) endIfUnread(res.req);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const wire = res.locals["wire"] as Wire | undefined;
  const headers = errorHeadersOf(failure);
  if (wire !== "messages") {
    const body = wire === "google" ? googleErrorOf(failure, headers["retry-after"]) : errorBodyOf(failure);
    res.status(FAILURES[failure.code].http).set(headers).json(body);
    return;
  }
  const ms = retryAfterMsOf(failure);
  // Claude Code gives up at once when it is asked to wait for more than a minute.
  const wait = ms === undefined ? {} : waitHeaders(Math.min(ms, RETRY_AFTER_MAX_MS));
  res
    .status(messagesStatusOf(failure))
    .set({ ...headers, ...wait })
    .json(messagesErrorOf(failure, requestIdOf(res)));
}
