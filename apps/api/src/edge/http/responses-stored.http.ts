/** `GET` and `DELETE /v1/responses/{id}` and its `/input_items`: what was kept, for its own workspace only. */
import type { Request, RequestHandler } from "express";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { deleteResponse, getResponse, type StoredResponse } from "@switchyard/db/queries/responses";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { parseId, type CallId } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { inputItemsPage, pageAskOf } from "../dialects/responses/input-items.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { callOff, NOT_THERE, type CancelPorts } from "./responses-cancel.http.ts";
import { isRunning, tellEvents } from "./responses-events.http.ts";
import type { ResponsesPorts } from "./responses-telling.ts";

/** Somebody else's id and no id at all are the same: not there. */
const idIn = (req: Request): CallId | undefined => parseId("call", String(req.params["id"]));

const find = async (ports: ResponsesPorts, principal: KeyPrincipal, id: CallId | undefined): Promise<StoredResponse | undefined> =>
  id && asPrincipal(ports.pool, principal, (tx) => getResponse(tx, id));

export function retrieveResponse(ports: ResponsesPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const after = startingAfter(req.query["starting_after"]);
    if (!after.ok) return sendFailure(res, after.failure);
    const found = await find(ports, principal.value, idIn(req));
    if (!found) return sendFailure(res, NOT_THERE);
    if (req.query["stream"] !== "true") return void res.type("application/json").send(found.response);
    if (!found.streamed) return sendFailure(res, NO_REPLAY);
    await tellEvents(ports, principal.value, { id: found.id, after: after.value, headers: {} }, res);
  };
}
const NO_REPLAY: Failure = failure("not_supported", {
  param: "stream",
  publicText: "Only a response that was made with 'background' and 'stream' can be read as a stream again.",
});

function startingAfter(text: unknown): Result<number> {
  if (text === undefined) return ok(-1);
  if (typeof text === "string" && /^\d{1,9}$/.test(text)) return ok(Number(text));
  return refused(failure("invalid_request", { param: "starting_after", publicText: "Invalid value for 'starting_after': expected the number of an event" }));
}

/** One that still runs is called off first. */
export function deleteStoredResponse(ports: CancelPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const id = idIn(req);
    const found = await find(ports, principal.value, id);
    if (found && isRunning(found.status)) callOff(ports, principal.value, found.id);
    const isGone = id !== undefined && (await asPrincipal(ports.pool, principal.value, (tx) => deleteResponse(tx, id)));
    if (!isGone) return sendFailure(res, NOT_THERE);
    res.json({ id: String(req.params["id"]), object: "response", deleted: true });
  };
}

export function listInputItems(ports: ResponsesPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const ask = pageAskOf(req.query);
    if (!ask.ok) return sendFailure(res, ask.failure);
    const found = await find(ports, principal.value, idIn(req));
    if (!found) return sendFailure(res, NOT_THERE);
    const page = inputItemsPage(found, ask.value);
    if (!page.ok) return sendFailure(res, page.failure);
    res.json(page.value);
  };
}
