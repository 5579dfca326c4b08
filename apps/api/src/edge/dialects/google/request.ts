/** Translates a generateContent request into a chat. */
import { failure } from "@switchyard/shared/kernel/failure";
import { refused, type Result } from "@switchyard/shared/kernel/result";
import type { GenerateRequest, GenerationConfig } from "@switchyard/shared/wire/google-generate";
import { parseChatRequest, type ChatMessage, type ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { jsonSchemaOf } from "./schema.ts";
import { messagesOf, partsOf } from "./turns.ts";

/**
 * The chat that asks the same. `safetySettings`, Google's own tools and `topK` where a target does not know it are dropped
 * (docs/clients.md); a cached content lives at Google and is refused.
 */
export function chatOfGenerate(request: GenerateRequest, asked: { readonly model: string; readonly stream: boolean }): Result<ChatRequest> {
  if (request.cachedContent !== undefined)
    return refused(failure("invalid_request", { param: "cachedContent", publicText: "'cachedContent' cannot be used here: send the contents themselves." }));
  const turns = messagesOf(request.contents);
  if ("untellable" in turns)
    return refused(
      failure("invalid_request", { param: turns.untellable.param, publicText: `Invalid value for '${turns.untellable.param}': ${turns.untellable.text}` }),
    );
  return parseChatRequest({
    model: asked.model,
    ...(asked.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    messages: [...systemMessages(request), ...turns.messages],
    ...toolsOf(request),
    ...configOf(request.generationConfig ?? {}),
  });
}

function systemMessages({ systemInstruction }: GenerateRequest): ChatMessage[] {
  if (systemInstruction === undefined) return [];
  const text =
    typeof systemInstruction === "string"
      ? systemInstruction
      : systemInstruction.parts
          .flatMap(partsOf)
          .flatMap((part) => (part.type === "text" ? [part.text] : []))
          .join("\n");
  return text === "" ? [] : [{ role: "system", content: text }];
}

const MODES: Readonly<Record<string, "auto" | "required" | "none">> = { AUTO: "auto", VALIDATED: "auto", ANY: "required", NONE: "none" };

function toolsOf({ tools, toolConfig }: GenerateRequest): Record<string, unknown> {
  const allowed = toolConfig?.functionCallingConfig?.allowedFunctionNames;
  const declared = (tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
  const functions = allowed && allowed.length > 0 ? declared.filter(({ name }) => allowed.includes(name)) : declared;
  if (functions.length === 0) return {};
  const mode = MODES[toolConfig?.functionCallingConfig?.mode ?? ""];
  return {
    tools: functions.map(({ name, description, parameters, parametersJsonSchema }) => ({
      type: "function",
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        parameters: parametersJsonSchema ?? jsonSchemaOf(parameters ?? { type: "object", properties: {} }),
      },
    })),
    ...(mode === undefined ? {} : { tool_choice: mode }),
  };
}

/** Google's levels and budgets as efforts; undefined leaves it to the target. */
function effortOf({ thinkingConfig }: GenerationConfig): string | undefined {
  const level = thinkingConfig?.thinkingLevel?.toLowerCase();
  if (level !== undefined && level !== "thinking_level_unspecified") return level === "minimal" ? "minimal" : level;
  const budget = thinkingConfig?.thinkingBudget;
  if (budget === undefined || budget < 0) return undefined; // -1 means that the model decides
  if (budget === 0) return "none";
  if (budget <= LOW_BUDGET_MAX) return "low";
  return budget <= MEDIUM_BUDGET_MAX ? "medium" : "high";
}
/** Budgets up to these, in tokens, are little and medium thought. */
const LOW_BUDGET_MAX = 4_096;
const MEDIUM_BUDGET_MAX = 16_384;
/** A chat's `stop` has room for so many; further ones are dropped. */
const STOPS_MAX = 4;

function configOf(config: GenerationConfig): Record<string, unknown> {
  const effort = effortOf(config);
  const format = formatOf(config);
  const given = {
    temperature: config.temperature,
    top_p: config.topP,
    top_k: config.topK,
    n: config.candidateCount,
    max_tokens: config.maxOutputTokens,
    stop: config.stopSequences === undefined || config.stopSequences.length === 0 ? undefined : config.stopSequences.slice(0, STOPS_MAX),
    presence_penalty: config.presencePenalty,
    frequency_penalty: config.frequencyPenalty,
    seed: config.seed,
    logprobs: config.responseLogprobs === true ? true : undefined,
    top_logprobs: config.responseLogprobs === true ? config.logprobs : undefined,
    reasoning_effort: effort,
    response_format: format,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function formatOf({ responseMimeType, responseSchema, responseJsonSchema }: GenerationConfig): Record<string, unknown> | undefined {
  const schema = responseJsonSchema ?? (responseSchema === undefined ? undefined : jsonSchemaOf(responseSchema));
  if (schema !== undefined) return { type: "json_schema", json_schema: { name: "answer", schema } };
  return responseMimeType === "application/json" ? { type: "json_object" } : undefined;
}
