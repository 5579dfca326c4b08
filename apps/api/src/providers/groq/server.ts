/** Groq refuses messages with fields it does not know. */
import { isHost } from "../openai-dialect/address.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

export const groq: CompatibleServer = {
  name: "Groq",
  isAt: (url) => isHost(url, "groq.com"),
  quirks: { capField: "max_completion_tokens", capFieldIsFixed: true, messages: {} },
  responses: () => "plain",
};
