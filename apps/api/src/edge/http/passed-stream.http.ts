/** Writes streams that are passed on as their provider's wire has them: events, or plain sound. */
import type { Response } from "express";
import type { Failure } from "@switchyard/shared/kernel/failure";
import type { CallEvent, CallHead } from "../../gateway/call-event.ts";
import { answerHeaders } from "./answer-headers.ts";
import { errorBodyOf, sendFailure } from "./error-body.ts";
import type { InferencePorts } from "./inference.http.ts";
import { pacedWrite } from "./paced-write.http.ts";
import { SseWriter } from "./sse.http.ts";

/** Events of pictures, sound and transcripts: their last one says that it is the last, so no `[DONE]` follows. */
export async function writeEvents(ports: InferencePorts, events: AsyncIterable<CallEvent>, res: Response): Promise<void> {
  let head: CallHead | undefined;
  const sse = new SseWriter(res, ports.sse, () => (head ? answerHeaders(head) : {}));
  try {
    for await (const event of events) {
      switch (event.kind) {
        case "opened":
          head = event.head;
          sse.open(answerHeaders(head));
          break;
        case "frames":
          await sse.write(event.bytes);
          break;
        case "done":
          sse.end();
          break;
        case "refused":
          sse.stop();
          // After a long wait the headers are out already (keep-alive): then the error goes into the stream.
          if (res.headersSent) sse.end(errorEvent(event.failure));
          else sendFailure(res.set(answerHeaders(event.head)), event.failure);
          break;
        case "broken":
          sse.end(errorEvent(event.failure));
          break;
        case "reply":
          throw new Error("a streamed call was answered whole");
      }
    }
  } finally {
    sse.stop();
  }
}

const errorEvent = (why: Failure): string => `event: error\ndata: ${JSON.stringify(errorBodyOf(why))}\n\n`;

/** Sound as it is made. A break shows as a body that was not ended: nothing else could be told apart from sound. */
export async function writeSound(ports: InferencePorts, events: AsyncIterable<CallEvent>, contentType: string, res: Response): Promise<void> {
  for await (const event of events) {
    switch (event.kind) {
      case "opened":
        res.writeHead(200, { ...answerHeaders(event.head), "content-type": contentType, "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" });
        break;
      case "frames":
        await pacedWrite(res, event.bytes, ports.sse.stalledMs);
        break;
      case "done":
        res.end();
        break;
      case "broken":
        res.destroy();
        break;
      case "refused":
        res.set(answerHeaders(event.head));
        sendFailure(res, event.failure);
        break;
      case "reply":
        throw new Error("a streamed call was answered whole");
    }
  }
}
