/** `POST /v1/messages/count_tokens`: how long a prompt is, without a charge. */
import type { RequestHandler } from "express";
import { parseCountRequest } from "@switchyard/shared/wire/anthropic-messages";
import { countPrompt } from "../../gateway/count-prompt.ts";
import { promptTokensLikely } from "../../ledger/estimate.ts";
import { promptSizeOf } from "../dialects/messages/job.ts";
import { betasOf, nativeRequestOf } from "../dialects/messages/native.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { jsonRoute } from "./json-route.http.ts";

/** Clients ask this many times at once; it takes part in no limit. Where no Anthropic target can tell, the count is an estimate. */
export const countTokens = (ports: InferencePorts): RequestHandler =>
  jsonRoute(ports, parseCountRequest, async ({ principal, request }, req, res) => {
    const { session } = originOf(ports, req);
    const native = nativeRequestOf(request, betasOf(req.headers["anthropic-beta"]));
    await whileListening(ports, res, async (abort) => {
      const counted = await countPrompt(ports.gateway, { principal, modelAsked: request.model, request: native, session }, abort.signal);
      if (!counted.ok) sendFailure(res, counted.failure);
      else if (!res.destroyed) res.json({ input_tokens: counted.value ?? promptTokensLikely(promptSizeOf(request)) });
    });
  });
