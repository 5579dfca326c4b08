/** Tells a whole answer as a stream, for a provider that gives one although a stream was asked for. */
import type { ChatAsk, ChatReply, StreamPart } from "./provider.ts";
import { fieldsOf, listOf, type Fields } from "./openai-dialect/fields.ts";
import { chunkFrame } from "./openai-dialect/stream.ts";

export function partsOfReply(reply: ChatReply, ask: ChatAsk): readonly StreamPart[] {
  const { created, model } = reply.body;
  const frame = (choice: Fields): string => chunkFrame({ id: ask.generationId, object: "chat.completion.chunk", created, model, choices: [choice] });
  let roles = "";
  let content = "";
  const finishes: StreamPart[] = [];
  for (const choice of listOf(reply.body["choices"])
    .map(fieldsOf)
    .filter((one) => one !== undefined)) {
    const { role: _role, tool_calls: calls, ...message } = fieldsOf(choice["message"]) ?? {};
    const { index } = choice;
    const reason = typeof choice["finish_reason"] === "string" ? choice["finish_reason"] : "stop";
    const numbered = listOf(calls).map((call, at) => ({ index: at, ...fieldsOf(call) }));
    roles += frame({ index, delta: { role: "assistant", content: "" }, finish_reason: null });
    content += frame({ index, delta: { ...message, ...(numbered.length === 0 ? {} : { tool_calls: numbered }) }, finish_reason: null });
    finishes.push({ kind: "finish", bytes: Buffer.from(frame({ index, delta: {}, finish_reason: reason })), reason });
  }
  return [
    ...(reply.serviceTier === undefined ? [] : [{ kind: "served" as const, tier: reply.serviceTier }]),
    { kind: "prelude", bytes: Buffer.from(roles) },
    { kind: "content", bytes: Buffer.from(content), outputBytes: reply.outputBytes },
    ...finishes,
    ...(reply.usage === undefined
      ? []
      : [{ kind: "usage" as const, usage: reply.usage, ...(reply.reportedCost === undefined ? {} : { reportedCost: reply.reportedCost }) }]),
    { kind: "done" },
  ];
}
