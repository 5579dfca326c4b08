/** Google's door: `/v1beta/models/{model}:generateContent`, `:streamGenerateContent`, `:countTokens` and the list of models. */
import type { Request, RequestHandler } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import { parseCountRequest, parseGenerateRequest } from "@switchyard/shared/wire/google-generate";
import { runCall } from "../../gateway/call.ts";
import { chatJob, demandOfChat } from "../../gateway/job.ts";
import { promptTokensLikely } from "../../ledger/estimate.ts";
import { offersOf, resolve, type Offer } from "../../routing/resolve.ts";
import { generateAnswerOf, GenerateStream } from "../dialects/google/answer.ts";
import { googleErrorOf } from "../dialects/google/error.ts";
import { chatOfGenerate } from "../dialects/google/request.ts";
import { answerHeaders } from "./answer-headers.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import type { ModelsPorts } from "./models.http.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";
import { sendJson, tellStream, tellWhole, type EndingWire } from "./tell-call.http.ts";

const METHODS = ["generateContent", "streamGenerateContent", "countTokens"] as const;
type Method = (typeof METHODS)[number];

/** The model and the method behind the last colon; a model's name may hold slashes and colons. */
function askedOf(req: Request): { readonly model: string; readonly method: Method } | undefined {
  const path: unknown = req.params["asked"];
  const text = Array.isArray(path) ? path.join("/") : String(path);
  const colon = text.lastIndexOf(":");
  const method = METHODS.find((one) => one === text.slice(colon + 1));
  return colon > 0 && method ? { model: text.slice(0, colon), method } : undefined;
}

export function generateContent(ports: InferencePorts & ModelsPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const asked = askedOf(req);
    if (!asked) return sendFailure(res, failure("not_found"));
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const stream = asked.method === "streamGenerateContent";
    if (stream && req.query["alt"] !== "sse")
      return sendFailure(res, failure("invalid_request", { param: "alt", publicText: "A stream is answered as server-sent events only: add '?alt=sse'." }));
    const body = asked.method === "countTokens" ? parseCountRequest(json.value) : parseGenerateRequest(json.value);
    if (!body.ok) return sendFailure(res, body.failure);
    const request = chatOfGenerate(body.value, { model: asked.model, stream });
    if (!request.ok) return sendFailure(res, request.failure);
    if (asked.method === "countTokens") {
      const route = resolve(ports.catalog.current(), principal.value, asked.model);
      if (!route.ok) return sendFailure(res, route.failure);
      return void res.json({ totalTokens: promptTokensLikely(demandOfChat(request.value).prompt) });
    }
    await whileListening(ports, res, async (abort) => {
      const events = runCall(ports.gateway, { principal: principal.value, job: chatJob(request.value, "generate"), origin: originOf(ports, req) }, abort);
      if (stream) await tellStream(ports, events, res, generateWire());
      else
        await tellWhole(events, res, ({ head, model, reply, bill }) =>
          sendJson(res, answerHeaders(head), generateAnswerOf(reply.body, { usage: bill.usage, id: head.generationId, model: model.name })),
        );
    });
  };
}

const frameOf = (piece: unknown): string => `data: ${JSON.stringify(piece)}\r\n\r\n`;

function generateWire(): EndingWire {
  let told: GenerateStream | undefined;
  return {
    open: ({ head, model }) => {
      told = new GenerateStream({ id: head.generationId, model: model.name });
      return "";
    },
    frames: (bytes) => (told?.push(bytes) ?? []).map(frameOf).join(""),
    end: (bill) => (told ? frameOf(told.end(bill.usage)) : ""),
    error: (why) => frameOf(googleErrorOf(why)),
  };
}

/** Models in Google's shape; groups are models, too. */
export function listGoogleModels(ports: ModelsPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    res.json({ models: offersOf(ports.catalog.current(), principal.value).map(modelOf) });
  };
}

export function getGoogleModel(ports: ModelsPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const path: unknown = req.params["model"];
    const name = Array.isArray(path) ? path.join("/") : String(path);
    const offer = offersOf(ports.catalog.current(), principal.value).find((one) => one.name === name);
    if (offer) res.json(modelOf(offer));
    else sendFailure(res, failure("model_not_found", { param: "model" }));
  };
}

/** A group can promise only what each of its targets can. */
function modelOf({ name, targets }: Offer): Record<string, unknown> {
  const least = (values: readonly (number | undefined)[]): number | undefined => {
    const known = values.filter((value) => value !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  };
  const input = least(targets.map(({ model }) => model.contextWindow));
  const output = least(targets.map(({ model }) => model.maxOutput));
  return {
    name: `models/${name}`,
    displayName: name,
    ...(input === undefined ? {} : { inputTokenLimit: input }),
    ...(output === undefined ? {} : { outputTokenLimit: output }),
    supportedGenerationMethods: METHODS,
  };
}
