/** A route for callers with a key that takes one JSON body. */
import type { Request as HttpRequest, RequestHandler, Response } from "express";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { Result } from "@switchyard/shared/kernel/result";
import { authenticate, type AuthenticatePorts } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";

export interface Asked<Request> {
  readonly principal: KeyPrincipal;
  readonly request: Request;
}

/** Who asks, and their JSON body read and checked; what is wrong with either is refused here. @param bytesMax of the body */
export function jsonRoute<Request>(
  ports: AuthenticatePorts,
  parse: (value: unknown) => Result<Request>,
  answer: (asked: Asked<Request>, req: HttpRequest, res: Response) => Promise<void>,
  bytesMax = INFERENCE_BODY_MAX,
): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, bytesMax);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parse(json.value);
    if (!request.ok) return sendFailure(res, request.failure);
    await answer({ principal: principal.value, request: request.value }, req, res);
  };
}
