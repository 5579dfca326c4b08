/** A Messages request as the flow of a call takes it: in Anthropic's own wire for those who speak it, as a chat for all others. */
import { measureOf, type MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import type { Job } from "../../../gateway/job.ts";
import { nativeRequestOf } from "./native.ts";
import { chatOfMessages } from "./request.ts";
import { fitToTarget } from "./target-fit.ts";

export const messagesJob = (request: MessagesRequest, betas: readonly string[]): Job => ({
  surface: "messages",
  modelAsked: request.model,
  stream: request.stream === true,
  demand: { prompt: measureOf(request), choices: 1, outputAsked: request.max_tokens },
  offers: [
    { operation: "messages", request: nativeRequestOf(request, betas) },
    { operation: "chat", request: chatOfMessages(request) },
  ],
  fit: (offer, model) => (offer.operation === "chat" ? { operation: "chat", request: fitToTarget(offer.request, model) } : offer),
});
