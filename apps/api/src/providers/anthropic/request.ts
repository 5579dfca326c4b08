/** Writes a chat request as Anthropic's Messages want it. */
import type { ChatRequest, ChatTool } from "@switchyard/shared/wire/openai-chat";
import type { ChatAsk, ProviderEndpoint, ProviderFailure, UpstreamRequest } from "../provider.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { Unsayable } from "../unsayable.ts";
import { continuesToolUse, conversationOf, type Turn } from "./turns.ts";

const VERSION = "2023-06-01";
/** Anthropic's least thinking budget, in tokens. */
const THINKING_MIN = 1_024;
/** Share of the output cap that may be thought, by effort. */
const THINKING_SHARE: ReadonlyMap<string, number> = new Map([
  ["low", 0.2],
  ["medium", 0.5],
  ["high", 0.8],
  ["xhigh", 0.9],
  ["max", 0.9],
]);

export type Written = { readonly upstream: UpstreamRequest } | { readonly failure: ProviderFailure };

export function anthropicRequest(ask: ChatAsk, endpoint: ProviderEndpoint): Written {
  const body = bodyOf(ask);
  if (body instanceof Unsayable) return { failure: body.toFailure() };
  const headers = {
    "content-type": "application/json",
    accept: ask.stream ? "text/event-stream" : "application/json",
    "anthropic-version": VERSION,
    ...(endpoint.apiKey === "" ? {} : { "x-api-key": endpoint.apiKey }),
    ...endpoint.headers,
  };
  // Operators give the address with or without the version.
  const path = /\/v1\/?$/.test(endpoint.baseUrl) ? "/messages" : "/v1/messages";
  return { upstream: { path, headers, body: JSON.stringify(body) } };
}

/** Fields that are not named here are OpenAI's own and mean nothing to Anthropic. */
function bodyOf(ask: ChatAsk): Fields | Unsayable {
  const { request } = ask;
  if (request.n !== undefined && request.n > 1) return new Unsayable("n", "this model gives one choice only");
  if (Array.isArray(request["functions"])) return new Unsayable("functions", "this model needs tools in place of functions");
  const conversation = conversationOf(request.messages);
  if (conversation instanceof Unsayable) return conversation;
  const tools = toolsOf(request.tools ?? []);
  if (tools instanceof Unsayable) return tools;
  const choice = tools.length === 0 ? undefined : toolChoiceOf(request);
  const thinking = thinkingOf(ask, conversation.turns, choice);
  const stops = stopsOf(request.stop);
  const schema = request.response_format?.type === "json_schema" ? request.response_format.json_schema?.schema : undefined;
  return {
    model: ask.model,
    max_tokens: ask.maxOutput,
    ...(conversation.system.length === 0 ? {} : { system: conversation.system }),
    messages: conversation.turns,
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(thinking === undefined ? samplingOf(request) : { thinking }),
    ...(stops.length === 0 ? {} : { stop_sequences: stops }),
    ...(schema ? { output_config: { format: { type: "json_schema", schema } } } : {}),
    ...(request.user === undefined ? {} : { metadata: { user_id: request.user } }),
    ...(ask.stream ? { stream: true } : {}),
  };
}

function toolsOf(tools: readonly ChatTool[]): Fields[] | Unsayable {
  const made: Fields[] = [];
  for (const [at, { type, function: called, ...more }] of tools.entries()) {
    if (type !== "function" || !called) return new Unsayable(`tools[${at}].type`, "this model only knows tools of type function");
    const marked = more["cache_control"] ?? called["cache_control"];
    made.push({
      name: called.name,
      ...(called.description ? { description: called.description } : {}),
      input_schema: { type: "object", ...called.parameters },
      ...(called.strict === true ? { strict: true } : {}),
      ...(marked ? { cache_control: marked } : {}),
    });
  }
  return made;
}

function toolChoiceOf(request: ChatRequest): Fields | undefined {
  const single = request.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const choice = request.tool_choice;
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...single };
  if (typeof choice === "object" && choice.function) return { type: "tool", name: choice.function.name, ...single };
  return choice === undefined && request.parallel_tool_calls !== false ? undefined : { type: "auto", ...single };
}

/**
 * A budget for thinking within the output cap, or undefined where Anthropic would refuse to think: too small a cap,
 * a forced tool, or tool results whose thoughts are not in the chat.
 */
function thinkingOf({ request, maxOutput }: ChatAsk, turns: readonly Turn[], choice: Fields | undefined): Fields | undefined {
  const share = THINKING_SHARE.get(request.reasoning_effort ?? "");
  const isForced = choice?.["type"] === "any" || choice?.["type"] === "tool";
  if (share === undefined || maxOutput <= THINKING_MIN || isForced || continuesToolUse(turns) || turns.at(-1)?.role === "assistant") return undefined;
  const budget = Math.max(THINKING_MIN, Math.floor(maxOutput * share));
  return { type: "enabled", budget_tokens: Math.min(budget, maxOutput - 1) };
}

/** Anthropic's temperature ends at 1, and newer models take only one of the two: a top_p of 1 says nothing anyway. */
function samplingOf({ temperature, top_p: topP }: ChatRequest): Fields {
  return {
    ...(temperature === undefined ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === undefined || (topP === 1 && temperature !== undefined) ? {} : { top_p: topP }),
  };
}

/** Anthropic refuses stop sequences of white space only. */
function stopsOf(stop: ChatRequest["stop"]): readonly string[] {
  const given = typeof stop === "string" ? [stop] : (stop ?? []);
  return given.filter((one) => one.trim() !== "");
}
