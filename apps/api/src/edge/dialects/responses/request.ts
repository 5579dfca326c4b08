/** Says a Responses request as a chat, for targets that do not speak Responses themselves. */
import { ok, type Result } from "@switchyard/shared/kernel/result";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import type { ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { chatToolFields, toolBookOf, type ToolBook } from "./tools.ts";
import { turnsOf, type PlacedItem } from "./turns.ts";

export interface AskedAsChat {
  readonly chat: ChatRequest;
  readonly book: ToolBook;
  /** Places in the request that the chat does not carry; what has no effect on any answer is not among them. */
  readonly dropped: readonly string[];
}

/**
 * @param items the whole conversation: what was stored before, then the request's own input
 * @returns the chat, or a refusal that names what a chat cannot say
 */
export function asChat(request: ResponsesRequest, items: readonly PlacedItem[]): Result<AskedAsChat> {
  const turns = turnsOf(items, request.instructions);
  if (!turns.ok) return turns;
  const book = toolBookOf(request.tools ?? []);
  const tools = chatToolFields(request, book);
  const format = responseFormatOf(request);
  const wantsLogprobs = (request.top_logprobs ?? 0) > 0 || request.include?.includes("message.output_text.logprobs") === true;
  const effort = request.reasoning?.effort;
  const chat: ChatRequest = {
    model: request.model,
    messages: [...turns.value.messages],
    ...(request.stream === true ? { stream: true } : {}),
    ...(request.max_output_tokens === undefined ? {} : { max_completion_tokens: request.max_output_tokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.top_p === undefined ? {} : { top_p: request.top_p }),
    ...(wantsLogprobs ? { logprobs: true, top_logprobs: request.top_logprobs ?? 0 } : {}),
    ...tools.fields,
    ...(format === undefined ? {} : { response_format: format }),
    ...(typeof effort === "string" ? { reasoning_effort: effort } : {}),
    ...(request.user === undefined ? {} : { user: request.user }),
    ...(request.service_tier === undefined || request.service_tier === "auto" ? {} : { service_tier: request.service_tier }),
  };
  return ok({ chat, book, dropped: [...turns.value.dropped, ...tools.dropped, ...unsayableOf(request)] });
}

function responseFormatOf({ text }: ResponsesRequest): ChatRequest["response_format"] {
  const format = text?.format;
  if (format?.type === "json_object") return { type: "json_object" };
  if (format?.type !== "json_schema" || format.name === undefined) return undefined;
  return {
    type: "json_schema",
    json_schema: {
      name: format.name,
      ...(format.schema === undefined ? {} : { schema: format.schema }),
      ...(typeof format.strict === "boolean" ? { strict: format.strict } : {}),
      ...(typeof format.description === "string" ? { description: format.description } : {}),
    },
  };
}

/** Fields that would change an answer of OpenAI's and for which a chat has no word that every provider knows. */
function unsayableOf(request: ResponsesRequest): readonly string[] {
  return [
    ...(request.truncation === "auto" ? ["truncation"] : []),
    ...(typeof request.text?.verbosity === "string" && request.text.verbosity !== "medium" ? ["text.verbosity"] : []),
  ];
}
