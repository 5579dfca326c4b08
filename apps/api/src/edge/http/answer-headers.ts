/** The headers that explain a call, on every inference answer. */
import type { Response } from "express";
import type { CallHead } from "../../gateway/call-event.ts";
import { CACHE_HEADER } from "../../gateway/cached-answer.ts";
import { messagesRateHeaders, rateHeaders } from "../../limits/rate-headers.ts";
import { speaksMessages } from "./error-body.ts";

/** In the words of the wire that this answer speaks: Anthropic's clients have names of their own for limits. */
export const answerHeadersOn = (res: Response, head: CallHead): Record<string, string> =>
  head.limits && speaksMessages(res) ? { ...answerHeaders(head), ...messagesRateHeaders(head.limits, head.at) } : answerHeaders(head);

export function answerHeaders(head: CallHead): Record<string, string> {
  const headers: Record<string, string> = {
    "x-generation-id": head.generationId,
    "x-switchyard-attempts": String(head.attempts),
    "x-switchyard-overhead-ms": head.overheadMs.toFixed(1),
  };
  if (head.provider !== undefined) headers["x-switchyard-provider"] = head.provider;
  if (head.cache !== undefined) headers[CACHE_HEADER] = head.cache;
  if (head.replayed) headers["idempotent-replayed"] = "true";
  return head.limits ? { ...headers, ...rateHeaders(head.limits) } : headers;
}
