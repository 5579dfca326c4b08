/** DeepSeek wants its thoughts back between tool calls, knows `max_tokens` only, and no developers. */
import { isHost } from "../openai-dialect/address.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

export const deepseek: CompatibleServer = {
  name: "DeepSeek",
  isAt: (url) => isHost(url, "deepseek.com"),
  quirks: { capField: "max_tokens", capFieldIsFixed: true, messages: { thoughts: true, systemForDeveloper: true } },
};
