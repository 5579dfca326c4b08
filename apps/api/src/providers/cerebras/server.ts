/** Cerebras refuses messages with fields it does not know. */
import { isHost } from "../openai-dialect/address.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

export const cerebras: CompatibleServer = {
  name: "Cerebras",
  isAt: (url) => isHost(url, "cerebras.ai"),
  quirks: { capField: "max_completion_tokens", capFieldIsFixed: true, messages: {} },
};
