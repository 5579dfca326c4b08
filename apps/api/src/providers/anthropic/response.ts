/** Reads a whole message of Anthropic's and makes a chat completion of it. */
import type { ChatAsk } from "../provider.ts";
import { producedBytes } from "../openai-dialect/delta.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import { parseBody, type ReadReply } from "../openai-dialect/response.ts";
import { anthropicErrorEvent } from "./failure.ts";
import { finishReasonOf, refusalOf } from "./stop-reason.ts";
import { servedOf, serviceTierOf } from "./service-tier.ts";
import { hiddenDetail, thoughtDetail } from "./thoughts.ts";
import { usageOf, withReport } from "./usage.ts";

export function anthropicResponse(body: Buffer, ask: ChatAsk): ReadReply {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (answer["type"] === "error" || fieldsOf(answer["error"])) return { failure: anthropicErrorEvent(answer) };
  if (!Array.isArray(answer["content"])) return { failure: { kind: "protocol", status: 200, detail: "the body is not a message" } };
  const message = messageOf(listOf(answer["content"]), refusalOf(answer));
  const hasCalls = message["tool_calls"] !== undefined;
  const reason = finishReasonOf(answer["stop_reason"]) ?? (hasCalls ? "tool_calls" : "stop");
  if (message["content"] === null && !hasCalls && !mayBeEmpty(reason)) {
    return { failure: { kind: "empty", status: 200, detail: "the answer holds no content" } };
  }
  const completion = {
    id: ask.generationId,
    object: "chat.completion",
    created: ask.createdSeconds,
    model: textOf(answer["model"]) ?? ask.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
    ...serviceTierOf(answer["usage"]),
  };
  const usage = usageOf(withReport({}, answer["usage"]));
  return { reply: { body: completion, usage, outputBytes: producedBytes(message), finishReason: reason, ...servedOf(answer["usage"]) } };
}

/** Blocks of kinds that a chat has no words for (server tools, fallbacks) are left out. */
function messageOf(blocks: readonly unknown[], refusal: string | undefined): Fields {
  let text = "";
  let thought = "";
  const details: Fields[] = [];
  const calls: Fields[] = [];
  for (const value of blocks) {
    const block = fieldsOf(value);
    if (block?.["type"] === "text") text += textOf(block["text"]) ?? "";
    else if (block?.["type"] === "thinking") {
      thought += textOf(block["thinking"]) ?? "";
      details.push(thoughtDetail(details.length, textOf(block["thinking"]) ?? "", textOf(block["signature"])));
    } else if (block?.["type"] === "redacted_thinking") details.push(hiddenDetail(details.length, block["data"]));
    else if (block?.["type"] === "tool_use") {
      calls.push({ id: block["id"], type: "function", function: { name: block["name"], arguments: JSON.stringify(block["input"] ?? {}) } });
    }
  }
  return {
    role: "assistant",
    content: text === "" ? null : text,
    refusal: refusal ?? null,
    ...(thought === "" ? {} : { reasoning_content: thought }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
