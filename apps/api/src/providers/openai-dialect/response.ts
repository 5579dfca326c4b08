/** Reads a whole answer of the OpenAI family and makes it one that every client can read. */
import { servedTierOf } from "@switchyard/shared/domain/service-tier";
import { hasDeepNesting } from "@switchyard/shared/wire/json-depth";
import { failureOf, wordsOf } from "../failure-words.ts";
import type { ChatAsk, ChatReply, ProviderFailure } from "../provider.ts";
import { producedBytes, withPlainContent, withReasoningContent } from "./delta.ts";
import { fieldsOf, listOf, NESTING_MAX, textOf, type Fields } from "./fields.ts";
import { finishReasonOf, mayBeEmpty } from "./finish-reason.ts";
import { isError } from "./stream.ts";
import { reportedCostOf, usageOf } from "./usage.ts";

export type ReadReply = { readonly reply: ChatReply } | { readonly failure: ProviderFailure };

/** @returns the answer under our id, or why a body that came with status 200 is none. */
export function dialectResponse(body: Buffer, ask: ChatAsk): ReadReply {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (isError(answer)) return { failure: failureOf(undefined, wordsOf(answer), {}) };
  const given = listOf(answer["choices"])
    .map(fieldsOf)
    .filter((choice) => choice !== undefined);
  if (given.some((choice) => finishReasonOf(choice["finish_reason"]) === "broken")) {
    return { failure: { kind: "unavailable", status: 200, detail: "the provider ended its answer with an error" } };
  }
  const choices = given.map((choice, position) => repairedChoice(choice, position, ask));
  if (ask.mayBeEmpty !== true && choices.every(isEmptyChoice)) return { failure: { kind: "empty", status: 200, detail: "the answer holds no content" } };
  const reportedCost = reportedCostOf(answer["usage"]);
  const serviceTier = servedTierOf(answer["service_tier"]);
  const { id: _id, service_tier: tier, ...rest } = answer;
  const whole = {
    id: ask.generationId,
    ...rest,
    ...(isServiceTier(tier) ? { service_tier: tier } : {}),
    object: "chat.completion",
    created: typeof answer["created"] === "number" ? answer["created"] : ask.createdSeconds,
    model: textOf(answer["model"]) ?? ask.model,
    choices,
  };
  return {
    reply: {
      body: whole,
      usage: usageOf(answer["usage"]),
      outputBytes: choices.reduce((sum, choice) => sum + producedBytes(choice.message), 0),
      finishReason: choices[0]?.finish_reason,
      ...(reportedCost === undefined ? {} : { reportedCost }),
      ...(serviceTier === undefined ? {} : { serviceTier }),
    },
  };
}

/** @returns the JSON object in the body, or what else the body is. */
export function parseBody(body: Buffer): Fields | string {
  if (body.length === 0) return "the body is empty";
  if (hasDeepNesting(body, NESTING_MAX)) return "the body is nested too deeply";
  try {
    return fieldsOf(JSON.parse(body.toString("utf8"))) ?? "the body is not a JSON object";
  } catch {
    const start = body.subarray(0, 64).toString("utf8").trimStart();
    return start.startsWith("<") ? "the body is an HTML page" : "the body is not JSON";
  }
}

/** OpenAI's own names (https://platform.openai.com/docs/api-reference/chat/object); strict clients know no others. */
const SERVICE_TIERS: ReadonlySet<unknown> = new Set(["auto", "default", "flex", "scale", "priority"]);
const isServiceTier = (tier: unknown): boolean => SERVICE_TIERS.has(tier);

interface Choice extends Fields {
  readonly message: Fields;
  readonly finish_reason: string;
}

/** The choice with index, role and finish reason, its tool calls with id and type. */
function repairedChoice(choice: Fields, position: number, ask: ChatAsk): Choice {
  const given = fieldsOf(choice["message"]) ?? {};
  const plain = withReasoningContent(Array.isArray(given["content"]) ? withPlainContent(given) : given);
  const calls = listOf(plain["tool_calls"])
    .map(fieldsOf)
    .filter((call) => call !== undefined);
  const { tool_calls: _calls, ...said } = plain;
  const message: Fields = { role: "assistant", refusal: null, ...said, content: typeof plain["content"] === "string" ? plain["content"] : null };
  if (calls.length > 0) message["tool_calls"] = calls.map((call, at) => repairedCall(call, `call_${ask.generationId}_${position}_${at}`));
  const reason = finishReasonOf(choice["finish_reason"]) ?? (calls.length > 0 ? "tool_calls" : "stop");
  const index = typeof choice["index"] === "number" ? choice["index"] : position;
  return { logprobs: null, ...choice, index, message, finish_reason: reason };
}

function repairedCall(call: Fields, id: string): Fields {
  const called = fieldsOf(call["function"]);
  const isObject = called !== undefined && fieldsOf(called["arguments"]) !== undefined;
  return {
    ...call,
    id: textOf(call["id"]) ?? id,
    type: textOf(call["type"]) ?? "function",
    ...(isObject ? { function: { ...called, arguments: JSON.stringify(called["arguments"]) } } : {}),
  };
}

/** Nothing was said, called or withheld. */
function isEmptyChoice({ message, finish_reason: reason }: Choice): boolean {
  if (mayBeEmpty(reason) || textOf(message["content"]) !== undefined || textOf(message["refusal"]) !== undefined) return false;
  if (listOf(message["tool_calls"]).length > 0 || fieldsOf(message["function_call"]) || fieldsOf(message["audio"])) return false;
  return listOf(message["images"]).length === 0;
}
