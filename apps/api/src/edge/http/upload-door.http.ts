/** A door that takes a form with files: who asks, the form on disk, what is asked, and the flow of the call; nothing stays behind. */
import type { RequestHandler, Response } from "express";
import type { Result } from "@switchyard/shared/kernel/result";
import { runCall } from "../../gateway/call.ts";
import type { CallEvent } from "../../gateway/call-event.ts";
import type { Job } from "../../gateway/job.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { readForm, type Form, type FormLimits } from "./read-form.http.ts";
import type { Spool } from "./spool.fs.ts";

export interface UploadPorts extends InferencePorts {
  readonly spool: Spool;
}

export interface UploadDoor<Request> {
  readonly limits: FormLimits;
  /** Checks fields and files. */
  readonly read: (form: Form) => Promise<Result<Request>>;
  readonly job: (request: Request) => Job;
  readonly write: (events: AsyncIterable<CallEvent>, request: Request, res: Response) => Promise<void>;
}

export function uploadDoor<Request>(ports: UploadPorts, door: UploadDoor<Request>): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    await whileListening(ports, res, async (abort) => {
      const announced = Number(req.headers["content-length"]);
      const upload = ports.underway.uploading(abort, principal.value, Number.isSafeInteger(announced) ? announced : undefined);
      const form = await readForm(req, ports.spool, door.limits, { abort: abort.signal, onProgress: (bytes) => (upload.received = bytes) });
      if (!form.ok) return sendFailure(res, form.failure);
      try {
        const request = await door.read(form.value);
        if (!request.ok) return sendFailure(res, request.failure);
        const events = runCall(ports.gateway, { principal: principal.value, job: door.job(request.value), origin: originOf(ports, req) }, abort);
        await door.write(events, request.value, res);
      } finally {
        await form.value.close();
      }
    });
  };
}
