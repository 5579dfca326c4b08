/** Writes a chat request as Anthropic's Messages want it. */
import { askedTierOf } from "@switchyard/shared/domain/service-tier";
import type { ChatRequest, ChatTool } from "@switchyard/shared/wire/openai-chat";
import type { ChatAsk, ProviderEndpoint, ProviderFailure, UpstreamRequest } from "../provider.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { allowedToolsOf, type AllowedTools } from "../tool-choice.ts";
import { Unsayable } from "../unsayable.ts";
import { upstreamOf } from "./endpoint.ts";
import { rulesOf, type ModelRules } from "./model-rules.ts";
import { boundSchema, canBind } from "./schema.ts";
import { thinkingOf } from "./thinking.ts";
import { conversationOf, lacksThoughts } from "./turns.ts";

export type Written = { readonly upstream: UpstreamRequest } | { readonly failure: ProviderFailure };

export function anthropicRequest(ask: ChatAsk, endpoint: ProviderEndpoint): Written {
  const body = bodyOf(ask);
  return body instanceof Unsayable ? { failure: body.toFailure() } : { upstream: upstreamOf(body, endpoint, ask.stream) };
}

/** Fields that are not named here are OpenAI's own and mean nothing to Anthropic. */
function bodyOf(ask: ChatAsk): Fields | Unsayable {
  const { request } = ask;
  const refused = refusalOf(request);
  if (refused) return refused;
  const conversation = conversationOf(request.messages);
  if (conversation instanceof Unsayable) return conversation;
  const allowed = allowedToolsOf(request);
  const tools = toolsOf(request.tools ?? [], allowed);
  if (tools instanceof Unsayable) return tools;
  const rules = rulesOf(ask.model);
  const choice = tools.length === 0 ? undefined : toolChoiceOf(request, allowed);
  const isForced = choice?.["type"] === "any" || choice?.["type"] === "tool";
  const asked = { effort: request.reasoning_effort, maxOutput: ask.maxOutput, isForced, lacksThoughts: lacksThoughts(conversation.turns) };
  const { thinking, effort } = thinkingOf(asked, rules);
  const isThinking = thinking !== undefined && thinking["type"] !== "disabled";
  const format = formatOf(request, rules);
  const stops = stopsOf(request.stop);
  const system = [...conversation.system, ...format.words];
  return {
    model: ask.model,
    max_tokens: ask.maxOutput,
    ...(system.length === 0 ? {} : { system }),
    messages: conversation.turns,
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(thinking === undefined ? {} : { thinking }),
    ...(isThinking || !rules.takesSampling ? {} : samplingOf(request)),
    ...(stops.length === 0 ? {} : { stop_sequences: stops }),
    ...outputConfigOf(effort, format.schema),
    ...(request.user === undefined ? {} : { metadata: { user_id: request.user } }),
    ...serviceTierOf(request.service_tier),
    ...(request["cache_control"] ? { cache_control: request["cache_control"] } : {}),
    ...(ask.stream ? { stream: true } : {}),
  };
}

function refusalOf(request: ChatRequest): Unsayable | undefined {
  if (request.n !== undefined && request.n > 1) return new Unsayable("n", "this model gives one choice only");
  if (Array.isArray(request["functions"])) return new Unsayable("functions", "this model needs tools in place of functions");
  if (request.logprobs === true) return new Unsayable("logprobs", "this model tells no probabilities");
  const { modalities } = request;
  return Array.isArray(modalities) && modalities.some((one) => one !== "text") ? new Unsayable("modalities", "this model answers in text only") : undefined;
}

const outputConfigOf = (effort: string | undefined, schema: Fields | undefined): Fields =>
  effort === undefined && schema === undefined
    ? {}
    : { output_config: { ...(effort === undefined ? {} : { effort }), ...(schema ? { format: { type: "json_schema", schema } } : {}) } };

interface Format {
  /** What the model is bound to. */
  readonly schema: Fields | undefined;
  /** What it is told where it cannot be bound. */
  readonly words: readonly Fields[];
}

function formatOf({ response_format: format }: ChatRequest, rules: ModelRules): Format {
  const schema = format?.type === "json_schema" ? format.json_schema?.schema : undefined;
  if (schema && rules.takesSchema && canBind(schema)) return { schema: boundSchema(schema), words: [] };
  if (schema) return { schema: undefined, words: [{ type: "text", text: `${ONLY_JSON} It must fit this JSON schema: ${JSON.stringify(schema)}` }] };
  return { schema: undefined, words: format?.type === "json_object" || format?.type === "json_schema" ? [{ type: "text", text: ONLY_JSON }] : [] };
}

const ONLY_JSON = "Answer with one JSON object and nothing else: no words before or after it, no code fence.";

/** Whether a call may use the capacity that was bought ahead, as `auto` does; who asks for any other of OpenAI's tiers does not want that. */
function serviceTierOf(tier: string | undefined): Fields {
  const asked = askedTierOf(tier);
  if (asked !== "any" && asked !== "priority") return { service_tier: "standard_only" };
  return tier === "auto" || asked === "priority" ? { service_tier: "auto" } : {};
}

function toolsOf(tools: readonly ChatTool[], allowed: AllowedTools | undefined): Fields[] | Unsayable {
  const made: Fields[] = [];
  for (const [at, { type, function: called, ...more }] of tools.entries()) {
    if (type !== "function" || !called) return new Unsayable(`tools[${at}].type`, "this model only knows tools of type function");
    if (allowed !== undefined && !allowed.names.has(called.name)) continue;
    const marked = more["cache_control"] ?? called["cache_control"];
    const schema = { type: "object", ...called.parameters };
    made.push({
      name: called.name,
      ...(called.description ? { description: called.description } : {}),
      input_schema: called.strict === true ? boundSchema(schema) : schema,
      ...(called.strict === true ? { strict: true } : {}),
      ...(marked ? { cache_control: marked } : {}),
    });
  }
  return made;
}

function toolChoiceOf(request: ChatRequest, allowed: AllowedTools | undefined): Fields | undefined {
  const single = request.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const choice = request.tool_choice;
  if (allowed !== undefined) return { type: allowed.required ? "any" : "auto", ...single };
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...single };
  if (typeof choice === "object" && choice.function) return { type: "tool", name: choice.function.name, ...single };
  return choice === undefined && request.parallel_tool_calls !== false ? undefined : { type: "auto", ...single };
}

/** Anthropic's temperature ends at 1, and newer models take only one of the two: a top_p of 1 says nothing anyway. */
function samplingOf({ temperature, top_p: topP, top_k: topK }: ChatRequest): Fields {
  return {
    ...(temperature === undefined ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === undefined || (topP === 1 && temperature !== undefined) ? {} : { top_p: topP }),
    ...(typeof topK === "number" ? { top_k: topK } : {}),
  };
}

/** Anthropic refuses stop sequences of white space only. */
function stopsOf(stop: ChatRequest["stop"]): readonly string[] {
  const given = typeof stop === "string" ? [stop] : (stop ?? []);
  return given.filter((one) => one.trim() !== "");
}
