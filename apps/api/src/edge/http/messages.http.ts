/** `POST /v1/messages`: Anthropic's door onto the flow of a call. */
import type { RequestHandler, Response } from "express";
import type { Failure } from "@switchyard/shared/kernel/failure";
import { parseMessagesRequest, type MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { runCall } from "../../gateway/call.ts";
import type { CallEvent, CallHead } from "../../gateway/call-event.ts";
import { promptTokensLikely } from "../../ledger/estimate.ts";
import { fieldsOf, type Fields } from "../../providers/openai-dialect/fields.ts";
import { messagesUsage } from "../dialects/messages/ending.ts";
import { messagesErrorOf } from "../dialects/messages/error.ts";
import { frameOf, PING_FRAME } from "../dialects/messages/frame.ts";
import { messagesJob, promptSizeOf } from "../dialects/messages/job.ts";
import { betasOf } from "../dialects/messages/native.ts";
import { NativeStream } from "../dialects/messages/native-stream.ts";
import { messageOf, type Telling } from "../dialects/messages/reply.ts";
import { MessagesStream } from "../dialects/messages/stream.ts";
import { callersToolName } from "../dialects/messages/tools.ts";
import { answerHeaders } from "./answer-headers.ts";
import { authenticate } from "./authenticate.ts";
import { requestIdOf, sendFailure } from "./error-body.ts";
import { originOf, whileListening, type InferencePorts } from "./inference.http.ts";
import { INFERENCE_BODY_MAX, readJson } from "./read-body.ts";
import { SseWriter } from "./sse.http.ts";

export function messages(ports: InferencePorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const json = await readJson(req, INFERENCE_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const request = parseMessagesRequest(json.value);
    if (!request.ok) return sendFailure(res, request.failure);

    await whileListening(ports, res, async (abort) => {
      const events = runCall(
        ports.gateway,
        { principal: principal.value, job: messagesJob(request.value, betasOf(req.headers["anthropic-beta"])), origin: originOf(ports, req) },
        abort,
      );
      if (request.value.stream === true) await writeStream(ports, events, request.value, res);
      else await writeReply(events, request.value, res);
    });
  };
}

const tellingOf = (request: MessagesRequest, head: CallHead, model: string): Telling => ({
  id: head.generationId,
  model,
  stopSequences: request.stop_sequences,
  toolNameOf: callersToolName(request.tools),
});

async function writeReply(events: AsyncIterable<CallEvent>, request: MessagesRequest, res: Response): Promise<void> {
  for await (const event of events) {
    if (event.kind === "refused") {
      res.set(answerHeaders(event.head));
      sendFailure(res, event.failure);
    } else if (event.kind === "reply") {
      const { body } = event.reply;
      const usage = messagesUsage(event.bill);
      const message: Fields =
        event.operation === "messages"
          ? { ...body, usage: { ...fieldsOf(body["usage"]), ...usage } }
          : messageOf(body, usage, tellingOf(request, event.head, event.model.name));
      const text = JSON.stringify(message);
      res.writeHead(200, { ...answerHeaders(event.head), "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      res.end(text);
    }
  }
}

/** What stands between the frames of a call and the client: they are passed on, or told anew. */
interface Teller {
  /** Before the first frame. @param inputTokens as estimated from the prompt's size */
  start(inputTokens: number): string;
  push(frames: Buffer): Buffer | string;
  /** After the last, when the call is settled. @param usage in Anthropic's shape */
  end(usage: Fields): Buffer | string;
}

async function writeStream(ports: InferencePorts, events: AsyncIterable<CallEvent>, request: MessagesRequest, res: Response): Promise<void> {
  let head: CallHead | undefined;
  let teller: Teller | undefined;
  const early = (): Record<string, string> => (head ? answerHeaders(head) : {});
  const sse = new SseWriter(res, ports.sse, early, PING_FRAME);
  const errorFrame = (failure: Failure): string => frameOf({ ...messagesErrorOf(failure, requestIdOf(res)) });
  try {
    for await (const event of events) {
      switch (event.kind) {
        case "opened": {
          head = event.head;
          teller = event.operation === "messages" ? new NativeStream() : new MessagesStream(tellingOf(request, event.head, event.model.name));
          sse.open(answerHeaders(event.head));
          const start = teller.start(promptTokensLikely(promptSizeOf(request)));
          if (start !== "") await sse.write(start);
          break;
        }
        case "frames": {
          const bytes = teller?.push(event.bytes) ?? "";
          // A client that is gone is told to the flow by the response's close; what follows here only settles.
          if (bytes.length > 0) await sse.write(bytes);
          break;
        }
        case "done":
          await sse.write(teller?.end(messagesUsage(event.bill)) ?? "");
          sse.end();
          break;
        case "broken":
          sse.end(errorFrame(event.failure));
          break;
        case "refused":
          sse.stop();
          // After a long wait the headers are out already (keep-alive): then the error goes into the stream.
          if (res.headersSent) sse.end(errorFrame(event.failure));
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
