/** `POST /v1/responses`: OpenAI's Responses onto the flow of a call, told anew where the provider speaks chat. */
import type { Request, RequestHandler, Response } from "express";
import { parseResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { runCall } from "../../gateway/call.ts";
import type { CallEvent, CallHead } from "../../gateway/call-event.ts";
import { CALLED_OFF } from "../../gateway/underway.ts";
import { responsesJob } from "../dialects/responses/job.ts";
import { nativeResponse } from "../dialects/responses/native.ts";
import { asResponse } from "../dialects/responses/reply.ts";
import { ResponseStream } from "../dialects/responses/stream.ts";
import { toolBookOf } from "../dialects/responses/tools.ts";
import { answerHeaders } from "./answer-headers.ts";
import { addTurnQuietly } from "./conversation-items.http.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, requestIdsOf, whileListening } from "./inference.http.ts";
import { jsonRoute } from "./json-route.http.ts";
import { hindranceTo, startInBackground } from "./responses-background.http.ts";
import { tellEvents } from "./responses-events.http.ts";
import { keep, recallFor } from "./responses-history.http.ts";
import { droppedHeader, nowSeconds, refusalOf, responseHead, suffixOf, tellerFor, type Asked, type ResponsesPorts, type Teller } from "./responses-telling.ts";
import { sendJson, tellStream, tellWhole, type Replied } from "./tell-call.http.ts";

export const createResponse = (ports: ResponsesPorts): RequestHandler =>
  jsonRoute(ports, parseResponsesRequest, async ({ principal, request }, req, res) => {
    const recalled = await recallFor(ports, principal, request);
    if (!recalled.ok) return sendFailure(res, recalled.failure);
    const asked: Asked = {
      ports,
      principal,
      request,
      own: recalled.value.own,
      createdSeconds: nowSeconds({ ports }),
      // What nobody waits for is asked as a stream: then its provider is never silent for long, and what came is known if it breaks off.
      ...responsesJob(request.background === true ? { ...request, stream: true } : request, recalled.value.items),
    };
    if (request.background === true) return answerFromBackground(asked, req, res);
    await whileListening(ports, res, async (abort) => {
      const events = runCall(ports.gateway, { principal, origin: originOf(ports, req), job: asked.job }, abort);
      if (request.stream === true) await writeStream(asked, events, res, abort);
      else
        await tellWhole(
          events,
          res,
          (answer) => writeReply(asked, answer, res),
          (why) => refusalOf(asked, why),
        );
    });
  });

/** The call is on its way: its response is told as it stands, or its events as they come. */
async function answerFromBackground(asked: Asked, req: Request, res: Response): Promise<void> {
  const hindrance = hindranceTo(asked);
  if (hindrance) return sendFailure(res, hindrance);
  const started = await startInBackground(asked, originOf(asked.ports, req), requestIdsOf(res));
  const headers = answerHeaders(started.head);
  if ("failure" in started) return sendFailure(res.set(headers), refusalOf(asked, started.failure));
  if (asked.request.stream === true) return tellEvents(asked.ports, asked.principal, { id: started.head.callId, after: -1, headers }, res);
  sendJson(res, headers, started.response);
}

async function kept({ ports, principal, request, own }: Asked, head: CallHead, whole: Record<string, unknown>): Promise<Record<string, unknown>> {
  // The call that is told again was kept when it was carried out.
  if (head.replayed) return whole;
  const response = await addTurnQuietly(ports, principal, { conversation: request.conversation, own, response: whole });
  const isKept = await keep(ports, principal, { callId: head.callId, request, own, response });
  return response["store"] === isKept ? response : { ...response, store: isKept };
}

async function writeReply(asked: Asked, answer: Replied, res: Response): Promise<void> {
  const { head, bill, operation, model, reply } = answer;
  const said = responseHead(asked, head.generationId, model.name);
  const response =
    operation === "responses" || asked.asked === undefined
      ? nativeResponse(reply.body, said, bill)
      : asResponse(said, asked.asked.book, suffixOf(head), { body: reply.body, bill, nowSeconds: nowSeconds(asked) });
  sendJson(res, { ...answerHeaders(head), ...droppedHeader(asked, answer) }, await kept(asked, head, response));
}

async function writeStream(asked: Asked, events: AsyncIterable<CallEvent>, res: Response, abort: AbortController): Promise<void> {
  const { ports } = asked;
  let open: { readonly head: CallHead; readonly teller: Teller } | undefined;
  await tellStream(ports, events, res, {
    headers: (opened) => droppedHeader(asked, opened),
    open: (opened) => {
      const teller = tellerFor(asked, opened);
      open = { head: opened.head, teller };
      ports.underway.telling(abort, () => teller.snapshot({ status: "cancelled" }));
      return teller.open();
    },
    frames: (bytes) => open?.teller.push(bytes) ?? "",
    end: async (bill) => (open ? open.teller.last(await kept(asked, open.head, open.teller.end(bill, nowSeconds(asked)))) : ""),
    refusal: (why) => refusalOf(asked, why),
    error: async (why, head) => {
      // Whoever called it off, perhaps at another program, asks for what there is.
      if (open && abort.signal.reason === CALLED_OFF) await kept(asked, open.head, open.teller.snapshot({ status: "cancelled" }));
      return (open?.teller ?? new ResponseStream(responseHead(asked, head.generationId, asked.request.model), toolBookOf([]), "")).broken(why);
    },
  });
}
