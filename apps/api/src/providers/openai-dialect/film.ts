/** Films for servers of the OpenAI family that see them: a chat with a `video_url` part (OpenRouter, vLLM, SGLang). */
import type { Ask, ChatAsk, UploadedFile, Wire } from "../provider.ts";
import { dialectFailure } from "./failure.ts";
import { dialectHeaders } from "./headers.ts";
import { jsonWithFile, placeOf } from "./embedded-file.ts";
import { dialectResponse } from "./response.ts";

/** The words that go with a film, out of its form. */
export interface FilmWords {
  readonly prompt: string;
  readonly system: string | undefined;
  readonly temperature: number | undefined;
  /** Pictures a second that are to be seen. */
  readonly framerate: number | undefined;
}

export function wordsOfFilm({ request }: Ask<"video_analysis">): FilmWords {
  const fields = new Map(request.fields);
  const number = (name: string): number | undefined => (fields.has(name) ? Number(fields.get(name)) : undefined);
  return { prompt: fields.get("prompt") ?? "", system: fields.get("systemPrompt"), temperature: number("temperature"), framerate: number("framerate") };
}

export function filmIn({ request }: Ask<"video_analysis">): UploadedFile {
  const [film] = request.files;
  if (!film) throw new Error("an analysis without a film");
  return film;
}

/** The same attempt as a chat, for reading its answer. */
export const asChat = (ask: Ask<"video_analysis">): ChatAsk => ({
  ...ask,
  operation: "chat",
  request: { model: ask.model, messages: [{ role: "user", content: "" }] },
});

/** Seeing a long film takes a while. */
export const FILM_PATIENCE_MS = 300_000;

export const filmWire: Wire<"video_analysis"> = {
  patienceMs: FILM_PATIENCE_MS,
  request: (ask, endpoint) => {
    const { prompt, system, temperature } = wordsOfFilm(ask);
    const film = filmIn(ask);
    const body = {
      model: ask.model,
      messages: [
        ...(system === undefined ? [] : [{ role: "system", content: system }]),
        {
          role: "user",
          content: [
            { type: "video_url", video_url: { url: `data:${film.contentType};base64,${placeOf(ask.generationId)}` } },
            { type: "text", text: prompt },
          ],
        },
      ],
      max_tokens: ask.maxOutput,
      ...(temperature === undefined ? {} : { temperature }),
    };
    const written = jsonWithFile(body, ask.generationId, film);
    const headers = { ...dialectHeaders(endpoint, "application/json"), "content-length": String(written.length) };
    return { upstream: { path: "/chat/completions", headers, body: written.body } };
  },
  response: (body, ask) => dialectResponse(body, asChat(ask)),
  failure: dialectFailure,
};
