/** A Messages request as the flow of a call takes it: in Anthropic's own wire for those who speak it, as a chat for all others. */
import { askedTierOf } from "@switchyard/shared/domain/service-tier";
import { isCustomTool, measureOf, searchesOf, type AnyBlock, type CountRequest, type MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { SEARCHES_MAX, type Demand, type Job } from "../../../gateway/job.ts";
import type { Need } from "../../../gateway/suitability.ts";
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

function demandOf(request: MessagesRequest): Demand {
  const searches = searchesOf(request, SEARCHES_MAX);
  return {
    prompt: promptSizeOf(request),
    choices: 1,
    outputAsked: request.max_tokens,
    serviceTier: askedTierOf(request.service_tier),
    needs: needsOf(request),
    // Elsewhere the tool is dropped.
    ...(searches === 0 ? {} : { searchesAt: ({ provider }) => (provider.kind === "anthropic" ? searches : 0) }),
  };
}

/** What not every model can do, each with the first place that asks for it. Tools that others carry out are no need of the model's. */
function needsOf({ messages, tools }: MessagesRequest): readonly Need[] {
  const places = new Map<Need["capability"], string>();
  const look = (blocks: readonly AnyBlock[], path: string): void =>
    blocks.forEach((block, at) => {
      const capability = OF_BLOCK[block.type];
      const place = `${path}[${at}]`;
      if (capability && hasData(block) && !places.has(capability)) places.set(capability, place);
      if (block.type === "tool_result" && Array.isArray(block["content"])) look(block["content"] as AnyBlock[], `${place}.content`);
    });
  messages.forEach(({ content }, at) => {
    if (typeof content !== "string") look(content, `messages[${at}].content`);
  });
  if (tools?.some(isCustomTool)) places.set("tools", "tools");
  return [...places].map(([capability, param]) => ({ capability, param }));
}

const OF_BLOCK: Readonly<Record<string, Need["capability"]>> = { image: "vision", document: "pdf" };

/** Text stays text, and what only Anthropic has becomes a line of text for the others. */
function hasData({ type, source }: AnyBlock): boolean {
  const of = (source as { readonly type?: unknown } | undefined)?.type;
  return of === "base64" || (type === "image" && of === "url");
}
