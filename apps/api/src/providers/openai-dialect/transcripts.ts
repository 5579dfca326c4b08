/** Transcription and translation of the OpenAI family: JSON, or text in the format that was asked for, or a transcript as it is heard. */
import { furtherOf, NO_USAGE, takeFrom, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import type { Ask, ProviderFailure, Reply, ResponseHeaders, StreamPart, Wire } from "../provider.ts";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import { failureOf, wordsOf } from "../failure-words.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import { readJsonAnswer } from "./json-wire.ts";
import { operationFailure } from "./operation-failure.ts";
import { isError } from "./stream.ts";
import { uploadBody } from "./upload.ts";

type HearingOperation = "transcription" | "translation";
type Read = { readonly reply: Reply } | { readonly failure: ProviderFailure };

/** An hour of sound takes a while to be heard. */
const PATIENCE_MS = 300_000;

const wireAt = <O extends HearingOperation>(path: string): Wire<O> => ({
  patienceMs: PATIENCE_MS,
  request: (ask, endpoint) => ({ upstream: { path, ...uploadBody(ask, endpoint) } }),
  response: readTranscript,
  reader: (ask) => new TranscriptReader(durationMsOf(ask)),
  retell: transcriptEvents,
  failure: operationFailure,
});

export const transcriptionWire = wireAt<"transcription">("/audio/transcriptions");
export const translationWire = wireAt<"translation">("/audio/translations");

const fieldOf = (ask: Ask<HearingOperation>, name: string): string | undefined => ask.request.fields.find(([one]) => one === name)?.[1];
const durationMsOf = (ask: Ask<HearingOperation>): number => ask.request.files.reduce((sum, file) => sum + (file.durationMs ?? 0), 0);

/** Formats that are plain text, and how they are called where the provider does not say. */
const TEXT_TYPES: ReadonlyMap<string, string> = new Map([
  ["text", "text/plain; charset=utf-8"],
  ["srt", "text/plain; charset=utf-8"],
  ["vtt", "text/vtt; charset=utf-8"],
]);

function readTranscript(body: Buffer, ask: Ask<HearingOperation>, headers: ResponseHeaders): Read {
  const textType = TEXT_TYPES.get(fieldOf(ask, "response_format") ?? "json");
  if (textType === undefined) return readJsonAnswer(body, (answer) => jsonReply(answer, ask, body.length));
  const told = headers["content-type"];
  // An error in place of a transcript is JSON whatever was asked for.
  if (typeof told === "string" && /^application\/(?:problem\+)?json\b/i.test(told) && body[0] === BRACE) return notText(body, ask);
  const contentType = typeof told === "string" && told.startsWith("text/") ? told : textType;
  return {
    reply: { body: {}, raw: { contentType, bytes: body }, usage: heard(durationMsOf(ask)), outputBytes: Math.max(1, body.length), finishReason: "stop" },
  };
}

const BRACE = 0x7b;

/** Some servers answer in JSON whatever format they are asked for: the text in it is what was wanted only for plain text. */
function notText(body: Buffer, ask: Ask<HearingOperation>): Read {
  return readJsonAnswer(body, (answer) => {
    const reply = jsonReply(answer, ask, body.length);
    if (typeof reply === "string" || fieldOf(ask, "response_format") !== "text") return typeof reply === "string" ? reply : "JSON in place of subtitles";
    return { ...reply, raw: { contentType: "text/plain; charset=utf-8", bytes: Buffer.from(`${String(answer["text"])}\n`) } };
  });
}

function jsonReply(answer: Fields, ask: Ask<HearingOperation>, bytes: number): Reply | string {
  if (typeof answer["text"] !== "string") return "the answer holds no text";
  const told = answer["duration"];
  const durationMs = typeof told === "number" && told >= 0 ? Math.ceil(told * 1_000) : durationMsOf(ask);
  return { body: answer, usage: usageOf(answer["usage"], durationMs), outputBytes: bytes, finishReason: "stop" };
}

const heard = (audioMs: number): Usage => ({ ...NO_USAGE, ...furtherOf({ audioMs }) });

/** Tokens or seconds, as the model counts (https://platform.openai.com/docs/api-reference/audio/json-object); the length of the sound always. */
function usageOf(report: unknown, durationMs: number): Usage {
  const fields = fieldsOf(report);
  const seconds = fields?.["seconds"];
  const audioMs = typeof seconds === "number" && seconds >= 0 && seconds < 1e7 ? Math.ceil(seconds * 1_000) : durationMs;
  const asked = { left: tokenCount(fields?.["input_tokens"]) ?? 0 };
  const audioInput = takeFrom(asked, tokenCount(fieldsOf(fields?.["input_token_details"])?.["audio_tokens"]));
  return { ...NO_USAGE, input: asked.left, output: tokenCount(fields?.["output_tokens"]) ?? 0, ...furtherOf({ audioInput, audioMs }) };
}

/** Passes the events on as they are. */
class TranscriptReader extends EventReader {
  readonly #durationMs: number;
  #isDone = false;

  constructor(durationMs: number) {
    super();
    this.#durationMs = durationMs;
  }

  protected read({ data, frame }: StreamEvent): void {
    if (isError(data)) return this.fail(failureOf(undefined, wordsOf(data), {}));
    const said = data["delta"] ?? data["text"];
    if (data["type"] === "transcript.text.done") {
      this.#isDone = true;
      this.send(frame, 0);
      this.report({ kind: "usage", usage: usageOf(data["usage"], this.#durationMs) });
    } else this.send(frame, typeof said === "string" ? Buffer.byteLength(said) : undefined);
  }

  protected isWhole(): boolean {
    return this.#isDone;
  }

  protected close(): void {
    this.done();
  }

  protected override encode(frames: string): Buffer {
    return Buffer.from(frames, "latin1");
  }
}

/** Older models do not stream: their whole transcript becomes one delta and the end. */
export function transcriptEvents(reply: Reply): readonly StreamPart[] {
  const { text, usage } = reply.body;
  const delta = `data: ${JSON.stringify({ type: "transcript.text.delta", delta: text })}\n\n`;
  const done = `data: ${JSON.stringify({ type: "transcript.text.done", text, ...(fieldsOf(usage)?.["type"] === "tokens" ? { usage } : {}) })}\n\n`;
  return [
    { kind: "content", bytes: Buffer.from(delta + done), outputBytes: reply.outputBytes },
    ...(reply.usage === undefined ? [] : [{ kind: "usage" as const, usage: reply.usage }]),
    { kind: "done" },
  ];
}
