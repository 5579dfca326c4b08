/** `POST /v1/chat/completions`: the OpenAI door onto the flow of a call. */
import type { RequestHandler } from "express";
import { parseChatRequest, type ChatRequest } from "@switchyard/shared/wire/openai-chat";
import type { Bill, CallHead } from "../../gateway/call-event.ts";
import { chatJob } from "../../gateway/job.ts";
import { answerHeaders } from "./answer-headers.ts";
import { errorFrame } from "./error-body.ts";
import type { InferencePorts } from "./inference.http.ts";
import { jsonDoor } from "./json-door.http.ts";
import { DONE_FRAME } from "./sse.http.ts";
import { sendJson, tellStream, tellWhole, type EndingWire } from "./tell-call.http.ts";
import { usageWithCost } from "./usage-with-cost.ts";

/** @param prepare what a door takes out of the body before it is read */
export const chatCompletions = (ports: InferencePorts, prepare = (body: unknown): unknown => body): RequestHandler =>
  jsonDoor(ports, {
    parse: (value) => parseChatRequest(prepare(value)),
    job: (request) => chatJob(request),
    write: (events, request, res) =>
      request.stream === true
        ? tellStream(ports, events, res, chatWire(ports, request))
        : tellWhole(events, res, ({ head, reply, bill }) =>
            sendJson(res, answerHeaders(head), { ...reply.body, usage: usageWithCost(reply.body["usage"], bill) }),
          ),
  });

/** Frames are in this wire already. */
function chatWire(ports: InferencePorts, request: ChatRequest): EndingWire {
  let said: { readonly head: CallHead; readonly model: string } | undefined;
  return {
    open: ({ head, model }) => {
      said = { head, model: model.name };
      return "";
    },
    frames: (bytes) => bytes,
    end: (bill) =>
      said && request.stream_options?.include_usage === true ? usageFrame(said.head, said.model, bill, ports.gateway.clock.now()) + DONE_FRAME : DONE_FRAME,
    error: errorFrame,
  };
}

/** OpenAI's last chunk: no choices, only usage; `cost` in dollars is ours. */
function usageFrame(head: CallHead, model: string, bill: Bill, nowMs: number): string {
  return `data: ${JSON.stringify({ id: head.generationId, object: "chat.completion.chunk", created: Math.floor(nowMs / 1000), model, choices: [], usage: usageWithCost(undefined, bill) })}\n\n`;
}
