/** Films for Gemini (https://ai.google.dev/gemini-api/docs/video-understanding). */
import { jsonWithFile, placeOf } from "../openai-dialect/embedded-file.ts";
import type { Fields } from "../openai-dialect/fields.ts";
import { asChat, FILM_PATIENCE_MS, filmIn, wordsOfFilm } from "../openai-dialect/film.ts";
import type { Ask, ProviderEndpoint, UpstreamRequest, Wire } from "../provider.ts";
import { googleFailure } from "./failure.ts";
import { sentAhead } from "./file-upload.ts";
import { googleHeaders, googlePath } from "./request.ts";
import { googleResponse } from "./response.ts";

type FilmAsk = Ask<"video_analysis">;

export const googleFilmWire: Wire<"video_analysis"> = {
  patienceMs: FILM_PATIENCE_MS,
  prepare: (ask, endpoint) => sentAhead(filmIn(ask), endpoint),
  request: (ask, endpoint, reference) => ({ upstream: reference === undefined ? inline(ask, endpoint) : referring(ask, endpoint, reference) }),
  response: (body, ask) => googleResponse(body, asChat(ask)),
  failure: googleFailure,
};

function inline(ask: FilmAsk, endpoint: ProviderEndpoint): UpstreamRequest {
  const film = filmIn(ask);
  const written = jsonWithFile(bodyOf(ask, { inlineData: { mimeType: film.contentType, data: placeOf(ask.generationId) } }), ask.generationId, film);
  const headers = { ...googleHeaders(endpoint, "application/json"), "content-length": String(written.length) };
  return { path: googlePath(ask, endpoint.baseUrl), headers, body: written.body };
}

function referring(ask: FilmAsk, endpoint: ProviderEndpoint, reference: string): UpstreamRequest {
  const body = bodyOf(ask, { fileData: { mimeType: filmIn(ask).contentType, fileUri: reference } });
  return { path: googlePath(ask, endpoint.baseUrl), headers: googleHeaders(endpoint, "application/json"), body: JSON.stringify(body) };
}

function bodyOf(ask: FilmAsk, film: Fields): Fields {
  const { prompt, system, temperature, framerate } = wordsOfFilm(ask);
  return {
    ...(system === undefined ? {} : { systemInstruction: { parts: [{ text: system }] } }),
    contents: [{ role: "user", parts: [{ ...film, ...(framerate === undefined ? {} : { videoMetadata: { fps: framerate } }) }, { text: prompt }] }],
    generationConfig: { maxOutputTokens: ask.maxOutput, ...(temperature === undefined ? {} : { temperature }) },
  };
}
