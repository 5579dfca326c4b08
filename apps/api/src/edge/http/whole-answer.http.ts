/** Writes the answer of a call that is answered whole: JSON, or the provider's bytes as they are. */
import type { Response } from "express";
import { formatUsd } from "@switchyard/shared/kernel/money";
import type { Bill, CallEvent } from "../../gateway/call-event.ts";
import { answerHeaders } from "./answer-headers.ts";
import { sendFailure } from "./error-body.ts";

export async function writeWhole(events: AsyncIterable<CallEvent>, res: Response): Promise<void> {
  for await (const event of events) {
    if (event.kind === "refused") {
      res.set(answerHeaders(event.head));
      sendFailure(res, event.failure);
    } else if (event.kind === "reply") {
      const { head, reply, bill } = event;
      const body = reply.raw?.bytes ?? Buffer.from(JSON.stringify(withCost(reply.body, bill)));
      const contentType = reply.raw?.contentType ?? "application/json";
      res.writeHead(200, {
        ...answerHeaders(head),
        "x-switchyard-cost": formatUsd(bill.cost),
        "content-type": contentType,
        "content-length": body.length,
      });
      res.end(body);
    } else throw new Error(`a call without a stream said '${event.kind}'`);
  }
}

/** What the call cost, in dollars, beside what it used; answers without usage say it in their header only. */
function withCost(body: Record<string, unknown>, { cost }: Bill): Record<string, unknown> {
  const { usage } = body;
  return typeof usage === "object" && usage !== null ? { ...body, usage: { ...usage, cost: formatUsd(cost) } } : body;
}
