/** xAI: the dialect, with thinking that each of its models is asked for differently. */
import { imageGenerationWire } from "../openai-dialect/images.ts";
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";
import { responsesWire } from "../openai-dialect/responses.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderWires } from "../provider.ts";
import { withKnownEffort } from "./effort.ts";

/** Only `max_completion_tokens` counts thoughts, too (https://docs.x.ai/docs/api-reference). */
export const xaiWire = dialectWire({ capField: "max_completion_tokens", capFieldIsFixed: true, messages: {}, rewrite: withKnownEffort });

/** Instructions are refused as a field of their own; as the first words of the input they say the same. */
function rewriteResponses(body: Fields, model: string): Fields {
  const { instructions, reasoning, input, ...rest } = body;
  const { reasoning_effort: effort } = withKnownEffort({ reasoning_effort: fieldsOf(reasoning)?.["effort"] }, model);
  const { effort: _effort, ...thinking } = fieldsOf(reasoning) ?? {};
  const spoken = typeof input === "string" ? [{ role: "user", content: input }] : listOf(input);
  return {
    ...rest,
    input: typeof instructions === "string" && instructions !== "" ? [{ role: "system", content: instructions }, ...spoken] : input,
    ...(reasoning === undefined ? {} : { reasoning: { ...thinking, ...(typeof effort === "string" ? { effort } : {}) } }),
  };
}

export const xaiWires: ProviderWires = { chat: xaiWire, responses: responsesWire(rewriteResponses), image_generation: imageGenerationWire };
