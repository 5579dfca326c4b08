/**
 * Films for Gemini: within the request up to what it may hold, larger ones by its File API first, in the steps of a resumable
 * upload (https://ai.google.dev/gemini-api/docs/files, https://ai.google.dev/gemini-api/docs/video-understanding).
 */
import { failureOf, wordsOfBody } from "../failure-words.ts";
import { jsonWithFile, placeOf } from "../openai-dialect/embedded-file.ts";
import { fieldsOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { asChat, FILM_PATIENCE_MS, filmIn, wordsOfFilm } from "../openai-dialect/film.ts";
import { parseBody } from "../openai-dialect/response.ts";
import type { Ask, Preparation, Prepared, ProviderEndpoint, StepAnswer, UpstreamRequest, Wire } from "../provider.ts";
import { googleFailure } from "./failure.ts";
import { googleHeaders, googlePath } from "./request.ts";
import { googleResponse } from "./response.ts";

/** A request may have 100 MB (https://blog.google/technology/developers/gemini-api-new-file-limits/); base64 makes four bytes of three. */
const INLINE_BYTES_MAX = 70_000_000;
const POLL_MS = 2_000;
const POLLS_MAX = 90;

type FilmAsk = Ask<"video_analysis">;

export const googleFilmWire: Wire<"video_analysis"> = {
  patienceMs: FILM_PATIENCE_MS,
  prepare,
  request: (ask, endpoint, reference) => ({ upstream: reference === undefined ? inline(ask, endpoint) : referring(ask, endpoint, reference) }),
  response: (body, ask) => googleResponse(body, asChat(ask)),
  failure: googleFailure,
};

function* prepare(ask: FilmAsk, endpoint: ProviderEndpoint): Generator<Preparation, Prepared, StepAnswer> {
  const film = filmIn(ask);
  if (film.bytes <= INLINE_BYTES_MAX) return { reference: undefined };
  const base = new URL(endpoint.baseUrl);
  const version = /\/v\d+[a-z]*\d*/.exec(base.pathname)?.[0] ?? "/v1beta";
  const begun = yield {
    send: {
      url: `${base.origin}/upload${version}/files`,
      headers: {
        ...googleHeaders(endpoint, "application/json"),
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": String(film.bytes),
        "x-goog-upload-header-content-type": film.contentType,
      },
      body: JSON.stringify({ file: { display_name: film.name } }),
    },
  };
  if (begun.status !== 200) return { failure: googleFailure(begun.status, begun.headers, begun.body) };
  const address = begun.headers["x-goog-upload-url"];
  // Our key and the film go to the provider's own origin only.
  if (typeof address !== "string" || !URL.canParse(address) || new URL(address).origin !== base.origin) {
    return { failure: { kind: "protocol", status: 200, detail: "the upload was sent to another address than the provider's" } };
  }
  const sent = yield {
    send: {
      url: address,
      headers: { "content-length": String(film.bytes), "x-goog-upload-offset": "0", "x-goog-upload-command": "upload, finalize" },
      body: film.open,
    },
  };
  if (sent.status !== 200) return { failure: googleFailure(sent.status, sent.headers, sent.body) };
  let file = fieldsOf(fieldsOf(parsed(sent.body))?.["file"]);
  for (let polls = 0; file?.["state"] === "PROCESSING" && polls < POLLS_MAX; polls++) {
    yield { waitMs: POLL_MS };
    const name = textOf(file["name"]) ?? "";
    const seen = yield { send: { url: `${base.origin}${version}/${name}`, method: "GET", headers: googleHeaders(endpoint, "application/json"), body: "" } };
    if (seen.status !== 200) return { failure: googleFailure(seen.status, seen.headers, seen.body) };
    file = fieldsOf(parsed(seen.body));
  }
  const reference = textOf(file?.["uri"]);
  if (file?.["state"] === "FAILED")
    return { failure: failureOf(400, wordsOfBody(Buffer.from(JSON.stringify({ error: file["error"] ?? "the film could not be read" }))), {}) };
  if (reference === undefined || file?.["state"] === "PROCESSING")
    return { failure: { kind: "timeout", status: 200, detail: "the uploaded film did not become ready" } };
  return { reference };
}

const parsed = (body: Buffer): Fields | undefined => {
  const value = parseBody(body);
  return typeof value === "string" ? undefined : value;
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
