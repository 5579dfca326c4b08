/** A Messages request as Anthropic itself is asked. */
import type { AnthropicMessage, MessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { isForeignThought } from "./thoughts.ts";

/** The caller's own body, without thoughts of other providers: Anthropic refuses a conversation with a signature it did not make. */
export function nativeRequestOf(request: MessagesRequest): MessagesRequest {
  if (!request.messages.some(hasForeignThought)) return request;
  return { ...request, messages: request.messages.map(withoutForeignThoughts).filter(({ content }) => content.length > 0) };
}

const hasForeignThought = ({ role, content }: AnthropicMessage): boolean =>
  role === "assistant" && typeof content !== "string" && content.some(isForeignThought);

const withoutForeignThoughts = (message: AnthropicMessage): AnthropicMessage =>
  hasForeignThought(message) && typeof message.content !== "string"
    ? { ...message, content: message.content.filter((block) => !isForeignThought(block)) }
    : message;
