/** Writes a chat request as the OpenAI family wants it: the caller's own fields, our model name and our output cap. */
import type { ChatAsk, ProviderEndpoint, UpstreamRequest } from "../provider.ts";

/** Where members of the family differ. */
export interface DialectQuirks {
  /** The field that carries the output cap: always this one, or the one the caller chose where both are known. */
  readonly capField: "max_tokens" | "max_completion_tokens";
  readonly capFieldIsFixed: boolean;
}

/** The cap is always sent, under one name; a stream always reports its usage to us. */
export function dialectRequest(ask: ChatAsk, endpoint: ProviderEndpoint, quirks: DialectQuirks): { readonly upstream: UpstreamRequest } {
  const { request } = ask;
  const { max_tokens: _legacy, max_completion_tokens: _cap, ...rest } = request;
  const body: Record<string, unknown> = { ...rest, model: ask.model, [capFieldOf(ask, quirks)]: ask.maxOutput };
  const isStream = ask.stream;
  if (isStream) body["stream_options"] = { ...request.stream_options, include_usage: true };
  const headers = {
    "content-type": "application/json",
    accept: isStream ? "text/event-stream" : "application/json",
    ...(endpoint.apiKey === "" ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
    ...endpoint.headers,
  };
  return { upstream: { path: "/chat/completions", headers, body: JSON.stringify(body) } };
}

function capFieldOf({ request }: ChatAsk, quirks: DialectQuirks): DialectQuirks["capField"] {
  if (quirks.capFieldIsFixed) return quirks.capField;
  if (request.max_completion_tokens !== undefined) return "max_completion_tokens";
  return request.max_tokens === undefined ? quirks.capField : "max_tokens";
}
