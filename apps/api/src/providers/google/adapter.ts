/** Google's Gemini API as a chat wire. */
import type { ChatWire, ProviderWires } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";
import { googleEmbeddingsWire } from "./embeddings.ts";
import { googleFailure } from "./failure.ts";
import { googleFilmWire } from "./film.ts";
import { googleRequest } from "./request.ts";
import { googleResponse } from "./response.ts";
import { googleReader } from "./stream.ts";

export const googleWire: ChatWire = {
  request: googleRequest,
  response: googleResponse,
  reader: googleReader,
  retell: partsOfReply,
  failure: googleFailure,
};

export const googleWires: ProviderWires = { chat: googleWire, embeddings: googleEmbeddingsWire, video_analysis: googleFilmWire };
