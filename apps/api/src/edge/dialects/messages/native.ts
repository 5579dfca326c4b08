/** A Messages request as Anthropic itself is asked. */
import type { AnthropicMessage, CountRequest } from "@switchyard/shared/wire/anthropic-messages";
import { isForeignThought } from "./thoughts.ts";

/**
 * The caller's own body, without thoughts of other providers: Anthropic refuses a conversation with a signature it did not make.
 * @param betas what the caller's `anthropic-beta` header named
 */
export function nativeRequestOf<R extends CountRequest>(request: R, betas: readonly string[]): R {
  const own = request.messages.some(hasForeignThought)
    ? { ...request, messages: request.messages.map(withoutForeignThoughts).filter(({ content }) => content.length > 0) }
    : request;
  return betas.length === 0 ? own : { ...own, anthropic_beta: betas };
}

const BETAS_MAX = 64;
const BETA = /^[A-Za-z0-9._-]{1,128}$/;

/** The names in an `anthropic-beta` header. Those of signing in belong to the caller's credentials, which are not passed on. */
export const betasOf = (header: string | readonly string[] | undefined): readonly string[] =>
  (typeof header === "string" ? header : (header ?? []).join(","))
    .split(",")
    .map((name) => name.trim())
    .filter((name) => BETA.test(name) && !name.startsWith("oauth-"))
    .slice(0, BETAS_MAX);

const hasForeignThought = ({ role, content }: AnthropicMessage): boolean =>
  role === "assistant" && typeof content !== "string" && content.some(isForeignThought);

const withoutForeignThoughts = (message: AnthropicMessage): AnthropicMessage =>
  hasForeignThought(message) && typeof message.content !== "string"
    ? { ...message, content: message.content.filter((block) => !isForeignThought(block)) }
    : message;
