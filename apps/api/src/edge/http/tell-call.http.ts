/** Tells a call to its client: whole, or as a stream of events. In what the wires differ, each says for itself. */
import type { Response } from "express";
import type { Failure } from "@switchyard/shared/kernel/failure";
import type { Bill, CallEvent, CallHead } from "../../gateway/call-event.ts";
import { answerHeadersOn } from "./answer-headers.ts";
import { sendFailure } from "./error-body.ts";
import type { InferencePorts } from "./inference.http.ts";
import { SseWriter } from "./sse.http.ts";

export type Replied = Extract<CallEvent, { kind: "reply" }>;
export type Opened = Extract<CallEvent, { kind: "opened" }>;
type Refused = Extract<CallEvent, { kind: "refused" }>;

/** A refusal, with what explains its call. @param why in the door's own words, where they differ */
export const sendRefusal = (res: Response, { head, failure }: Refused, why: Failure = failure): void => sendFailure(res.set(answerHeadersOn(res, head)), why);

/** @param headers those that explain the call */
export function sendJson(res: Response, headers: Record<string, string>, body: unknown): void {
  const text = JSON.stringify(body);
  res.writeHead(200, { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  res.end(text);
}

/**
 * A call that is answered whole.
 * @param write the answer, when there is one
 * @param refusal a refusal in the door's own words
 */
export async function tellWhole(
  events: AsyncIterable<CallEvent>,
  res: Response,
  write: (answer: Replied) => void | Promise<void>,
  refusal: (why: Failure) => Failure = (why) => why,
): Promise<void> {
  for await (const event of events) {
    if (event.kind === "refused") sendRefusal(res, event, refusal(event.failure));
    else if (event.kind === "reply") await write(event);
    else throw new Error(`a call without a stream said '${event.kind}'`);
  }
}

/** What one wire says at each turn of a stream; an empty text is nothing. */
export interface StreamWire {
  /** Beside those of every call. */
  readonly headers?: (opened: Opened) => Record<string, string>;
  /** Content has begun; this comes before its first frame. */
  readonly open?: (opened: Opened) => string;
  readonly frames: (bytes: Buffer) => Buffer | string;
  /** A refusal in the door's own words. */
  readonly refusal?: (why: Failure) => Failure;
  /** A failure inside a stream that has begun. */
  readonly error: (why: Failure, head: CallHead) => string | Promise<string>;
}

/**
 * One call of a stream, which may be one of several.
 * @param settled told the charge when the call ended well
 * @returns false when it did not: then the client was told why, and the answer has ended
 */
export async function tellFrames(
  sse: SseWriter,
  events: AsyncIterable<CallEvent>,
  res: Response,
  wire: StreamWire,
  settled: (bill: Bill) => void | Promise<void>,
): Promise<boolean> {
  let head: CallHead | undefined;
  let isSettled = false;
  for await (const event of events) {
    switch (event.kind) {
      case "opened": {
        head = event.head;
        sse.open({ ...answerHeadersOn(res, head), ...wire.headers?.(event) });
        const first = wire.open?.(event) ?? "";
        if (first.length > 0) await sse.write(first);
        break;
      }
      case "frames": {
        const bytes = wire.frames(event.bytes);
        // A client that is gone is told to the flow by the response's close; what follows here only settles.
        if (bytes.length > 0) await sse.write(bytes);
        break;
      }
      case "done":
        isSettled = true;
        await settled(event.bill);
        break;
      case "broken":
        sse.end(head && (await wire.error(event.failure, head)));
        break;
      case "refused": {
        sse.stop();
        const why = wire.refusal?.(event.failure) ?? event.failure;
        // After a long wait, or an earlier call, the headers are out already: then the error goes into the stream.
        if (res.headersSent) sse.end(await wire.error(why, event.head));
        else sendRefusal(res, event, why);
        break;
      }
      case "reply":
        throw new Error("a streamed call was answered whole");
    }
  }
  return isSettled;
}

/** @param keepAlive what is sent in silence, where the wire has a frame for it */
export async function withStream(ports: InferencePorts, res: Response, write: (sse: SseWriter) => Promise<void>, keepAlive?: string): Promise<void> {
  const sse = new SseWriter(res, ports.sse, keepAlive);
  try {
    await write(sse);
  } finally {
    sse.stop();
  }
}

/** What a wire says last, when the call is settled. */
export interface EndingWire extends StreamWire {
  readonly end: (bill: Bill) => Buffer | string | Promise<string>;
  readonly keepAlive?: string;
}

/** A call that is answered as a stream of events. */
export const tellStream = (ports: InferencePorts, events: AsyncIterable<CallEvent>, res: Response, wire: EndingWire): Promise<void> =>
  withStream(
    ports,
    res,
    async (sse) => {
      await tellFrames(sse, events, res, wire, async (bill) => sse.end(await wire.end(bill)));
    },
    wire.keepAlive,
  );
