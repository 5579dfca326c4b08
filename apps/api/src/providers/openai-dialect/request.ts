/** Writes a chat request as the OpenAI family wants it: the caller's own fields, our model name and our output cap. */
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import type { ChatAsk, ProviderEndpoint, ProviderFailure, UpstreamRequest } from "../provider.ts";
import type { Unsayable } from "../unsayable.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import { dialectHeaders } from "./headers.ts";
import { messagesFor, type MessageQuirks } from "./messages.ts";

/** Where members of the family differ. */
export interface DialectQuirks {
  /** The field that carries the output cap: always this one, or the one the caller chose where both are known. */
  readonly capField: "max_tokens" | "max_completion_tokens";
  readonly capFieldIsFixed: boolean;
  /** A stream tells its usage without being asked, and the question would be refused. */
  readonly tellsUsageUnasked?: true;
  /** What its messages may hold beside OpenAI's own fields. */
  readonly messages: MessageQuirks;
  /** What it must not be asked at all. */
  readonly refusal?: (request: ChatRequest, model: string) => Unsayable | undefined;
  /** The last word on the body's fields: renamed, added, left out. */
  readonly rewrite?: (body: Fields, model: string) => Fields;
}

/** OpenAI's own rules, which are the strictest: a message with a foreign field is refused. */
export const OPENAI_QUIRKS: DialectQuirks = { capField: "max_completion_tokens", capFieldIsFixed: true, messages: {} };

export type Written = { readonly upstream: UpstreamRequest } | { readonly failure: ProviderFailure };

/** The cap is always sent, under one name; a stream always reports its usage to us. */
export function dialectRequest(ask: ChatAsk, endpoint: ProviderEndpoint, quirks: DialectQuirks): Written {
  const { request } = ask;
  const refused = quirks.refusal?.(request, ask.model);
  if (refused) return { failure: refused.toFailure() };
  const { max_tokens: _legacy, max_completion_tokens: _cap, stream_options: options, ...rest } = request;
  const messages = messagesFor(request.messages, quirks.messages);
  const body: Fields = { ...rest, messages, model: ask.model, [capFieldOf(ask, quirks)]: ask.maxOutput };
  if (ask.stream && !quirks.tellsUsageUnasked) body["stream_options"] = { ...options, include_usage: true };
  if (request.tools && !quirks.messages.cacheControl) body["tools"] = request.tools.map(withoutCacheControl);
  const headers = dialectHeaders(endpoint, ask.stream ? "text/event-stream" : "application/json");
  return { upstream: { path: "/chat/completions", headers, body: JSON.stringify(quirks.rewrite?.(body, ask.model) ?? body) } };
}

function capFieldOf({ request }: ChatAsk, quirks: DialectQuirks): DialectQuirks["capField"] {
  if (quirks.capFieldIsFixed) return quirks.capField;
  if (request.max_completion_tokens !== undefined) return "max_completion_tokens";
  return request.max_tokens === undefined ? quirks.capField : "max_tokens";
}

function withoutCacheControl(tool: Fields): Fields {
  const called = fieldsOf(tool["function"]);
  if (tool["cache_control"] === undefined && called?.["cache_control"] === undefined) return tool;
  const { cache_control: _mark, ...rest } = tool;
  const { cache_control: _inner, ...plain } = called ?? {};
  return called ? { ...rest, function: plain } : rest;
}
