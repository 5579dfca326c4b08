/** Translates a Messages request into a chat, for targets that do not speak Anthropic's wire. */
import { createHash } from "node:crypto";
import type { CountRequest, MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { chatToolName, chatToolsOf } from "./tools.ts";
import { chatMessagesOf, systemPrompt } from "./turns.ts";

/** A chat's `stop` has room for so many; further ones are dropped. */
const STOPS_MAX = 4;

/**
 * The chat that asks the same. Everything Anthropic's wire has and a chat has not is left out (`docs/clients.md` lists it):
 * nothing that a client sends for Anthropic's sake may make another target refuse the call.
 */
export function chatOfMessages(request: MessagesRequest): ChatRequest {
  const effort = effortOf(request);
  const stops = (request.stop_sequences ?? []).filter((one) => one !== "").slice(0, STOPS_MAX);
  const user = userOf(request.metadata?.user_id ?? undefined);
  return {
    model: request.model,
    ...promptOf(request),
    max_completion_tokens: request.max_tokens,
    ...(request.stream === undefined ? {} : { stream: request.stream }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.top_p === undefined ? {} : { top_p: request.top_p }),
    ...(request.top_k === undefined ? {} : { top_k: request.top_k }),
    ...(stops.length === 0 ? {} : { stop: stops }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(user === undefined ? {} : { user }),
    ...(request.service_tier === "standard_only" ? { service_tier: "default" } : {}),
  };
}

type Prompt = Pick<ChatRequest, "messages" | "tools" | "tool_choice" | "parallel_tool_calls" | "response_format">;

function promptOf(request: CountRequest): Prompt {
  const format = responseFormatOf(request);
  return {
    messages: [...systemPrompt(request.system), ...chatMessagesOf(request.messages, chatToolName)],
    ...chatToolsOf(request),
    ...(format === undefined ? {} : { response_format: format }),
  };
}

/** The words for effort that chat providers share, from weak to strong. */
const EFFORTS: ReadonlyMap<string, string> = new Map([
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  // Anthropic's own; elsewhere few models know a word above high.
  ["xhigh", "high"],
  ["max", "high"],
]);
/** Budgets up to these, in tokens, are little and medium thought. */
const LOW_BUDGET_MAX = 4_096;
const MEDIUM_BUDGET_MAX = 16_384;

/** How hard to think: the effort that was named, or what the budget amounts to; undefined leaves it to the target. */
export function effortOf({ thinking, output_config: output }: Pick<CountRequest, "thinking" | "output_config">): string | undefined {
  if (thinking?.type === "disabled") return "none";
  const named = EFFORTS.get(output?.effort ?? "");
  if (named !== undefined || thinking?.type !== "enabled" || thinking.budget_tokens === undefined) return named;
  if (thinking.budget_tokens <= LOW_BUDGET_MAX) return "low";
  return thinking.budget_tokens <= MEDIUM_BUDGET_MAX ? "medium" : "high";
}

function responseFormatOf({ output_config: output, output_format: older }: CountRequest): ChatRequest["response_format"] {
  const format = output?.format ?? older;
  if (format?.type !== "json_schema" || !format.schema) return undefined;
  const { schema } = format;
  return { type: "json_schema", json_schema: { name: "answer", schema, ...(isStrict(schema) ? { strict: true } : {}) } };
}

/** Whether OpenAI can promise this schema: every object closed and all of its properties required. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== "object" || schema === null) return true;
  const { type, properties, required, additionalProperties } = schema as Readonly<Record<string, unknown>>;
  if (type === "object" || properties !== undefined) {
    const names = Object.keys((properties ?? {}) as object);
    if (additionalProperties !== false || !Array.isArray(required) || !names.every((name) => required.includes(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}

/** OpenAI refuses longer names of a user. */
const USER_CHARS_MAX = 64;

/** Claude Code's is a JSON text of 200 characters: a hash is as good for telling users apart. */
const userOf = (id: string | undefined): string | undefined =>
  id === undefined || id === "" || id.length <= USER_CHARS_MAX ? id || undefined : createHash("sha256").update(id).digest("hex");
