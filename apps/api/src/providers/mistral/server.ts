/** Mistral refuses every field it does not know, names some differently, and tells its usage unasked. */
import type { Fields } from "../openai-dialect/fields.ts";
import { isHost } from "../openai-dialect/address.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

/** OpenAI's fields that it has no place for and whose loss changes no meaning. */
const UNKNOWN = ["logit_bias", "logprobs", "top_logprobs", "user", "store", "service_tier", "verbosity", "prompt_cache_key", "safety_identifier"] as const;

function rewrite(body: Fields): Fields {
  const { seed, tool_choice: choice, ...rest } = body;
  for (const name of UNKNOWN) delete rest[name];
  return {
    ...rest,
    ...(seed === undefined ? {} : { random_seed: seed }),
    ...(choice === undefined ? {} : { tool_choice: choice === "required" ? "any" : choice }),
  };
}

export const mistral: CompatibleServer = {
  name: "Mistral",
  isAt: (url) => isHost(url, "mistral.ai"),
  quirks: { capField: "max_tokens", capFieldIsFixed: true, tellsUsageUnasked: true, messages: { systemForDeveloper: true }, rewrite },
};
