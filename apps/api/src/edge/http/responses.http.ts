/** `POST /v1/responses`: OpenAI's Responses onto the flow of a call, told anew where the provider speaks chat. */
import type { RequestHandler, Response } from "express";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { Failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import { parseResponsesRequest, type InputItem, type ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { runCall } from "../../gateway/call.ts";
import type { Bill, CallEvent, CallHead } from "../../gateway/call-event.ts";
import type { Operation } from "../../providers/provider.ts";
import { RESPONSES_PARAMS, toldInOwn } from "../dialects/chat-param.ts";
import { responsesJob, type ResponsesJob } from "../dialects/responses/job.ts";
import { NativeStream, nativeResponse } from "../dialects/responses/native.ts";
import { asResponse } from "../dialects/responses/reply.ts";
import type { ResponseHead } from "../dialects/responses/response-object.ts";
import { ResponseStream } from "../dialects/responses/stream.ts";
import { toolBookOf } from "../dialects/responses/tools.ts";
import { droppedAt } from "../dialects/responses/target-fit.ts";
import { answerHeaders } from "./answer-headers.ts";
import { authenticate } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";
import { isToBeKept, keep, recallFor, type HistoryPorts } from "./responses-history.http.ts";
import type { RunningResponses } from "./responses-running.ts";
import { SseWriter } from "./sse.http.ts";

export interface ResponsesPorts extends InferencePorts, HistoryPorts {
  readonly runningResponses: RunningResponses;
}

export function createResponse(ports: ResponsesPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parseResponsesRequest(json.value);
    if (!request.ok) return sendFailure(res, request.failure);
    const recalled = await recallFor(ports, principal.value, request.value);
    if (!recalled.ok) return sendFailure(res, recalled.failure);

    const asked: Asked = {
      ports,
      principal: principal.value,
      request: request.value,
      own: recalled.value.own,
      ...responsesJob(request.value, recalled.value.items),
    };
    await whileListening(ports, res, async (abort) => {
      const events = runCall(ports.gateway, { principal: principal.value, origin: originOf(ports, req), job: asked.job }, abort);
      if (request.value.stream === true) await writeStream(asked, events, res, abort);
      else await writeReply(asked, events, res);
    });
  };
}

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

/** As for every call; and what a chat could not carry is named, so that nothing is lost in silence. */
function headersOf({ asked }: Asked, { head, operation, model }: Answering): Record<string, string> {
  const dropped = operation === "chat" && asked ? droppedAt(asked, model) : [];
  return { ...answerHeaders(head), ...(dropped.length === 0 ? {} : { "x-switchyard-dropped": dropped.slice(0, DROPPED_TOLD_MAX).join(", ") }) };
}
const DROPPED_TOLD_MAX = 50;

/** What an event tells of who answers. */
type Answering = Pick<Extract<CallEvent, { kind: "opened" }>, "head" | "operation" | "model">;

/** Where no provider speaks Responses itself, the reason is what a chat cannot say. */
const refusalOf = ({ unsayable }: Asked, why: Failure): Failure =>
  unsayable !== undefined && why.code === "not_supported" ? unsayable : toldInOwn(why, RESPONSES_PARAMS);

async function kept(asked: Asked, head: CallHead, response: Record<string, unknown>): Promise<Record<string, unknown>> {
  // The call that is told again was kept when it was carried out.
  if (head.replayed) return response;
  const isKept = await keep(asked.ports, asked.principal, { callId: head.callId, request: asked.request, own: asked.own, response });
  return response["store"] === isKept ? response : { ...response, store: isKept };
}

async function writeReply(asked: Asked, events: AsyncIterable<CallEvent>, res: Response): Promise<void> {
  for await (const event of events) {
    if (event.kind === "refused") {
      res.set(answerHeaders(event.head));
      sendFailure(res, refusalOf(asked, event.failure));
    } else if (event.kind === "reply") {
      const { head, bill, operation } = event;
      const said = responseHead(asked, head.generationId, event.model.name);
      const { body } = event.reply;
      const response =
        operation === "responses" || asked.asked === undefined
          ? nativeResponse(body, said, bill)
          : asResponse(said, asked.asked.book, suffixOf(head), { body, bill, nowSeconds: nowSeconds(asked) });
      const text = JSON.stringify(await kept(asked, head, response));
      res.writeHead(200, { ...headersOf(asked, event), "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      res.end(text);
    }
  }
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

function tellerFor(asked: Asked, head: CallHead, operation: Operation, model: string): Teller {
  const said = responseHead(asked, head.generationId, model);
  if (operation === "responses" || asked.asked === undefined) return new NativeStream(said);
  return new ResponseStream(said, asked.asked.book, suffixOf(head));
}

async function writeStream(asked: Asked, events: AsyncIterable<CallEvent>, res: Response, abort: AbortController): Promise<void> {
  const { ports } = asked;
  let open: { readonly head: CallHead; readonly teller: Teller; readonly headers: Record<string, string> } | undefined;
  const sse = new SseWriter(res, ports.sse, () => open?.headers ?? {});
  try {
    for await (const event of events) {
      switch (event.kind) {
        case "opened": {
          const teller = tellerFor(asked, event.head, event.operation, event.model.name);
          open = { head: event.head, teller, headers: headersOf(asked, event) };
          ports.runningResponses.began(event.head.callId, { workspaceId: asked.principal.workspaceId, abort, snapshot: () => teller.snapshot("cancelled") });
          sse.open(open.headers);
          const first = teller.open();
          if (first !== "") await sse.write(first);
          break;
        }
        case "frames": {
          const bytes = open?.teller.push(event.bytes) ?? "";
          // A client that is gone is told to the flow by the response's close; what follows here only settles.
          if (bytes.length > 0) await sse.write(bytes);
          break;
        }
        case "done":
          if (open) sse.end(open.teller.last(await kept(asked, open.head, open.teller.end(event.bill, nowSeconds(asked)))));
          break;
        case "broken":
          sse.end(open?.teller.broken(event.failure));
          break;
        case "refused": {
          sse.stop();
          const why = refusalOf(asked, event.failure);
          // After a long wait the headers are out already (keep-alive): then the error goes into the stream.
          if (res.headersSent) sse.end(new ResponseStream(responseHead(asked, event.head.generationId, asked.request.model), toolBookOf([]), "").broken(why));
          else {
            res.set(answerHeaders(event.head));
            sendFailure(res, why);
          }
          break;
        }
        case "reply":
          throw new Error("a streamed call was answered whole");
      }
    }
  } finally {
    sse.stop();
    if (open) ports.runningResponses.ended(open.head.callId);
  }
}
