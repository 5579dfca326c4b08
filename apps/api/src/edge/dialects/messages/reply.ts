/** Translates a whole chat completion into Anthropic's message. */
import { reasoningDetailsOf, type ReasoningDetail } from "@switchyard/shared/wire/reasoning-details";
import { fieldsOf, listOf, textOf, type Fields } from "../../../providers/openai-dialect/fields.ts";
import { stopOf, stopSequenceOf } from "./ending.ts";
import { redactedDataOf, signatureOf } from "./thoughts.ts";
import { inputOf } from "../../../providers/openai-dialect/tool-input.ts";

export interface Telling {
  /** Becomes the message's id. */
  readonly id: string;
  /** Told as the model where the provider tells none. */
  readonly model: string;
  readonly stopSequences: readonly string[] | undefined;
  /** The caller's own name of a called tool. */
  readonly toolNameOf: (name: string) => string;
}

/** @param usage in Anthropic's shape */
export function messageOf(completion: Fields, usage: Fields, { id, model, stopSequences, toolNameOf }: Telling): Fields {
  const choice = fieldsOf(listOf(completion["choices"])[0]) ?? {};
  const message = fieldsOf(choice["message"]) ?? {};
  const calls = listOf(message["tool_calls"]).flatMap((call) => toolUseOf(fieldsOf(call) ?? {}, toolNameOf));
  const refusal = textOf(message["refusal"]);
  const stop = stopOf({
    finishReason: textOf(choice["finish_reason"]),
    hasToolUse: calls.length > 0,
    hasRefusal: refusal !== undefined,
    stopSequence: stopSequenceOf(choice, stopSequences),
  });
  const texts = [textOf(message["content"]), refusal].flatMap((text) => (text === undefined ? [] : [{ type: "text", text }]));
  return {
    id,
    type: "message",
    role: "assistant",
    model: textOf(completion["model"]) ?? model,
    content: [...thoughtBlocks(message), ...texts, ...calls],
    ...stop,
    usage,
  };
}

/** Thoughts as blocks, in the order of their details; a thought that was told without details is one block. */
function thoughtBlocks(message: Fields): Fields[] {
  const details = reasoningDetailsOf(message["reasoning_details"]);
  const thought = textOf(message["reasoning_content"]) ?? textOf(message["reasoning"]);
  const blocks = details.map(blockOf);
  const isTold = details.some((one) => one.type !== "reasoning.encrypted" && wordsOf(one) !== "");
  if (isTold || thought === undefined) return blocks;
  // The thought's proof may come apart from its words.
  const proof = details.findIndex((one) => one.type === "reasoning.text");
  const block = { type: "thinking", thinking: thought, signature: signatureOf(details[proof]) };
  return [block, ...blocks.filter((_, at) => at !== proof)];
}

const blockOf = (detail: ReasoningDetail): Fields =>
  detail.type === "reasoning.encrypted"
    ? { type: "redacted_thinking", data: redactedDataOf(detail) }
    : { type: "thinking", thinking: wordsOf(detail), signature: signatureOf(detail) };

export const wordsOf = (detail: ReasoningDetail): string =>
  detail.type === "reasoning.text" ? detail.text : detail.type === "reasoning.summary" ? detail.summary : "";

function toolUseOf(call: Fields, toolNameOf: Telling["toolNameOf"]): Fields[] {
  const called = fieldsOf(call["function"]);
  const name = textOf(called?.["name"]);
  if (name === undefined) return [];
  return [{ type: "tool_use", id: textOf(call["id"]) ?? "", name: toolNameOf(name), input: inputOf(textOf(called?.["arguments"]) ?? "") }];
}
