/** A door that takes one JSON body and leads to the flow of a call; how the answer is written is the door's own. */
import type { IncomingHttpHeaders } from "node:http";
import type { RequestHandler, Response } from "express";
import type { Result } from "@switchyard/shared/kernel/result";
import { runCall } from "../../gateway/call.ts";
import type { CallEvent } from "../../gateway/call-event.ts";
import type { Job } from "../../gateway/job.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { jsonRoute } from "./json-route.http.ts";

export interface JsonDoor<Request> {
  readonly parse: (value: unknown) => Result<Request>;
  readonly job: (request: Request, headers: IncomingHttpHeaders) => Job;
  readonly write: (events: AsyncIterable<CallEvent>, request: Request, res: Response) => Promise<void>;
}

export const jsonDoor = <Request>(ports: InferencePorts, door: JsonDoor<Request>): RequestHandler =>
  jsonRoute(ports, door.parse, ({ principal, request }, req, res) =>
    whileListening(ports, res, (abort) => {
      const events = runCall(ports.gateway, { principal, job: door.job(request, req.headers), origin: originOf(ports, req) }, abort);
      return door.write(events, request, res);
    }),
  );
