/** Tells the kept events of a response as a stream, from any point on and while it still runs, whichever program runs it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Response } from "express";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { eventsAfter } from "@switchyard/db/queries/background-responses";
import { getResponse, statusOfResponse, type ResponseStatus } from "@switchyard/db/queries/responses";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure } from "@switchyard/shared/kernel/failure";
import type { CallId } from "@switchyard/shared/kernel/id";
import { endingOf, errorFrame, framesAfter, hasEnd, lastSequenceIn } from "../dialects/responses/event-frames.ts";
import type { ResponsesPorts } from "./responses-telling.ts";
import { SseWriter } from "./sse.http.ts";

export interface EventsAsk {
  readonly id: CallId;
  /** The number of the last event that the reader has; -1 for none. */
  readonly after: number;
  readonly headers: Record<string, string>;
}

/** Between two looks for news, in milliseconds. */
const LOOK_MS = 150;
/** A database that is away for longer ends the stream; the reader comes back with `starting_after`. */
const FAILURES_MAX = 100;

export const isRunning = (status: ResponseStatus): boolean => status === "queued" || status === "in_progress";

export async function tellEvents(ports: ResponsesPorts, principal: KeyPrincipal, { id, after, headers }: EventsAsk, res: Response): Promise<void> {
  const sse = new SseWriter(res, ports.sse);
  sse.open(headers);
  res.flushHeaders();
  let piece = -1;
  let sequence = after;
  let isEnded = false;
  let failures = 0;
  try {
    while (!res.destroyed) {
      const news = await look(ports, principal, id, piece).catch((cause: unknown) => ({ cause }));
      if ("cause" in news) {
        failures += 1;
        if (failures > FAILURES_MAX) return sse.end(errorFrame(failure("service_unavailable", { retryAfterMs: 1_000, cause: news.cause }), sequence + 1));
        await sleep(LOOK_MS);
        continue;
      }
      failures = 0;
      if (news.status === undefined) return sse.end(errorFrame(failure("not_found", { publicText: "The response was deleted." }), sequence + 1));
      for (const one of news.pieces) {
        piece = one.piece;
        sequence = Math.max(sequence, lastSequenceIn(one.frames));
        isEnded ||= hasEnd(one.frames);
        const frames = after < 0 ? one.frames : framesAfter(one.frames, after);
        if (frames !== "") await sse.write(frames);
      }
      if (!news.isLast) continue;
      if (!isRunning(news.status)) return sse.end(isEnded ? "" : await ending(ports, principal, id, sequence + 1));
      await sleep(LOOK_MS);
    }
  } finally {
    sse.stop();
  }
}

/** The status first: whoever has read an end has all events. */
const look = ({ pool }: ResponsesPorts, principal: KeyPrincipal, id: CallId, piece: number) =>
  asPrincipal(pool, principal, async (tx) => ({ status: await statusOfResponse(tx, id), ...(await eventsAfter(tx, id, piece)) }));

/** The last event, of a response whose program could not tell it any more, or whose events are forgotten. */
async function ending({ pool }: ResponsesPorts, principal: KeyPrincipal, id: CallId, sequence: number): Promise<string> {
  const found = await asPrincipal(pool, principal, (tx) => getResponse(tx, id));
  return found ? endingOf(JSON.parse(found.response) as Record<string, unknown>, sequence) : "";
}
