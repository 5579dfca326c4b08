/**
 * Speech of the OpenAI family: sound as it is made. The plain stream of sound says nothing of tokens, so a model that can
 * is asked for events, whose last one counts them; a caller who wants plain sound gets what the events carry.
 */
import { furtherOf, NO_USAGE, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { charactersOf, type SpeechRequest } from "@switchyard/shared/wire/openai-audio";
import type { Ask, ProviderFailure, StreamPart, StreamReader, Wire } from "../provider.ts";
import { EventReader, type StreamEvent } from "../event-reader.ts";
import { failureOf, wordsOf } from "../failure-words.ts";
import { fieldsOf } from "./fields.ts";
import { dialectHeaders } from "./headers.ts";
import { operationFailure } from "./operation-failure.ts";
import { parseBody } from "./response.ts";
import { isError } from "./stream.ts";

export interface SpeechQuirks {
  /** Whether this model can send its sound as events with a count of tokens. */
  readonly hasEvents: (model: string) => boolean;
}

const EVENT_BYTES_MAX = 16 * 1024 * 1024;

export const speechWire = ({ hasEvents }: SpeechQuirks): Wire<"speech"> => ({
  request: (ask, endpoint) => {
    const body = { ...ask.request, model: ask.model, ...(asksForEvents(ask, hasEvents) ? { stream_format: "sse" } : {}) };
    return { upstream: { path: "/audio/speech", headers: dialectHeaders(endpoint, "*/*"), body: JSON.stringify(body) } };
  },
  response: (body) => ({ failure: failureInPlaceOfSound(body) }),
  reader: (ask) => {
    const request = requestOf(ask);
    const characters = charactersOf(request);
    return asksForEvents(ask, hasEvents) ? new SpeechReader(characters, request.stream_format === "sse") : new SoundReader(characters);
  },
  failure: operationFailure,
});

const requestOf = (ask: Ask<"speech">): SpeechRequest => ask.request as SpeechRequest;
const asksForEvents = (ask: Ask<"speech">, hasEvents: (model: string) => boolean): boolean => requestOf(ask).stream_format === "sse" || hasEvents(ask.model);

/** A JSON body with status 200 where sound was to come. */
function failureInPlaceOfSound(body: Buffer): ProviderFailure {
  const answer = parseBody(body);
  return typeof answer !== "string" && isError(answer)
    ? failureOf(undefined, wordsOf(answer), {})
    : { kind: "protocol", status: 200, detail: "JSON in place of sound" };
}

/** Plain sound: every byte is content. Providers charge what they were asked to say, so that counts from the first byte on. */
class SoundReader implements StreamReader {
  readonly #characters: number;
  #bytes = 0;

  constructor(characters: number) {
    this.#characters = characters;
  }

  push(bytes: Buffer): readonly StreamPart[] {
    if (bytes.length === 0) return [];
    const isFirst = this.#bytes === 0;
    this.#bytes += bytes.length;
    const content: StreamPart = { kind: "content", bytes, outputBytes: bytes.length };
    return isFirst ? [{ kind: "usage", usage: spoken(this.#characters) }, content] : [content];
  }

  end(): readonly StreamPart[] {
    return this.#bytes > 0 ? [{ kind: "done" }] : [{ kind: "failure", failure: { kind: "empty", detail: "no sound came" } }];
  }

  broke(failure: ProviderFailure): readonly StreamPart[] {
    return [{ kind: "failure", failure }];
  }
}

const spoken = (characters: number): Usage => ({ ...NO_USAGE, ...furtherOf({ characters }) });

/** Events with sound in base64, handed on as events or as the sound in them. */
class SpeechReader extends EventReader {
  readonly #characters: number;
  readonly #keepEvents: boolean;
  #isDone = false;

  constructor(characters: number, keepEvents: boolean) {
    super(EVENT_BYTES_MAX);
    this.#characters = characters;
    this.#keepEvents = keepEvents;
  }

  protected read({ data, frame }: StreamEvent): void {
    if (isError(data)) return this.fail(failureOf(undefined, wordsOf(data), {}));
    if (data["type"] === "speech.audio.delta" && typeof data["audio"] === "string") {
      if (!this.sawContent) this.report({ kind: "usage", usage: spoken(this.#characters) });
      const sound = Buffer.from(data["audio"], "base64").toString("latin1");
      this.send(this.#keepEvents ? frame : sound, sound.length);
    } else if (data["type"] === "speech.audio.done") {
      this.#isDone = true;
      if (this.#keepEvents) this.send(frame, 0);
      this.report({ kind: "usage", usage: usageOf(data["usage"], this.#characters) });
    } else if (this.#keepEvents) this.send(frame);
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

function usageOf(report: unknown, characters: number): Usage {
  const fields = fieldsOf(report);
  const audioOutput = tokenCount(fields?.["output_tokens"]) ?? 0;
  return { ...spoken(characters), input: tokenCount(fields?.["input_tokens"]) ?? 0, ...furtherOf({ audioOutput }) };
}
