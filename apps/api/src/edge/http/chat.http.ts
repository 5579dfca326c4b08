/** `POST /v1/chat/completions`: the OpenAI door onto the flow of a call. */
import type { RequestHandler, Response } from "express";
import { parseChatRequest, type ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { runCall } from "../../gateway/call.ts";
import type { Bill, CallEvent, CallHead } from "../../gateway/call-event.ts";
import { chatJob } from "../../gateway/job.ts";
import { answerHeaders } from "./answer-headers.ts";
import { authenticate } from "./authenticate.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { errorBodyOf, sendFailure } from "./error-body.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";
import { DONE_FRAME, SseWriter } from "./sse.http.ts";
import { usageWithCost } from "./usage-with-cost.ts";

/** @param prepare what a door takes out of the body before it is read */
export function chatCompletions(ports: InferencePorts, prepare = (body: unknown): unknown => body): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parseChatRequest(prepare(json.value));
    if (!request.ok) return sendFailure(res, request.failure);

    await whileListening(ports, res, async (abort) => {
      const events = runCall(ports.gateway, { principal: principal.value, job: chatJob(request.value), origin: originOf(ports, req) }, abort);
      if (request.value.stream === true) await writeStream(ports, events, request.value, res);
      else await writeReply(events, res);
    });
  };
}

async function writeReply(events: AsyncIterable<CallEvent>, res: Response): Promise<void> {
  for await (const event of events) {
    if (event.kind === "refused") {
      res.set(answerHeaders(event.head));
      sendFailure(res, event.failure);
    } else if (event.kind === "reply") {
      const body = JSON.stringify({ ...event.reply.body, usage: usageWithCost(event.reply.body["usage"], event.bill) });
      res.writeHead(200, { ...answerHeaders(event.head), "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      res.end(body);
    }
  }
}

async function writeStream(ports: InferencePorts, events: AsyncIterable<CallEvent>, request: ChatRequest, res: Response): Promise<void> {
  let head: CallHead | undefined;
  let model = request.model;
  const early = (): Record<string, string> => (head ? answerHeaders(head) : {});
  const sse = new SseWriter(res, ports.sse, early);
  try {
    for await (const event of events) {
      switch (event.kind) {
        case "opened":
          head = event.head;
          model = event.model.name;
          sse.open(answerHeaders(event.head));
          break;
        case "frames":
          // A client that is gone is told to the flow by the response's close; what follows here only settles.
          await sse.write(event.bytes);
          break;
        case "done":
          if (request.stream_options?.include_usage === true && head) await sse.write(usageFrame(head, model, event.bill, ports.gateway.clock.now()));
          sse.end(DONE_FRAME);
          break;
        case "broken":
          sse.end(`data: ${JSON.stringify(errorBodyOf(event.failure))}\n\n`);
          break;
        case "refused":
          sse.stop();
          // After a long wait the headers are out already (keep-alive): then the error goes into the stream.
          if (res.headersSent) sse.end(`data: ${JSON.stringify(errorBodyOf(event.failure))}\n\n`);
          else {
            res.set(answerHeaders(event.head));
            sendFailure(res, event.failure);
          }
          break;
        case "reply":
          throw new Error("a streamed call was answered whole");
      }
    }
  } finally {
    sse.stop();
  }
}

/** OpenAI's last chunk: no choices, only usage; `cost` in dollars is ours. */
function usageFrame(head: CallHead, model: string, bill: Bill, nowMs: number): string {
  return `data: ${JSON.stringify({ id: head.generationId, object: "chat.completion.chunk", created: Math.floor(nowMs / 1000), model, choices: [], usage: usageWithCost(undefined, bill) })}\n\n`;
}
