/** Writes the answer of a call that is answered whole: JSON, or the provider's bytes as they are. */
import type { Response } from "express";
import { formatUsd } from "@switchyard/shared/kernel/money";
import type { Bill, CallEvent } from "../../gateway/call-event.ts";
import { answerHeaders } from "./answer-headers.ts";
import { sendJson, tellWhole } from "./tell-call.http.ts";

export const writeWhole = (events: AsyncIterable<CallEvent>, res: Response): Promise<void> =>
  tellWhole(events, res, ({ head, reply, bill }) => {
    const headers = { ...answerHeaders(head), "x-switchyard-cost": formatUsd(bill.cost) };
    const { raw } = reply;
    if (raw) res.writeHead(200, { ...headers, "content-type": raw.contentType, "content-length": raw.bytes.length }).end(raw.bytes);
    else sendJson(res, headers, withCost(reply.body, bill));
  });

/** What the call cost, in dollars, beside what it used; answers without usage say it in their header only. */
function withCost(body: Record<string, unknown>, { cost }: Bill): Record<string, unknown> {
  const { usage } = body;
  return typeof usage === "object" && usage !== null ? { ...body, usage: { ...usage, cost: formatUsd(cost) } } : body;
}
