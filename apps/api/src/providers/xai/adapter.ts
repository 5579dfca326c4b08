/** xAI: the dialect, with thinking that each of its models is asked for differently. */
import { imageGenerationWire } from "../openai-dialect/images.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderWires } from "../provider.ts";
import { withKnownEffort } from "./effort.ts";

/** Only `max_completion_tokens` counts thoughts, too (https://docs.x.ai/docs/api-reference). */
export const xaiWire = dialectWire({ capField: "max_completion_tokens", capFieldIsFixed: true, messages: {}, rewrite: withKnownEffort });

export const xaiWires: ProviderWires = { chat: xaiWire, image_generation: imageGenerationWire };
