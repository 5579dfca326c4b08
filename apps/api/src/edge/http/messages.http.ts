/** `POST /v1/messages`: Anthropic's door onto the flow of a call. */
import type { RequestHandler, Response } from "express";
import { parseMessagesRequest, type MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import type { CallHead } from "../../gateway/call-event.ts";
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
import { answerHeadersOn } from "./answer-headers.ts";
import { requestIdOf } from "./error-body.ts";
import type { InferencePorts } from "./inference.http.ts";
import { jsonDoor } from "./json-door.http.ts";
import { sendJson, tellStream, tellWhole, type EndingWire, type Replied } from "./tell-call.http.ts";

export const messages = (ports: InferencePorts): RequestHandler =>
  jsonDoor(ports, {
    parse: parseMessagesRequest,
    job: (request, headers) => messagesJob(request, betasOf(headers["anthropic-beta"])),
    write: (events, request, res) =>
      request.stream === true
        ? tellStream(ports, events, res, messagesWire(request, res))
        : tellWhole(events, res, (answer) => sendJson(res, answerHeadersOn(res, answer.head), messageFor(request, answer))),
  });

const tellingOf = (request: MessagesRequest, head: CallHead, model: string): Telling => ({
  id: head.generationId,
  model,
  stopSequences: request.stop_sequences,
  toolNameOf: callersToolName(request.tools),
});

function messageFor(request: MessagesRequest, { operation, head, model, reply: { body }, bill }: Replied): Fields {
  const usage = messagesUsage(bill);
  return operation === "messages" ? { ...body, usage: { ...fieldsOf(body["usage"]), ...usage } } : messageOf(body, usage, tellingOf(request, head, model.name));
}

/** What stands between the frames of a call and the client: they are passed on, or told anew. */
interface Teller {
  /** Before the first frame. @param inputTokens as estimated from the prompt's size */
  start(inputTokens: number): string;
  push(frames: Buffer): Buffer | string;
  /** After the last, when the call is settled. @param usage in Anthropic's shape */
  end(usage: Fields): Buffer | string;
}

function messagesWire(request: MessagesRequest, res: Response): EndingWire {
  let teller: Teller | undefined;
  return {
    keepAlive: PING_FRAME,
    open: ({ operation, head, model }) => {
      teller = operation === "messages" ? new NativeStream() : new MessagesStream(tellingOf(request, head, model.name));
      return teller.start(promptTokensLikely(promptSizeOf(request)));
    },
    frames: (bytes) => teller?.push(bytes) ?? "",
    end: (bill) => teller?.end(messagesUsage(bill)) ?? "",
    error: (why) => frameOf({ ...messagesErrorOf(why, requestIdOf(res)) }),
  };
}
