/** A door that takes one JSON body: who asks, what is asked, and the flow of the call; how the answer is written is the door's own. */
import type { RequestHandler, Response } from "express";
import type { Result } from "@switchyard/shared/kernel/result";
import { runCall } from "../../gateway/call.ts";
import type { CallEvent } from "../../gateway/call-event.ts";
import type { Job } from "../../gateway/job.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";

export interface JsonDoor<Request> {
  readonly parse: (value: unknown) => Result<Request>;
  readonly job: (request: Request) => Job;
  readonly write: (events: AsyncIterable<CallEvent>, request: Request, res: Response) => Promise<void>;
}

export function jsonDoor<Request>(ports: InferencePorts, door: JsonDoor<Request>): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = door.parse(json.value);
    if (!request.ok) return sendFailure(res, request.failure);
    await whileListening(ports, res, async (abort) => {
      const events = runCall(ports.gateway, { principal: principal.value, job: door.job(request.value), origin: originOf(ports, req) }, abort);
      await door.write(events, request.value, res);
    });
  };
}
