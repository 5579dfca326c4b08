/** Writes streams that are passed on as their provider's wire has them: events, or plain sound. */
import type { Response } from "express";
import type { CallEvent } from "../../gateway/call-event.ts";
import { answerHeaders } from "./answer-headers.ts";
import { errorFrame } from "./error-body.ts";
import type { InferencePorts } from "./inference.http.ts";
import { pacedWrite } from "./paced-write.http.ts";
import { sendRefusal, tellStream } from "./tell-call.http.ts";

/** Events of pictures, sound and transcripts: their last one says that it is the last, so no `[DONE]` follows. */
export const writeEvents = (ports: InferencePorts, events: AsyncIterable<CallEvent>, res: Response): Promise<void> =>
  tellStream(ports, events, res, { frames: (bytes) => bytes, end: () => "", error: (why) => `event: error\n${errorFrame(why)}` });

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
        sendRefusal(res, event);
        break;
      case "reply":
        throw new Error("a streamed call was answered whole");
    }
  }
}
