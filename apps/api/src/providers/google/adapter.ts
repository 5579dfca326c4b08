/** Google's Gemini API: chats, vectors, pictures and sound. */
import type { ChatWire, ProviderWires } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";
import { googleEmbeddingsWire } from "./embeddings.ts";
import { googleFailure } from "./failure.ts";
import { googleFilmWire } from "./film.ts";
import { googleImageEditWire, googleImageGenerationWire } from "./images.ts";
import { googleRequest } from "./request.ts";
import { googleResponse } from "./response.ts";
import { googleSpeechWire } from "./speech.ts";
import { googleReader } from "./stream.ts";
import { googleTranscriptionWire, googleTranslationWire } from "./transcripts.ts";

export const googleWire: ChatWire = {
  request: googleRequest,
  response: googleResponse,
  reader: googleReader,
  retell: partsOfReply,
  failure: googleFailure,
};

export const googleWires: ProviderWires = {
  chat: googleWire,
  embeddings: googleEmbeddingsWire,
  image_generation: googleImageGenerationWire,
  image_edit: googleImageEditWire,
  speech: googleSpeechWire,
  transcription: googleTranscriptionWire,
  translation: googleTranslationWire,
  video_analysis: googleFilmWire,
};
