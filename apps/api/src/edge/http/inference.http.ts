/** What every inference door stands on: the flow, the writer's options, and the life of a call bound to its client's connection. */
import type { IncomingMessage } from "node:http";
import type { Response } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import type { CallOrigin } from "../../gateway/call-event.ts";
import { CACHE_HEADER } from "../../gateway/cached-answer.ts";
import type { Underway } from "../../gateway/underway.ts";
import type { GatewayPorts } from "../../gateway/ports.ts";
import type { AuthenticatePorts } from "./authenticate.ts";
import { requestIdOf } from "./error-body.ts";
import { sessionOf } from "./session-of.ts";
import type { SseOptions } from "./sse.http.ts";

export interface InferencePorts extends AuthenticatePorts {
  readonly gateway: GatewayPorts;
  readonly sse: SseOptions;
  /** Calls under way, for an orderly stop. */
  readonly underway: Underway;
  readonly clientAddress: (request: IncomingMessage) => string;
}

/** What the flow needs to know of a request beside its body. */
export const originOf = ({ clientAddress }: InferencePorts, req: IncomingMessage): CallOrigin => ({
  address: clientAddress(req),
  session: sessionOf(req.headers),
  // Two headers of that name come as one with a comma and a space, which is no key.
  cache: req.headers[CACHE_HEADER]?.toString(),
  idempotencyKey: req.headers["idempotency-key"]?.toString(),
});

const CLIENT_ID_CHARS_MAX = 200;

/** By which the caller may ask for this call: our id of the request, and the one it was given by the caller. */
export function requestIdsOf(res: Response): readonly string[] {
  const own = requestIdOf(res);
  const theirs = res.req.headers["x-client-request-id"];
  const ids = own === undefined ? [] : [own];
  return typeof theirs === "string" && theirs !== "" && theirs.length <= CLIENT_ID_CHARS_MAX ? [...ids, theirs] : ids;
}

/** Runs a call that is aborted when its client leaves before the last byte was written. */
export async function whileListening(ports: InferencePorts, res: Response, run: (abort: AbortController) => Promise<void>): Promise<void> {
  const abort = new AbortController();
  ports.underway.add(abort, requestIdsOf(res));
  res.once("close", () => {
    if (!res.writableFinished) abort.abort(failure("client_closed"));
  });
  try {
    await run(abort);
  } finally {
    ports.underway.delete(abort);
  }
}
