/** `POST /v1/messages/count_tokens`: how long a prompt is, without a charge. */
import type { RequestHandler } from "express";
import { parseCountRequest } from "@switchyard/shared/wire/anthropic-messages";
import { countPrompt } from "../../gateway/count-prompt.ts";
import { promptTokensLikely } from "../../ledger/estimate.ts";
import { promptSizeOf } from "../dialects/messages/job.ts";
import { betasOf, nativeRequestOf } from "../dialects/messages/native.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";

/** Clients ask this many times at once; it takes part in no limit. Where no Anthropic target can tell, the count is an estimate. */
export function countTokens(ports: InferencePorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parseCountRequest(json.value);
    if (!request.ok) return sendFailure(res, request.failure);
    const { session } = originOf(ports, req);
    const native = nativeRequestOf(request.value, betasOf(req.headers["anthropic-beta"]));
    await whileListening(ports, res, async (abort) => {
      const ask = { principal: principal.value, modelAsked: request.value.model, request: native, session };
      const counted = await countPrompt(ports.gateway, ask, abort.signal);
      if (!counted.ok) sendFailure(res, counted.failure);
      else if (!res.destroyed) res.json({ input_tokens: counted.value ?? promptTokensLikely(promptSizeOf(request.value)) });
    });
  };
}
