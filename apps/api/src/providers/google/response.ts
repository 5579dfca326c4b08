/** Reads a whole answer of Gemini's and makes a chat completion of it. */
import type { ChatAsk } from "../provider.ts";
import { producedBytes } from "../openai-dialect/delta.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import { parseBody, type ReadReply } from "../openai-dialect/response.ts";
import { closingDeltas, deltasOf, messageOf, newCandidate } from "./candidate.ts";
import { blockedPrompt, googleErrorEvent } from "./failure.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { logprobsOf } from "./logprobs.ts";
import { usageOf } from "./usage.ts";

export function googleResponse(body: Buffer, ask: ChatAsk): ReadReply {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (fieldsOf(answer["error"])) return { failure: googleErrorEvent(answer) };
  const candidates = listOf(answer["candidates"]).map((candidate) => fieldsOf(candidate) ?? {});
  if (candidates.length === 0) return { failure: withoutCandidates(answer) };
  const choices: Choice[] = [];
  for (const [at, candidate] of candidates.entries()) {
    const choice = choiceOf(candidate, at, ask);
    if (choice === undefined) return { failure: { kind: "unavailable", status: 200, detail: `the model gave up: ${String(candidate["finishReason"])}` } };
    choices.push(choice);
  }
  if (choices.every(isEmpty)) return { failure: { kind: "empty", status: 200, detail: "the answer holds no content" } };
  const completion = {
    id: ask.generationId,
    object: "chat.completion",
    created: ask.createdSeconds,
    model: textOf(answer["modelVersion"]) ?? ask.model,
    choices,
  };
  const outputBytes = choices.reduce((sum, { message }) => sum + producedBytes(message), 0);
  return { reply: { body: completion, usage: usageOf(answer["usageMetadata"]), outputBytes, finishReason: choices[0]?.finish_reason } };
}

function withoutCandidates(answer: Fields) {
  const blocked = blockedPrompt(answer["promptFeedback"]);
  if (blocked) return blocked;
  return "usageMetadata" in answer || "candidates" in answer
    ? { kind: "empty" as const, status: 200, detail: "the answer holds no candidate" }
    : { kind: "protocol" as const, status: 200, detail: "the body is no answer" };
}

interface Choice extends Fields {
  readonly message: Fields;
  readonly finish_reason: string;
}

/** @returns undefined when the model gave up. */
function choiceOf(candidate: Fields, position: number, ask: ChatAsk): Choice | undefined {
  const index = typeof candidate["index"] === "number" ? candidate["index"] : position;
  const state = newCandidate(index, ask.generationId);
  const parts = listOf(fieldsOf(candidate["content"])?.["parts"]).map((part) => fieldsOf(part) ?? {});
  const deltas = parts.flatMap((part) => deltasOf(part, state));
  const message = messageOf([...deltas, ...closingDeltas(state)]);
  const reason = finishReasonOf(candidate["finishReason"], state.toolCount > 0) ?? (state.toolCount > 0 ? "tool_calls" : "stop");
  if (reason === "broken") return undefined;
  return { index, message, logprobs: logprobsOf(candidate["logprobsResult"]) ?? null, finish_reason: reason };
}

/** A signature or a thought alone is no answer. */
const isEmpty = ({ message, finish_reason: reason }: Choice): boolean =>
  !mayBeEmpty(reason) && message["content"] === null && message["tool_calls"] === undefined && message["images"] === undefined;
