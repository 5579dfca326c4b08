/** `POST /api/llm/cancel` and `GET /api/llm/status/{id}`: a caller's own calls, while they run and after. */
import type { Request, RequestHandler, Response } from "express";
import type pg from "pg";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { getCall, isCallOpen } from "@switchyard/db/queries/calls";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId, parseId } from "@switchyard/shared/kernel/id";
import { parseCancelRequest, type CancelRequest } from "@switchyard/shared/wire/own-calls";
import type { NodeOrder } from "../../events/event-bus.ts";
import type { Underway, UnderwayCall } from "../../gateway/underway.ts";
import { authenticate, type AuthenticatePorts } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { jsonRoute, type Asked } from "./json-route.http.ts";
import { CONTROL_BODY_MAX } from "./read-body.ts";

export interface UnderwayPorts extends AuthenticatePorts {
  readonly pool: pg.Pool;
  readonly underway: Underway;
  /** Asks every program of this installation. */
  readonly order: (order: NodeOrder) => void;
}

const UNKNOWN = failure("not_found", { param: "requestId", publicText: "No call of this key with this id is running." });

export function cancelCall(ports: UnderwayPorts): RequestHandler {
  const cancel = async ({ principal, request: { requestId } }: Asked<CancelRequest>, _req: Request, res: Response): Promise<void> => {
    if (ports.underway.cancel(requestId, principal) > 0) {
      res.json({ success: true, message: "The call was cancelled; what it had produced is charged." });
      return;
    }
    if (!(await runsElsewhere(ports, principal, requestId))) return sendFailure(res, UNKNOWN);
    ports.order({ kind: "cancel", workspaceId: principal.workspaceId, keyId: principal.keyId, id: requestId });
    res.status(202).json({ success: true, message: "The program that runs the call was told to cancel it." });
  };
  return jsonRoute(ports, parseCancelRequest, cancel, CONTROL_BODY_MAX);
}

/** Another program of this installation holds money for a call of this key. */
async function runsElsewhere({ pool }: UnderwayPorts, principal: KeyPrincipal, id: string): Promise<boolean> {
  const callId = parseId("call", id);
  return callId !== undefined && asPrincipal(pool, principal, (tx) => isCallOpen(tx, callId, principal.keyId));
}

export function callStatus(ports: UnderwayPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const id = String(req.params["id"]);
    const [running] = ports.underway.find(id, principal.value);
    const status = running ? runningStatus(id, running) : await storedStatus(ports, principal.value, id);
    if (!status) return sendFailure(res, failure("not_found", { param: "id", publicText: "There is no call of this key with this id." }));
    res.json(status);
  };
}

function runningStatus(requestId: string, { call, upload }: UnderwayCall): Record<string, unknown> {
  return {
    requestId,
    status: call ? "active" : "uploading",
    ...(upload ? { upload: { receivedBytes: upload.received, totalBytes: upload.total ?? null } } : {}),
    ...(call
      ? {
          generationId: formatId("call", call.callId),
          createdAt: new Date(call.at).toISOString(),
          surface: call.surface,
          model: call.target?.model.name ?? call.modelAsked,
          provider: call.target?.model.provider.name ?? null,
          stream: call.stream,
          hasContent: call.firstTokenMs !== undefined,
        }
      : {}),
  };
}

/** By the id of the answer, on any program: its open hold, or its record. */
async function storedStatus({ pool }: UnderwayPorts, principal: KeyPrincipal, id: string): Promise<Record<string, unknown> | undefined> {
  const callId = parseId("call", id);
  if (!callId) return undefined;
  return asPrincipal(pool, principal, async (tx) => {
    const call = await getCall(tx, callId);
    if (call?.keyId === principal.keyId) {
      const { outcome, at, surface, model, provider, stream } = call;
      return {
        requestId: id,
        generationId: id,
        status: "finished",
        outcome,
        createdAt: at.toISOString(),
        surface,
        model: model ?? call.modelAsked,
        provider: provider ?? null,
        stream,
      };
    }
    return call === undefined && (await isCallOpen(tx, callId, principal.keyId)) ? { requestId: id, generationId: id, status: "active" } : undefined;
  });
}
