/** Speech by Gemini's voices (https://ai.google.dev/gemini-api/docs/speech-generation): samples as they are made, bare or as a WAV file. */
import { furtherOf, NO_USAGE, promptTokensOf, completionTokensOf, type Usage } from "@switchyard/shared/domain/usage";
import { charactersOf, type SpeechRequest } from "@switchyard/shared/wire/openai-audio";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { parseBody } from "../openai-dialect/response.ts";
import type { Ask, ProviderFailure, Reply, StreamPart, Wire } from "../provider.ts";
import { blockedPrompt, googleErrorEvent, googleFailure } from "./failure.ts";
import { finishReasonOf } from "./finish-reason.ts";
import { generationOf } from "./model-name.ts";
import { googleHeaders, googlePath } from "./request.ts";
import { samplesOf, wavHead } from "./sound.ts";
import { usageOf } from "./usage.ts";
import { unsupported } from "./unsupported.ts";

/** Whole answers hold all of the sound in base64. */
const REPLY_BYTES_MAX = 128 * 1024 * 1024;
const EVENT_BYTES_MAX = 64 * 1024 * 1024;
/** From here on the text is read word by word, and how it is to be said stands beside it. */
const STYLE_BESIDE_SINCE = 3.8;
/** Names that mean nothing to Gemini, whose voices are called after stars. */
const OPENAI_VOICES = new Set(["alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"]);

export const googleSpeechWire: Wire<"speech"> = {
  replyBytesMax: REPLY_BYTES_MAX,
  request: (ask, endpoint) => {
    const request = requestOf(ask);
    const wrong = refusalOf(request);
    if (wrong) return { failure: wrong };
    const headers = googleHeaders(endpoint, "text/event-stream");
    return { upstream: { path: googlePath(ask, endpoint.baseUrl), headers, body: JSON.stringify(bodyOf(ask, request)) } };
  },
  response: readWhole,
  reader: (ask) => new SpeechReader(requestOf(ask)),
  retell: soundParts,
  failure: googleFailure,
};

const requestOf = (ask: Ask<"speech">): SpeechRequest => ask.request as SpeechRequest;

function refusalOf({ response_format: format = "mp3", speed, voice }: SpeechRequest): ProviderFailure | undefined {
  if (format !== "wav" && format !== "pcm") return unsupported("response_format", `This model gives wav and pcm, not ${format}.`);
  if (speed !== undefined && speed !== 1) return unsupported("speed", "This model speaks at its own speed; say in 'instructions' how fast it should be.");
  return OPENAI_VOICES.has(nameOf(voice)) ? unsupported("voice", "This model has voices of its own, such as Kore, Puck or Zephyr.") : undefined;
}

const nameOf = (voice: SpeechRequest["voice"]): string => (typeof voice === "string" ? voice : voice.id);

function bodyOf({ model, maxOutput }: Ask<"speech">, { input, instructions, voice }: SpeechRequest): Fields {
  const stylesBeside = (generationOf(model) ?? 0) >= STYLE_BESIDE_SINCE;
  const text = instructions === undefined || stylesBeside ? input : `${instructions}:\n${input}`;
  const style = instructions !== undefined && stylesBeside ? { speechMetadata: { style: instructions } } : {};
  return {
    contents: [{ role: "user", parts: [{ text, ...style }] }],
    generationConfig: {
      maxOutputTokens: maxOutput,
      responseModalities: ["AUDIO"],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: nameOf(voice) } } },
    },
  };
}

/** What one answer, or one event of a stream, tells. */
interface Told {
  /** Samples in base64 with their form, in order. */
  readonly sounds: readonly { readonly mimeType: string; readonly data: string }[];
  readonly reason: string | undefined;
  readonly usage: Usage | undefined;
}

function toldIn(answer: Fields, request: SpeechRequest): Told | ProviderFailure {
  if (fieldsOf(answer["error"])) return googleErrorEvent(answer);
  const blocked = blockedPrompt(answer["promptFeedback"]);
  if (blocked) return blocked;
  const candidate = fieldsOf(listOf(answer["candidates"])[0]);
  const sounds = listOf(fieldsOf(candidate?.["content"])?.["parts"]).flatMap((part) => {
    const inline = fieldsOf(fieldsOf(part)?.["inlineData"]);
    const data = textOf(inline?.["data"]);
    return data === undefined ? [] : [{ mimeType: textOf(inline?.["mimeType"]) ?? "", data }];
  });
  const usage = usageOf(answer["usageMetadata"]);
  const reason = finishReasonOf(candidate?.["finishReason"], false);
  if (reason === "broken") return { kind: "unavailable", status: 200, detail: "the model gave up" };
  return { sounds, reason, usage: usage && spoken(usage, request) };
}

/** All that a voice answers is sound, even where the report does not say so. */
function spoken(usage: Usage, request: SpeechRequest): Usage {
  const audioOutput = (usage.audioOutput ?? 0) + usage.output;
  return { ...usage, output: 0, ...furtherOf({ audioOutput, characters: charactersOf(request) }) };
}

const CUT: ProviderFailure = { kind: "incomplete", detail: "the sound is longer than the output cap" };
const UNKNOWN_FORM: ProviderFailure = { kind: "protocol", status: 200, detail: "the sound has a form that is not known" };

/** Writes samples in the form that was asked for. */
class SoundWriter {
  readonly #request: SpeechRequest;
  #isHeaded = false;

  constructor(request: SpeechRequest) {
    this.#request = request;
  }

  /** @returns frames as text of one character a byte; undefined for sound in a form that is not known */
  write(mimeType: string, data: string): { readonly frame: string; readonly bytes: number } | undefined {
    const samples = samplesOf(mimeType, data);
    if (!samples) return undefined;
    const needsHead = this.#request.response_format === "wav" && !this.#isHeaded;
    this.#isHeaded = true;
    const sound = needsHead ? Buffer.concat([wavHead(samples.rate), samples.bytes]) : samples.bytes;
    const frame = asEvents(this.#request) ? eventOf({ type: "speech.audio.delta", audio: sound.toString("base64") }) : sound.toString("latin1");
    return { frame, bytes: samples.bytes.length };
  }

  end(usage: Usage | undefined): string {
    return asEvents(this.#request) ? eventOf({ type: "speech.audio.done", usage: usageInWire(usage ?? NO_USAGE) }) : "";
  }
}

const asEvents = ({ stream_format: format }: SpeechRequest): boolean => format === "sse";
const eventOf = (event: Fields): string => `data: ${JSON.stringify(event)}\n\n`;
const usageInWire = (usage: Usage): Fields => {
  const [input, output] = [promptTokensOf(usage), completionTokensOf(usage)];
  return { input_tokens: input, output_tokens: output, total_tokens: input + output };
};

class SpeechReader extends EventReader {
  readonly #request: SpeechRequest;
  readonly #writer: SoundWriter;
  #usage: Usage | undefined;
  #reason: string | undefined;

  constructor(request: SpeechRequest) {
    super(EVENT_BYTES_MAX);
    this.#request = request;
    this.#writer = new SoundWriter(request);
  }

  protected read({ data }: StreamEvent): void {
    const told = toldIn(data, this.#request);
    if ("kind" in told) return this.fail(told);
    for (const { mimeType, data: sound } of told.sounds) {
      const written = this.#writer.write(mimeType, sound);
      if (!written) return this.fail(UNKNOWN_FORM);
      this.send(written.frame, written.bytes);
    }
    this.#usage = told.usage ?? this.#usage;
    if (this.#usage) this.report({ kind: "usage", usage: this.#usage });
    // Words that were not said would be missed by nobody who only listens.
    if (told.reason === "length") return this.fail(CUT);
    this.#reason = told.reason ?? this.#reason;
  }

  protected isWhole(): boolean {
    return this.#reason !== undefined;
  }

  protected close(): void {
    if (!this.sawContent) return this.fail(withoutSound(this.#reason));
    const end = this.#writer.end(this.#usage);
    if (end !== "") this.send(end, 0);
    this.done();
  }

  protected override encode(frames: string): Buffer {
    return Buffer.from(frames, "latin1");
  }
}

const withoutSound = (reason: string | undefined): ProviderFailure =>
  reason === "content_filter"
    ? { kind: "refused_content", status: 200, publicText: "The provider refused to say this.", detail: "the candidate was withheld" }
    : { kind: "empty", status: 200, detail: "no sound came" };

/** Some servers answer whole although a stream was asked for. */
function readWhole(body: Buffer, ask: Ask<"speech">): { readonly reply: Reply } | { readonly failure: ProviderFailure } {
  const answer = parseBody(body);
  if (typeof answer === "string") return { failure: { kind: "protocol", status: 200, detail: answer } };
  const told = toldIn(answer, requestOf(ask));
  if ("kind" in told) return { failure: told };
  if (told.reason === "length") return { failure: CUT };
  if (told.sounds.length === 0) return { failure: withoutSound(told.reason) };
  const writer = new SoundWriter(requestOf(ask));
  const written = told.sounds.map(({ mimeType, data }) => writer.write(mimeType, data));
  if (written.includes(undefined)) return { failure: UNKNOWN_FORM };
  const outputBytes = written.reduce((sum, one) => sum + (one?.bytes ?? 0), 0);
  const bytes = Buffer.from(written.map((one) => one?.frame).join("") + writer.end(told.usage), "latin1");
  return { reply: { body: {}, raw: { contentType: "application/octet-stream", bytes }, usage: told.usage, outputBytes, finishReason: "stop" } };
}

function soundParts({ raw, usage, outputBytes }: Reply): readonly StreamPart[] {
  const told: readonly StreamPart[] = usage === undefined ? [] : [{ kind: "usage", usage }];
  return [{ kind: "content", bytes: raw?.bytes ?? Buffer.alloc(0), outputBytes }, ...told, { kind: "done" }];
}
