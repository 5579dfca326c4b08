/** Ollama passes over what it does not know, `max_completion_tokens` included: the cap must go as `max_tokens`. */
import { isHost } from "../openai-dialect/address.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

const PORT = "11434";

export const ollama: CompatibleServer = {
  name: "Ollama",
  isAt: (url) => url.port === PORT || isHost(url, "ollama.com"),
  quirks: { capField: "max_tokens", capFieldIsFixed: true, messages: { thoughts: true, systemForDeveloper: true } },
  responses: () => "plain",
};
