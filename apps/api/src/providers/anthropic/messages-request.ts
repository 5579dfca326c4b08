/** Anthropic's own wire, asked for by a caller who speaks it: the body goes on, fitted to our model and cap, with the caller's betas. */
import type { Ask, ProviderEndpoint, UpstreamRequest } from "../provider.ts";
import { upstreamOf } from "./endpoint.ts";
import { fittedBody } from "./messages-fit.ts";

/** `anthropic_beta` in the body holds what the caller's header of that name said, as other hosts of Anthropic's models have it. */
export function messagesRequest(ask: Ask<"messages">, endpoint: ProviderEndpoint): { readonly upstream: UpstreamRequest } {
  const { body, betas } = fittedBody(ask);
  return { upstream: upstreamOf(body, endpoint, ask.stream, betas) };
}
