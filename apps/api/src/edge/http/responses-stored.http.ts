/** `GET` and `DELETE /v1/responses/{id}`, its `/input_items` and `/cancel`: what was kept, for its own workspace only. */
import type { Request, RequestHandler } from "express";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { deleteResponse, getResponse, type StoredResponse } from "@switchyard/db/queries/responses";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { parseId, type CallId } from "@switchyard/shared/kernel/id";
import { inputItemsPage, pageAskOf } from "../dialects/responses/input-items.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import type { ResponsesPorts } from "./responses.http.ts";

const NOT_THERE = failure("not_found", { param: "response_id", publicText: "There is no such response." });

/** Somebody else's id and no id at all are the same: not there. */
const idIn = (req: Request): CallId | undefined => parseId("call", String(req.params["id"]));

const find = async (ports: ResponsesPorts, principal: KeyPrincipal, id: CallId | undefined): Promise<StoredResponse | undefined> =>
  id && asPrincipal(ports.pool, principal, (tx) => getResponse(tx, id));

export function retrieveResponse(ports: ResponsesPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    if (req.query["stream"] === "true") return sendFailure(res, NO_REPLAY);
    const found = await find(ports, principal.value, idIn(req));
    if (!found) return sendFailure(res, NOT_THERE);
    res.type("application/json").send(found.response);
  };
}
const NO_REPLAY: Failure = failure("not_supported", { param: "stream", publicText: "A stored response is given whole, not as a stream." });

export function deleteStoredResponse(ports: ResponsesPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const id = idIn(req);
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

/** One that streams here is called off; one that has ended cannot be, as OpenAI has it for all that do not run in the background. */
export function cancelResponse(ports: ResponsesPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const id = idIn(req);
    const cancelled = id && ports.runningResponses.cancel(id, principal.value.workspaceId);
    if (cancelled) return void res.json(cancelled);
    const found = await find(ports, principal.value, id);
    sendFailure(
      res,
      found ? failure("invalid_request", { param: "response_id", publicText: "This response has ended already: it cannot be cancelled." }) : NOT_THERE,
    );
  };
}
