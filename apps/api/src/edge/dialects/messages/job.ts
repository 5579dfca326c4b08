/** A Messages request as the flow of a call takes it: in Anthropic's own wire for those who speak it, as a chat for all others. */
import { measureOf, searchesOf, type CountRequest, type MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import type { Demand, Job } from "../../../gateway/job.ts";
import { mediaTokensOf, type PromptSize } from "../../../ledger/estimate.ts";
import { nativeRequestOf } from "./native.ts";
import { chatOfMessages } from "./request.ts";
import { fitToTarget } from "./target-fit.ts";

/** @param betas what the caller's `anthropic-beta` header named */
export const messagesJob = (request: MessagesRequest, betas: readonly string[]): Job => ({
  surface: "messages",
  modelAsked: request.model,
  stream: request.stream === true,
  demand: demandOf(request),
  offers: [
    { operation: "messages", request: nativeRequestOf(request, betas) },
    { operation: "chat", request: chatOfMessages(request) },
  ],
  fit: (offer, model) => (offer.operation === "chat" ? { operation: "chat", request: fitToTarget(offer.request, model) } : offer),
});

export function promptSizeOf(request: CountRequest): PromptSize {
  const { bytes, messages, media } = measureOf(request);
  return { bytes, messages, mediaParts: media.length, mediaTokensMax: mediaTokensOf(media) };
}

/** A tool that may search as often as it likes does so a few times in one answer. */
const SEARCHES_MAX = 10;

function demandOf(request: MessagesRequest): Demand {
  const searches = searchesOf(request, SEARCHES_MAX);
  return { prompt: promptSizeOf(request), choices: 1, outputAsked: request.max_tokens, ...(searches === 0 ? {} : { units: { searches } }) };
}
