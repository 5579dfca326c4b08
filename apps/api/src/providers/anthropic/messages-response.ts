/** Reads a whole message for a caller who speaks Anthropic's wire: passed on under our id. */
import type { Ask, ProviderFailure, Reply, StreamPart } from "../provider.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import { parseBody } from "../openai-dialect/response.ts";
import { anthropicErrorEvent } from "./failure.ts";
import { MessagesReader } from "./messages-stream.ts";
import { servedOf } from "./service-tier.ts";
import { finishReasonOf } from "./stop-reason.ts";
import { usageOf, withReport } from "./usage.ts";

export function messagesResponse(body: Buffer, ask: Ask<"messages">): { readonly reply: Reply } | { readonly failure: ProviderFailure } {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  if (answer["type"] === "error" || fieldsOf(answer["error"])) return { failure: anthropicErrorEvent(answer) };
  if (!Array.isArray(answer["content"])) return { failure: { kind: "protocol", status: 200, detail: "the body is not a message" } };
  const blocks = listOf(answer["content"]).map((block) => fieldsOf(block) ?? {});
  const outputBytes = blocks.reduce((sum, block) => sum + bytesOfBlock(block), 0);
  const finishReason = finishReasonOf(answer["stop_reason"]) ?? (blocks.some((one) => one["type"] === "tool_use") ? "tool_calls" : "stop");
  if (outputBytes === 0 && !mayBeEmpty(finishReason)) return { failure: { kind: "empty", status: 200, detail: "the answer holds no content" } };
  const usage = usageOf(withReport({}, answer["usage"]));
  return { reply: { body: { ...answer, id: ask.generationId }, usage, outputBytes, finishReason, ...servedOf(answer["usage"]) } };
}

/** UTF-8 bytes that the model produced for a block; of blocks we do not know, all they hold. */
export function bytesOfBlock(block: Fields): number {
  switch (block["type"]) {
    case "text":
      return Buffer.byteLength(textOf(block["text"]) ?? "");
    case "thinking":
      return Buffer.byteLength(textOf(block["thinking"]) ?? "");
    case "tool_use":
      return Buffer.byteLength(`${textOf(block["name"]) ?? ""}${JSON.stringify(block["input"] ?? {})}`);
    default:
      return Buffer.byteLength(JSON.stringify(block));
  }
}

/** A whole message as the stream that would have told it, for a server that answers whole although a stream was asked for. */
export function messagesRetold({ body }: Reply, ask: Ask<"messages">): readonly StreamPart[] {
  const { content, stop_reason: reason, stop_sequence: sequence, usage, ...message } = body;
  const reader = new MessagesReader(ask);
  const events: Fields[] = [{ type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage } }];
  for (const [index, value] of listOf(content).entries()) {
    const { opening, deltas } = toldBlock(fieldsOf(value) ?? {});
    events.push({ type: "content_block_start", index, content_block: opening });
    events.push(...deltas.map((delta) => ({ type: "content_block_delta", index, delta })), { type: "content_block_stop", index });
  }
  events.push({ type: "message_delta", delta: { stop_reason: reason, stop_sequence: sequence ?? null }, usage }, { type: "message_stop" });
  return reader.push(Buffer.from(events.map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join("")));
}

function toldBlock(block: Fields): { readonly opening: Fields; readonly deltas: readonly Fields[] } {
  switch (block["type"]) {
    case "text":
      return { opening: { ...block, text: "" }, deltas: [{ type: "text_delta", text: block["text"] }] };
    case "thinking": {
      const deltas = [
        { type: "thinking_delta", thinking: block["thinking"] },
        { type: "signature_delta", signature: block["signature"] },
      ];
      return { opening: { type: "thinking", thinking: "", signature: "" }, deltas };
    }
    case "tool_use":
      return { opening: { ...block, input: {} }, deltas: [{ type: "input_json_delta", partial_json: JSON.stringify(block["input"] ?? {}) }] };
    default:
      return { opening: block, deltas: [] };
  }
}
