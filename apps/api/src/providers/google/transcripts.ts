/** Transcription and translation by Gemini's chats, which are told what to write down (https://ai.google.dev/gemini-api/docs/audio). */
import { completionTokensOf, furtherOf, promptTokensOf, type Usage } from "@switchyard/shared/domain/usage";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import { jsonWithFile, placeOf } from "../openai-dialect/embedded-file.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { parseBody } from "../openai-dialect/response.ts";
import { transcriptEvents } from "../openai-dialect/transcripts.ts";
import type { Ask, ProviderEndpoint, ProviderFailure, Reply, UploadedFile, UpstreamRequest, Wire } from "../provider.ts";
import { blockedPrompt, googleErrorEvent, googleFailure } from "./failure.ts";
import { sentAhead } from "./file-upload.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { googleHeaders, googlePath } from "./request.ts";
import { thinkingOf } from "./thinking.ts";
import { unsupported } from "./unsupported.ts";
import { usageOf } from "./usage.ts";

type HearingOperation = "transcription" | "translation";
type HearingAsk = Ask<HearingOperation>;

/** An hour of sound takes a while to be heard. */
const PATIENCE_MS = 300_000;

const wireWith = <O extends HearingOperation>(): Wire<O> => ({
  patienceMs: PATIENCE_MS,
  prepare: (ask, endpoint) => sentAhead(soundIn(ask), endpoint),
  request: (ask, endpoint, reference) => {
    const wrong = refusalOf(ask);
    return wrong ? { failure: wrong } : { upstream: upstreamOf(ask, endpoint, reference) };
  },
  response: readTranscript,
  reader: (ask) => new TranscriptReader(ask),
  retell: transcriptEvents,
  failure: googleFailure,
});

export const googleTranscriptionWire = wireWith<"transcription">();
export const googleTranslationWire = wireWith<"translation">();

const fieldOf = ({ request }: HearingAsk, name: string): string | undefined => request.fields.find(([one]) => one === name)?.[1];

function soundIn({ request }: HearingAsk): UploadedFile {
  const [sound] = request.files;
  if (!sound) throw new Error("a transcription without sound");
  return sound;
}

/** Gemini writes words and no reliable times. */
function refusalOf(ask: HearingAsk): ProviderFailure | undefined {
  const format = fieldOf(ask, "response_format") ?? "json";
  if (format !== "json" && format !== "text") return unsupported("response_format", `This model gives json and text, not ${format}.`);
  const detail = ask.request.fields.find(([name]) => /^(?:include|timestamp_granularities)(?:\[\])?$/.test(name))?.[0];
  return detail === undefined ? undefined : unsupported(detail, "This model gives words only.");
}

function instructionOf(ask: HearingAsk): string {
  const language = fieldOf(ask, "language");
  const prompt = fieldOf(ask, "prompt");
  const what =
    ask.operation === "translation"
      ? "Write down what is said in this recording, translated into English."
      : `Write down what is said in this recording, word for word${language === undefined ? " in the language that is spoken" : `; the language is ${language}`}.`;
  const hints = prompt === undefined || prompt === "" ? "" : `\nThese words came before, or help with names and spelling; do not write them down:\n${prompt}`;
  return `${what} Answer with the words alone: no comment, no times, no names of speakers, no formatting.${hints}`;
}

function upstreamOf(ask: HearingAsk, endpoint: ProviderEndpoint, reference: string | undefined): UpstreamRequest {
  const sound = soundIn(ask);
  const headers = googleHeaders(endpoint, ask.stream ? "text/event-stream" : "application/json");
  const path = googlePath(ask, endpoint.baseUrl);
  const part =
    reference === undefined
      ? { inlineData: { mimeType: sound.contentType, data: placeOf(ask.generationId) } }
      : { fileData: { mimeType: sound.contentType, fileUri: reference } };
  const temperature = fieldOf(ask, "temperature");
  const thinking = thinkingOf("none", ask.model, ask.maxOutput);
  const body = {
    contents: [{ role: "user", parts: [part, { text: instructionOf(ask) }] }],
    generationConfig: {
      maxOutputTokens: ask.maxOutput,
      ...(temperature === undefined ? {} : { temperature: Number(temperature) }),
      ...(thinking === undefined ? {} : { thinkingConfig: thinking }),
    },
  };
  if (reference !== undefined) return { path, headers, body: JSON.stringify(body) };
  const written = jsonWithFile(body, ask.generationId, sound);
  return { path, headers: { ...headers, "content-length": String(written.length) }, body: written.body };
}

/** What one answer, or one event of a stream, tells. */
interface Told {
  readonly text: string;
  readonly reason: string | undefined;
  readonly usage: Usage | undefined;
}

function toldIn(answer: Fields, ask: HearingAsk): Told | ProviderFailure {
  if (fieldsOf(answer["error"])) return googleErrorEvent(answer);
  const blocked = blockedPrompt(answer["promptFeedback"]);
  if (blocked) return blocked;
  const candidate = fieldsOf(listOf(answer["candidates"])[0]);
  const parts = listOf(fieldsOf(candidate?.["content"])?.["parts"]).map((part) => fieldsOf(part) ?? {});
  const text = parts.map((part) => (part["thought"] === true ? "" : (textOf(part["text"]) ?? ""))).join("");
  const reason = finishReasonOf(candidate?.["finishReason"], false);
  if (reason === "broken") return { kind: "unavailable", status: 200, detail: "the model gave up" };
  if (reason === "content_filter") return { kind: "refused_content", status: 200, publicText: "The provider refused to write this down." };
  // Cut-off words would look like all that was said.
  if (reason === "length") return { kind: "incomplete", status: 200, detail: "the transcript is longer than the output cap" };
  const usage = usageOf(answer["usageMetadata"]);
  return { text, reason, usage: usage && { ...usage, ...furtherOf({ audioMs: soundIn(ask).durationMs ?? 0 }) } };
}

function usageInWire(usage: Usage): Fields {
  const audio = (usage.audioInput ?? 0) + (usage.cachedAudioInput ?? 0);
  const [input, output] = [promptTokensOf(usage), completionTokensOf(usage)];
  return {
    type: "tokens",
    input_tokens: input,
    input_token_details: { text_tokens: input - audio, audio_tokens: audio },
    output_tokens: output,
    total_tokens: input + output,
  };
}

function readTranscript(body: Buffer, ask: HearingAsk): { readonly reply: Reply } | { readonly failure: ProviderFailure } {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  const told = toldIn(answer, ask);
  if ("kind" in told) return { failure: told };
  const text = told.text.trim();
  // Silence is heard, too: no words are an answer when the model ended by itself.
  if (told.reason === undefined) return { failure: { kind: "protocol", status: 200, detail: "the answer holds no candidate" } };
  const raw = fieldOf(ask, "response_format") === "text" ? { raw: { contentType: "text/plain; charset=utf-8", bytes: Buffer.from(`${text}\n`) } } : {};
  return {
    reply: {
      body: { text, ...(told.usage ? { usage: usageInWire(told.usage) } : {}) },
      ...raw,
      usage: told.usage,
      outputBytes: Math.max(1, Buffer.byteLength(text)),
      finishReason: "stop",
    },
  };
}

/** The words as they come, in OpenAI's events. */
class TranscriptReader extends EventReader {
  readonly #ask: HearingAsk;
  #text = "";
  #usage: Usage | undefined;
  #reason: string | undefined;

  constructor(ask: HearingAsk) {
    super();
    this.#ask = ask;
  }

  protected read({ data }: StreamEvent): void {
    const told = toldIn(data, this.#ask);
    if ("kind" in told) return this.fail(told);
    if (told.text !== "") this.send(eventOf({ type: "transcript.text.delta", delta: told.text }), Buffer.byteLength(told.text));
    this.#text += told.text;
    this.#usage = told.usage ?? this.#usage;
    if (this.#usage) this.report({ kind: "usage", usage: this.#usage });
    this.#reason = told.reason ?? this.#reason;
  }

  protected isWhole(): boolean {
    return this.#reason !== undefined;
  }

  protected close(): void {
    this.send(eventOf({ type: "transcript.text.done", text: this.#text.trim(), ...(this.#usage ? { usage: usageInWire(this.#usage) } : {}) }), 0);
    this.done();
  }
}

const eventOf = (event: Fields): string => `data: ${JSON.stringify(event)}\n\n`;
