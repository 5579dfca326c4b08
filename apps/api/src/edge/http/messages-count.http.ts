/** `POST /v1/messages/count_tokens`: how long a prompt is, without asking anybody and without a charge. */
import type { RequestHandler } from "express";
import { measureOf, parseCountRequest } from "@switchyard/shared/wire/anthropic-messages";
import type { CatalogSnapshot } from "../../catalog/snapshot.ts";
import { promptTokensLikely } from "../../ledger/estimate.ts";
import { resolve } from "../../routing/resolve.ts";
import { authenticate, type AuthenticatePorts } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";

export interface CountPorts extends AuthenticatePorts {
  readonly catalog: { current(): CatalogSnapshot };
}

/** Clients ask this many times at once; it takes part in no limit. The count is an estimate: whose tokenizer will read the prompt is not known yet. */
export function countTokens(ports: CountPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parseCountRequest(json.value);
    if (!request.ok) return sendFailure(res, request.failure);
    const route = resolve(ports.catalog.current(), principal.value, request.value.model);
    if (!route.ok) return sendFailure(res, route.failure);
    res.json({ input_tokens: promptTokensLikely(measureOf(request.value)) });
  };
}
