/** What a fake provider of the OpenAI family answers on the routes for vectors, verdicts, pictures and sound. */
import { positiveInteger, wordsOf, modelOf } from "./fake-dialect.ts";
import type { Script } from "./fake-script.ts";
import { at, type SeenCall } from "./fake-tally.ts";

const CREATED_SECONDS = 1_790_000_000;
const DIMENSIONS_DEFAULT = 8;
export const TRANSCRIPT = "The signal box sets the points.";
/** The smallest PNG there is: one dot. */
export const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
export const SPEECH_BYTES_PER_CHARACTER = 1_000;

/** @returns undefined for routes that are none of these. */
export function mediaScript(call: SeenCall): Script | undefined {
  const route = ROUTES.find(([path]) => call.path.endsWith(path));
  return route?.[1](call);
}

const ROUTES: readonly (readonly [path: string, make: (call: SeenCall) => Script])[] = [
  ["/embeddings", (call) => body(embeddings(call))],
  ["/moderations", (call) => body(moderations(call))],
  ["/rerank", (call) => body(rerank(call))],
  ["/images/generations", (call) => images(call, "image_generation")],
  ["/images/edits", (call) => images(call, "image_edit")],
  ["/audio/speech", speech],
  ["/audio/transcriptions", transcript],
  ["/audio/translations", transcript],
];

const body = (value: unknown): Script => ({ kind: "body", body: value });
const events = (values: readonly unknown[], names = false): Script => ({
  kind: "body",
  contentType: "text/event-stream; charset=utf-8",
  body: values.map((value) => `${names ? `event: ${String(at(value, "type"))}\n` : ""}data: ${JSON.stringify(value)}\n\n`).join(""),
});

/** A vector that depends on the text and on nothing else. */
export function vectorOf(text: string, dimensions: number): readonly number[] {
  let seed = 2_166_136_261;
  for (const byte of Buffer.from(text)) seed = Math.imul(seed ^ byte, 16_777_619) >>> 0;
  return Array.from({ length: dimensions }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.fround(seed / 2 ** 31 - 1);
  });
}

function embeddings(call: SeenCall): unknown {
  const input = at(call.body, "input");
  const list = Array.isArray(input) && typeof input[0] !== "number" ? (input as readonly unknown[]) : [input];
  const dimensions = positiveInteger(at(call.body, "dimensions")) ?? DIMENSIONS_DEFAULT;
  // Some servers know numbers only, whatever they are asked for.
  const asBase64 = at(call.body, "encoding_format") === "base64" && !modelOf(call).includes("floats-only");
  const data = list.map((item, index) => {
    const vector = vectorOf(typeof item === "string" ? item : JSON.stringify(item), dimensions);
    return { object: "embedding", index, embedding: asBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector };
  });
  const tokens = list.reduce<number>((sum, item) => sum + (Array.isArray(item) ? item.length : wordsOf(String(item)).length), 0);
  return { object: "list", data, model: modelOf(call), usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

const CATEGORIES = [
  "hate",
  "hate/threatening",
  "harassment",
  "harassment/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/intent",
  "self-harm/instructions",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
];

function textOf(one: unknown): string {
  const text = typeof one === "string" ? one : at(one, "text");
  return typeof text === "string" ? text : "";
}

function moderations(call: SeenCall): unknown {
  const input = at(call.body, "input");
  const texts = (Array.isArray(input) ? input : [input]).map(textOf);
  const of = <T>(value: (category: string) => T) => Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  const results = texts.map((text) => {
    const violent = /\bkill\b/.test(text);
    return {
      flagged: violent,
      categories: of((category) => violent && category === "violence"),
      category_scores: of((category) => (violent && category === "violence" ? 0.97 : 0.001)),
      category_applied_input_types: of(() => ["text"]),
    };
  });
  return { id: `modr-fake${call.index}`, model: modelOf(call), results };
}

function rerank(call: SeenCall): unknown {
  const documents = (at(call.body, "documents") as readonly unknown[]).map(textOf);
  const query = new Set(String(at(call.body, "query")).toLowerCase().split(/\W+/));
  const results = documents
    .map((text, index) => ({
      index,
      relevance_score:
        text
          .toLowerCase()
          .split(/\W+/)
          .filter((word) => query.has(word)).length / 10,
    }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, positiveInteger(at(call.body, "top_n")) ?? documents.length);
  const tokens = documents.reduce((sum, text) => sum + wordsOf(text).length, query.size);
  return { id: `rerank-fake${call.index}`, model: modelOf(call), results, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** The numbers in a form are text. */
const numberIn = (call: SeenCall, name: string): number | undefined => positiveInteger(Number(at(call.body, name)));

function images(call: SeenCall, kind: "image_generation" | "image_edit"): Script {
  const n = numberIn(call, "n") ?? 1;
  const b64 = PNG.toString("base64");
  const read = kind === "image_edit" ? 300 : 0;
  const output = 272 * n;
  const usage = {
    input_tokens: 12 + read,
    input_tokens_details: { text_tokens: 12, image_tokens: read },
    output_tokens: output,
    total_tokens: 12 + read + output,
  };
  if (call.streamed) {
    const look = { created_at: CREATED_SECONDS, size: "1024x1024", quality: "low", background: "opaque", output_format: "png", b64_json: b64 };
    const partial = Array.from({ length: numberIn(call, "partial_images") ?? 0 }, (_, index) => ({
      type: `${kind}.partial_image`,
      ...look,
      partial_image_index: index,
    }));
    return events([...partial, { type: `${kind}.completed`, ...look, usage }], true);
  }
  const one = at(call.body, "response_format") === "url" ? { url: "https://images.fake/1.png" } : { b64_json: b64 };
  const data = Array.from({ length: n }, () => one);
  // The older models are priced by the picture and count nothing.
  return body(modelOf(call).startsWith("dall-e") ? { created: CREATED_SECONDS, data } : { created: CREATED_SECONDS, data, usage });
}

/** Bytes that are told apart from one another, so that a missing or doubled piece shows. */
export function speechBytes(text: string): Buffer {
  const bytes = Buffer.alloc(text.length * SPEECH_BYTES_PER_CHARACTER);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  return bytes;
}

function speech(call: SeenCall): Script {
  const text = String(at(call.body, "input"));
  const sound = speechBytes(text);
  if (at(call.body, "stream_format") !== "sse") return { kind: "body", body: sound, contentType: "audio/mpeg" };
  const deltas: unknown[] = [];
  for (let from = 0; from < sound.length; from += 4_096)
    deltas.push({ type: "speech.audio.delta", audio: sound.subarray(from, from + 4_096).toString("base64") });
  const output = text.length * 4;
  const input = wordsOf(text).length;
  return events([...deltas, { type: "speech.audio.done", usage: { input_tokens: input, output_tokens: output, total_tokens: input + output } }]);
}

function transcript(call: SeenCall): Script {
  const format = at(call.body, "response_format") ?? "json";
  const byDuration = modelOf(call).startsWith("whisper");
  const usage = byDuration
    ? { type: "duration", seconds: 2 }
    : { type: "tokens", input_tokens: 24, input_token_details: { text_tokens: 4, audio_tokens: 20 }, output_tokens: 7, total_tokens: 31 };
  if (call.streamed && !byDuration)
    return events([
      ...wordsOf(TRANSCRIPT).map((delta) => ({ type: "transcript.text.delta", delta })),
      { type: "transcript.text.done", text: TRANSCRIPT, usage },
    ]);
  const segment = {
    id: 0,
    seek: 0,
    start: 0,
    end: 2,
    text: TRANSCRIPT,
    tokens: [1],
    temperature: 0,
    avg_logprob: -0.1,
    compression_ratio: 1,
    no_speech_prob: 0,
  };
  switch (format) {
    case "text":
      return { kind: "body", body: `${TRANSCRIPT}\n`, contentType: "text/plain; charset=utf-8" };
    case "srt":
      return { kind: "body", body: `1\n00:00:00,000 --> 00:00:02,000\n${TRANSCRIPT}\n\n`, contentType: "text/plain; charset=utf-8" };
    case "vtt":
      return { kind: "body", body: `WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n${TRANSCRIPT}\n\n`, contentType: "text/vtt; charset=utf-8" };
    case "verbose_json":
      return body({ task: "transcribe", language: "english", duration: 2, text: TRANSCRIPT, segments: [segment], usage });
    default:
      return body({ text: TRANSCRIPT, usage });
  }
}
