/** `POST /v1/responses`: OpenAI's Responses onto the flow of a call, told anew where the provider speaks chat. */
import type { RequestHandler, Response } from "express";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { Failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import { parseResponsesRequest, type InputItem, type ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { runCall } from "../../gateway/call.ts";
import type { Bill, CallEvent, CallHead } from "../../gateway/call-event.ts";
import { RESPONSES_PARAMS, toldInOwn } from "../dialects/chat-param.ts";
import { responsesJob, type ResponsesJob } from "../dialects/responses/job.ts";
import { NativeStream, nativeResponse } from "../dialects/responses/native.ts";
import { asResponse } from "../dialects/responses/reply.ts";
import type { ResponseHead } from "../dialects/responses/response-object.ts";
import { ResponseStream } from "../dialects/responses/stream.ts";
import { toolBookOf } from "../dialects/responses/tools.ts";
import { droppedAt } from "../dialects/responses/target-fit.ts";
import { answerHeaders } from "./answer-headers.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { jsonRoute } from "./json-route.http.ts";
import { isToBeKept, keep, recallFor, type HistoryPorts } from "./responses-history.http.ts";
import type { RunningResponses } from "./responses-running.ts";
import { sendJson, tellStream, tellWhole, type Opened, type Replied } from "./tell-call.http.ts";

export interface ResponsesPorts extends InferencePorts, HistoryPorts {
  readonly runningResponses: RunningResponses;
}

export const createResponse = (ports: ResponsesPorts): RequestHandler =>
  jsonRoute(ports, parseResponsesRequest, async ({ principal, request }, req, res) => {
    const recalled = await recallFor(ports, principal, request);
    if (!recalled.ok) return sendFailure(res, recalled.failure);
    const asked: Asked = { ports, principal, request, own: recalled.value.own, ...responsesJob(request, recalled.value.items) };
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

interface Asked extends ResponsesJob {
  readonly ports: ResponsesPorts;
  readonly principal: KeyPrincipal;
  readonly request: ResponsesRequest;
  readonly own: readonly InputItem[];
}

const nowSeconds = ({ ports }: Asked): number => Math.floor(ports.gateway.clock.now() / 1000);
const responseHead = (asked: Asked, id: string, model: string): ResponseHead => ({
  id,
  model,
  request: asked.request,
  createdSeconds: nowSeconds(asked),
  stored: isToBeKept(asked.ports, asked.request),
});

/** Makes the ids of a response's items its own. */
const suffixOf = ({ callId }: CallHead): string => formatId("call", callId).slice("gen_".length);

/** What a chat could not carry is named, so that nothing is lost in silence. */
function droppedHeader({ asked }: Asked, { operation, model }: Answering): Record<string, string> {
  const dropped = operation === "chat" && asked ? droppedAt(asked, model) : [];
  return dropped.length === 0 ? {} : { "x-switchyard-dropped": dropped.slice(0, DROPPED_TOLD_MAX).join(", ") };
}
const DROPPED_TOLD_MAX = 50;

/** What an event tells of who answers. */
type Answering = Pick<Opened, "head" | "operation" | "model">;

/** Where no provider speaks Responses itself, the reason is what a chat cannot say. */
const refusalOf = ({ unsayable }: Asked, why: Failure): Failure =>
  unsayable !== undefined && why.code === "not_supported" ? unsayable : toldInOwn(why, RESPONSES_PARAMS);

async function kept(asked: Asked, head: CallHead, response: Record<string, unknown>): Promise<Record<string, unknown>> {
  // The call that is told again was kept when it was carried out.
  if (head.replayed) return response;
  const isKept = await keep(asked.ports, asked.principal, { callId: head.callId, request: asked.request, own: asked.own, response });
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

/** What stands between the frames of a call and the client: they are passed on, or told anew. */
interface Teller {
  open(): string;
  push(frames: Buffer): Buffer | string;
  end(bill: Bill, nowSeconds: number): Record<string, unknown>;
  last(response: Record<string, unknown>): string;
  broken(why: Failure): string;
  snapshot(status: "cancelled"): Record<string, unknown>;
}

function tellerFor(asked: Asked, { head, operation, model }: Answering): Teller {
  const said = responseHead(asked, head.generationId, model.name);
  if (operation === "responses" || asked.asked === undefined) return new NativeStream(said);
  return new ResponseStream(said, asked.asked.book, suffixOf(head));
}

async function writeStream(asked: Asked, events: AsyncIterable<CallEvent>, res: Response, abort: AbortController): Promise<void> {
  const { ports, principal } = asked;
  let open: { readonly head: CallHead; readonly teller: Teller } | undefined;
  try {
    await tellStream(ports, events, res, {
      headers: (opened) => droppedHeader(asked, opened),
      open: (opened) => {
        const { head } = opened;
        const teller = tellerFor(asked, opened);
        open = { head, teller };
        ports.runningResponses.began(head.callId, { workspaceId: principal.workspaceId, abort, snapshot: () => teller.snapshot("cancelled") });
        return teller.open();
      },
      frames: (bytes) => open?.teller.push(bytes) ?? "",
      end: async (bill) => (open ? open.teller.last(await kept(asked, open.head, open.teller.end(bill, nowSeconds(asked)))) : ""),
      refusal: (why) => refusalOf(asked, why),
      error: (why, head) => (open?.teller ?? new ResponseStream(responseHead(asked, head.generationId, asked.request.model), toolBookOf([]), "")).broken(why),
    });
  } finally {
    if (open) ports.runningResponses.ended(open.head.callId);
  }
}
