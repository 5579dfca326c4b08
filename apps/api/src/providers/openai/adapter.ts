/** OpenAI itself: the dialect without quirks, with the cap and the words for effort that its models know. */
import { completionsWire } from "../openai-dialect/completions.ts";
import { embeddingsWire } from "../openai-dialect/embeddings.ts";
import { imageEditWire, imageGenerationWire } from "../openai-dialect/images.ts";
import { moderationsWire } from "../openai-dialect/moderations.ts";
import { OPENAI_QUIRKS } from "../openai-dialect/request.ts";
import { responsesWire } from "../openai-dialect/responses.ts";
import { dialectWire } from "../openai-dialect/wire.ts";
import type { ProviderWires } from "../provider.ts";
import { fittedResponse, withKnownEffort } from "./effort.ts";
import { speechWire } from "../openai-dialect/speech.ts";
import { transcriptionWire, translationWire } from "../openai-dialect/transcripts.ts";

export const openaiWire = dialectWire({ ...OPENAI_QUIRKS, rewrite: withKnownEffort });

export const openaiWires: ProviderWires = {
  chat: openaiWire,
  responses: responsesWire(fittedResponse),
  completions: completionsWire,
  embeddings: embeddingsWire,
  moderations: moderationsWire,
  image_generation: imageGenerationWire,
  image_edit: imageEditWire,
  // The first generation of speech models knows plain sound only.
  speech: speechWire({ hasEvents: (model) => !model.startsWith("tts-1") }),
  transcription: transcriptionWire,
  translation: translationWire,
};
