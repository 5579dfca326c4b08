/** Writes a chat request as Gemini's generateContent wants it. */
import type { ChatRequest, ChatTool } from "@switchyard/shared/wire/openai-chat";
import type { Ask, ChatAsk, ProviderEndpoint, ProviderFailure, UpstreamRequest } from "../provider.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { allowedToolsOf, type AllowedTools } from "../tool-choice.ts";
import { Unsayable } from "../unsayable.ts";
import { generationOf } from "./model-name.ts";
import { geminiSchema } from "./schema.ts";
import { thinkingOf } from "./thinking.ts";
import { conversationOf } from "./turns.ts";

const CHOICES_MAX = 8;
const STOPS_MAX = 5;
/** Before this generation a model cannot be asked for tools and for JSON at once. */
const JSON_WITH_TOOLS_SINCE = 3;

export type Written = { readonly upstream: UpstreamRequest } | { readonly failure: ProviderFailure };

export function googleRequest(ask: ChatAsk, endpoint: ProviderEndpoint): Written {
  const body = bodyOf(ask);
  if (body instanceof Unsayable) return { failure: body.toFailure() };
  const headers = googleHeaders(endpoint, ask.stream ? "text/event-stream" : "application/json");
  return { upstream: { path: googlePath(ask, endpoint.baseUrl), headers, body: JSON.stringify(body) } };
}

export const googleHeaders = (endpoint: ProviderEndpoint, accept: string): Record<string, string> => ({
  "content-type": "application/json",
  accept,
  ...(endpoint.apiKey === "" ? {} : { "x-goog-api-key": endpoint.apiKey }),
  ...endpoint.headers,
});

/** Operators give the address with or without a version (and, on Vertex, with project and publisher behind it). */
export function googlePath(
  { model, stream }: Pick<Ask, "model" | "stream">,
  baseUrl: string,
  method = stream ? "streamGenerateContent?alt=sse" : "generateContent",
): string {
  const version = /\/v\d+(?:alpha|beta)?\d*(?:[/?]|$)/.test(baseUrl) ? "" : "/v1beta";
  const name = (model.includes("/") ? model : `models/${model}`).split("/").map(encodeURIComponent).join("/");
  return `${version}/${name}:${method}`;
}

/** Fields that are not named here are OpenAI's own and mean nothing to Gemini. */
function bodyOf(ask: ChatAsk): Fields | Unsayable {
  const { request } = ask;
  const refused = refusalOf(ask);
  if (refused) return refused;
  const conversation = conversationOf(request.messages, ask.model);
  if (conversation instanceof Unsayable) return conversation;
  const allowed = allowedToolsOf(request);
  const tools = toolsOf(request.tools ?? [], allowed);
  if (tools instanceof Unsayable) return tools;
  const choice = tools.length === 0 ? undefined : toolChoiceOf(request.tool_choice, allowed);
  return {
    ...(conversation.system.length === 0 ? {} : { systemInstruction: { parts: conversation.system } }),
    contents: conversation.contents,
    ...(tools.length === 0 ? {} : { tools: [{ functionDeclarations: tools }] }),
    ...(choice === undefined ? {} : { toolConfig: { functionCallingConfig: choice } }),
    generationConfig: generationConfigOf(ask),
  };
}

function refusalOf({ request, model }: ChatAsk): Unsayable | undefined {
  if (request.n !== undefined && request.n > CHOICES_MAX) return new Unsayable("n", `this model gives at most ${CHOICES_MAX} choices`);
  if (Array.isArray(request["functions"])) return new Unsayable("functions", "this model needs tools in place of functions");
  if (request["cached_content"] !== undefined) return new Unsayable("cached_content", "a cache of the provider's account cannot be named by a caller");
  const { modalities } = request;
  if (Array.isArray(modalities) && modalities.includes("audio")) return new Unsayable("modalities", "this model gives no sound in a chat");
  const wantsJson = request.response_format !== undefined && request.response_format.type !== "text";
  if (wantsJson && (request.tools?.length ?? 0) > 0 && (generationOf(model) ?? JSON_WITH_TOOLS_SINCE) < JSON_WITH_TOOLS_SINCE)
    return new Unsayable("response_format", "this model gives JSON only when there are no tools");
  return undefined;
}

function generationConfigOf({ request, model, maxOutput }: ChatAsk): Fields {
  const format = request.response_format;
  const schema = format?.type === "json_schema" ? format.json_schema?.schema : undefined;
  const isJson = format?.type === "json_schema" || format?.type === "json_object";
  const thinking = thinkingOf(request.reasoning_effort, model, maxOutput);
  const stops = stopsOf(request.stop);
  const wantsImages = Array.isArray(request["modalities"]) && request["modalities"].includes("image");
  return {
    maxOutputTokens: maxOutput,
    ...given("temperature", request.temperature),
    ...given("topP", request.top_p),
    ...given("topK", typeof request["top_k"] === "number" ? request["top_k"] : undefined),
    ...given("seed", request.seed),
    ...given("presencePenalty", request.presence_penalty),
    ...given("frequencyPenalty", request.frequency_penalty),
    ...(request.n === undefined || request.n === 1 ? {} : { candidateCount: request.n }),
    ...(stops.length === 0 ? {} : { stopSequences: stops }),
    ...(request.logprobs === true ? { responseLogprobs: true, ...given("logprobs", request.top_logprobs || undefined) } : {}),
    ...(isJson ? { responseMimeType: "application/json" } : {}),
    ...(schema ? { responseJsonSchema: geminiSchema(schema) } : {}),
    ...(wantsImages ? { responseModalities: ["TEXT", "IMAGE"] } : {}),
    ...given("thinkingConfig", thinking),
  };
}

const given = (name: string, value: unknown): Fields => (value === undefined ? {} : { [name]: value });

function stopsOf(stop: ChatRequest["stop"]): readonly string[] {
  const stops = typeof stop === "string" ? [stop] : (stop ?? []);
  return stops.filter((one) => one !== "").slice(0, STOPS_MAX);
}

function toolsOf(tools: readonly ChatTool[], allowed: AllowedTools | undefined): Fields[] | Unsayable {
  const made: Fields[] = [];
  for (const [at, { type, function: called }] of tools.entries()) {
    if (type !== "function" || !called) return new Unsayable(`tools[${at}].type`, "this model only knows tools of type function");
    if (allowed !== undefined && !allowed.names.has(called.name)) continue;
    made.push({
      name: called.name,
      ...(called.description ? { description: called.description } : {}),
      ...(called.parameters ? { parametersJsonSchema: geminiSchema(called.parameters) } : {}),
    });
  }
  return made;
}

function toolChoiceOf(choice: ChatRequest["tool_choice"], allowed: AllowedTools | undefined): Fields | undefined {
  if (allowed !== undefined) return { mode: allowed.required ? "ANY" : "AUTO" };
  if (choice === "none") return { mode: "NONE" };
  if (choice === "auto") return { mode: "AUTO" };
  if (choice === "required") return { mode: "ANY" };
  return typeof choice === "object" && choice.function ? { mode: "ANY", allowedFunctionNames: [choice.function.name] } : undefined;
}
