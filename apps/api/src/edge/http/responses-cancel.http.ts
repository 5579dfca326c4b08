/** `POST /v1/responses/{id}/cancel`: ends a response of the caller's workspace, whichever program runs it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestHandler } from "express";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { getCall, isCallOpen } from "@switchyard/db/queries/calls";
import { getResponse, type StoredResponse } from "@switchyard/db/queries/responses";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId, parseId, type CallId } from "@switchyard/shared/kernel/id";
import type { NodeOrder } from "../../events/event-bus.ts";
import { responseObject } from "../dialects/responses/response-object.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { isRunning } from "./responses-events.http.ts";
import type { ResponsesPorts } from "./responses-telling.ts";

export interface CancelPorts extends ResponsesPorts {
  /** Asks every program of this installation. */
  readonly order: (order: NodeOrder) => void;
}

export const NOT_THERE = failure("not_found", { param: "response_id", publicText: "There is no such response." });
const HAS_ENDED = failure("invalid_request", { param: "response_id", publicText: "This response has ended already: it cannot be cancelled." });

/** One that runs in the background may be cancelled again and again; of the others, as OpenAI has it, only those that stream just now. */
export function cancelResponse(ports: CancelPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const id = parseId("call", String(req.params["id"]));
    if (!id) return sendFailure(res, NOT_THERE);
    const { stored, isOpen } = await known(ports, principal.value, id);
    if (stored && !isRunning(stored.status)) {
      if (!stored.background && stored.status !== "cancelled") return sendFailure(res, HAS_ENDED);
      return void res.type("application/json").send(stored.response);
    }
    const soFar = callOff(ports, principal.value, id);
    if (soFar && !stored) return void res.json(soFar);
    if (!stored && !isOpen) return sendFailure(res, NOT_THERE);
    const ended = await untilEnded(ports, principal.value, id);
    if (!ended) return sendFailure(res, NOT_THERE);
    res.type("application/json").send(ended);
  };
}

/**
 * Ends the call here or wherever it runs.
 * @returns the answer as far as it came, where it is told here to a caller who waits for it
 */
export function callOff(ports: CancelPorts, { workspaceId }: KeyPrincipal, callId: CallId): Record<string, unknown> | undefined {
  const id = formatId("call", callId);
  const [here] = ports.underway.find(id, { workspaceId });
  if (!here) {
    ports.order({ kind: "cancel", workspaceId, id });
    return undefined;
  }
  const soFar = here.soFar?.();
  ports.underway.cancel(id, { workspaceId });
  return soFar;
}

const known = ({ pool }: ResponsesPorts, principal: KeyPrincipal, id: CallId): Promise<{ stored: StoredResponse | undefined; isOpen: boolean }> =>
  asPrincipal(pool, principal, async (tx) => ({ stored: await getResponse(tx, id), isOpen: await isCallOpen(tx, id) }));

const LOOK_MS = 100;
/** A provider's connection is let go at once; what takes longer is a program that does not hear. */
const LOOKS = 100;
/** Between the closing of a hold and the keeping of its response lies one transaction. */
const LOOKS_AFTER_CLOSING = 5;

/** @returns the response when it has ended, or as it stands when it does not end; undefined when it is nobody's response */
async function untilEnded(ports: ResponsesPorts, principal: KeyPrincipal, id: CallId): Promise<string | undefined> {
  let closedLooks = 0;
  for (let looks = 0; ; looks++) {
    const { stored, isOpen } = await known(ports, principal, id);
    if (stored && !isRunning(stored.status)) return stored.response;
    if (!isOpen) closedLooks += 1;
    if (looks >= LOOKS || (!stored && closedLooks > LOOKS_AFTER_CLOSING)) return stored?.response ?? unkept(ports, principal, id);
    await sleep(LOOK_MS);
  }
}

/** A response that nobody keeps, told by the record of its call. */
async function unkept({ pool }: ResponsesPorts, principal: KeyPrincipal, id: CallId): Promise<string | undefined> {
  const call = await asPrincipal(pool, principal, (tx) => getCall(tx, id));
  if (call?.surface !== "responses") return undefined;
  const head = {
    id: formatId("call", id),
    createdSeconds: Math.floor(call.at.getTime() / 1000),
    model: call.model ?? call.modelAsked,
    request: { model: call.modelAsked, input: [] },
    stored: false,
  };
  return JSON.stringify(responseObject(head, { status: "cancelled", output: [] }));
}
