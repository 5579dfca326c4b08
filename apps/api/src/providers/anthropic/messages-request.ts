/** Anthropic's own wire, asked for by a caller who speaks it: the body goes on, with our model, our cap and the caller's betas. */
import type { Ask, ProviderEndpoint, UpstreamRequest } from "../provider.ts";
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";
import { upstreamOf } from "./endpoint.ts";

/** Anthropic's least thinking budget, in tokens. */
const THINKING_MIN = 1_024;

/** `anthropic_beta` in the body holds what the caller's header of that name said, as other hosts of Anthropic's models have it. */
export function messagesRequest(ask: Ask<"messages">, endpoint: ProviderEndpoint): { readonly upstream: UpstreamRequest } {
  const { anthropic_beta: betas, ...request } = ask.request;
  const thinking = thinkingWithin(request["thinking"], ask.maxOutput);
  const body: Fields = { ...request, model: ask.model, max_tokens: ask.maxOutput, stream: ask.stream, ...(thinking ? { thinking } : {}) };
  const named = listOf(betas).filter((one) => typeof one === "string");
  return { upstream: upstreamOf(body, endpoint, ask.stream, named) };
}

/** The cap may be lower than the caller's, and a budget has to stay below it. @returns undefined when nothing has to change. */
function thinkingWithin(value: unknown, maxOutput: number): Fields | undefined {
  const thinking = fieldsOf(value);
  const budget = thinking?.["budget_tokens"];
  if (thinking?.["type"] !== "enabled" || typeof budget !== "number" || budget < maxOutput) return undefined;
  return maxOutput > THINKING_MIN ? { ...thinking, budget_tokens: maxOutput - 1 } : { type: "disabled" };
}
