/** What readers of event streams share, whatever the events mean: cutting, parsing, the order of parts, and how a stream ends. */
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import { hasDeepNesting } from "@switchyard/shared/wire/json-depth";
import { fieldsOf, NESTING_MAX, type Fields } from "./openai-dialect/fields.ts";
import type { ProviderFailure, StreamPart, StreamReader } from "./provider.ts";
import { decodeLatin1, FRAME_BYTES_MAX, parseFrame, SseCutter } from "./sse-frames.ts";

/** Only long events can nest deeply enough to matter. */
const LONG_EVENT_CHARS = 2_048;

/** One event: its JSON object, the name in its `event:` line, and as it was written (one character a byte): the JSON, and the whole frame. */
export interface StreamEvent {
  readonly data: Fields;
  readonly name: string | undefined;
  readonly raw: string;
  readonly frame: string;
}

type UsagePart = Extract<StreamPart, { kind: "usage" }>;

/**
 * A reader whose subclass says what each event means. Bytes given to `send` are gathered into as few parts as possible: a
 * prelude until the first content, content from then on.
 */
export abstract class EventReader implements StreamReader {
  readonly #cutter: SseCutter;
  #sawBytes = false;
  #sawEvent = false;
  #pending = "";
  #pendingBytes = 0;
  #usage: UsagePart | undefined;
  #served: ServiceTier | undefined;
  #parts: StreamPart[] = [];
  #ended = false;
  #sawContent = false;

  /** @param frameBytesMax the longest event that is meant; more for wires that put whole pictures into one */
  constructor(frameBytesMax: number = FRAME_BYTES_MAX) {
    this.#cutter = new SseCutter(frameBytesMax);
  }

  /** Reads one event: calls `send`, `report` or `fail`. */
  protected abstract read(event: StreamEvent): void;
  /** Whether everything that matters has come, so that a clean end of the connection is the end of the answer. */
  protected abstract isWhole(): boolean;
  /** Gives the last parts of a whole stream: `finished` for each choice, then `done`. */
  protected abstract close(): void;

  push(bytes: Buffer): readonly StreamPart[] {
    if (this.#ended) return [];
    this.#sawBytes ||= bytes.length > 0;
    const region = this.#cutter.push(bytes);
    if (region === undefined) this.fail({ kind: "protocol", detail: "an event of the stream is too long" });
    else if (region !== "") this.#readRegion(region, false);
    return this.#take();
  }

  end(): readonly StreamPart[] {
    if (this.#ended) return [];
    const rest = this.#cutter.end();
    if (rest !== "") this.#readRegion(rest, true);
    if (this.#ended) return this.#take();
    if (this.isWhole()) this.close();
    else if (!this.#sawBytes) this.fail({ kind: "empty", detail: "the stream was empty" });
    else if (!this.#sawEvent) this.fail({ kind: "protocol", detail: "the body is not an event stream" });
    else this.fail({ kind: "incomplete", detail: "the stream ended without a finish reason" });
    return this.#take();
  }

  broke(failure: ProviderFailure): readonly StreamPart[] {
    if (this.#ended) return [];
    if (this.isWhole()) this.close();
    else this.fail(failure);
    return this.#take();
  }

  protected get sawContent(): boolean {
    return this.#sawContent;
  }
  protected get ended(): boolean {
    return this.#ended;
  }

  /** Hands a frame on. `outputBytes` undefined: it is no content and may wait for it. */
  protected send(frame: string, outputBytes?: number): void {
    if (outputBytes !== undefined && !this.#sawContent) {
      this.#flush();
      this.#sawContent = true;
    }
    this.#pending += frame;
    this.#pendingBytes += outputBytes ?? 0;
  }

  /** Takes a cumulative report; of several in one packet only the last is told. */
  protected report(part: UsagePart): void {
    this.#usage = part;
  }

  /** Takes the service tier that the provider names, undefined for the ordinary one; told when it is another than before. */
  protected serve(tier: ServiceTier | undefined): void {
    if (tier === this.#served) return;
    this.#served = tier;
    this.#flush();
    this.#parts.push({ kind: "served", tier });
  }

  protected finished(frame: string, reason: string): void {
    this.#flushAll();
    this.#parts.push({ kind: "finish", bytes: this.encode(frame), reason });
  }

  protected done(): void {
    this.#flushAll();
    this.#parts.push({ kind: "done" });
    this.#ended = true;
  }

  protected fail(failure: ProviderFailure): void {
    this.#flushAll();
    this.#parts.push({ kind: "failure", failure });
    this.#ended = true;
  }

  /** How frames are kept: as text here; readers that pass frames on keep them one character a byte. */
  protected encode(frames: string): Buffer {
    return Buffer.from(frames);
  }

  #take(): readonly StreamPart[] {
    this.#flushAll();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #flushAll(): void {
    this.#flush();
    if (this.#usage) this.#parts.push(this.#usage);
    this.#usage = undefined;
  }

  #flush(): void {
    if (this.#pending === "") return;
    const bytes = this.encode(this.#pending);
    this.#parts.push(this.#sawContent ? { kind: "content", bytes, outputBytes: this.#pendingBytes } : { kind: "prelude", bytes });
    this.#pending = "";
    this.#pendingBytes = 0;
  }

  #readRegion(region: string, isLast: boolean): void {
    for (const text of region.split("\n\n")) {
      if (this.#ended) return;
      const frame = text === "" ? undefined : parseFrame(text);
      const data = frame?.data.trim() ?? "";
      if (frame === undefined || data === "" || data === "[DONE]") continue;
      this.#sawEvent = true;
      const parsed = parseEvent(data);
      if (parsed !== undefined) this.read({ data: parsed, name: frame.event, raw: data, frame: `${text}\n\n` });
      // The last event of a stream that broke off is cut anywhere: it is missing rather than wrong.
      else if (!isLast) this.fail({ kind: "protocol", detail: "an event of the stream is not a JSON object" });
    }
  }
}

/** A reader that hands events on as they were written; frames are kept one character a byte. */
export abstract class PassingReader extends EventReader {
  protected override encode(frames: string): Buffer {
    return Buffer.from(frames, "latin1");
  }

  /** The event's frame with its name, which some servers leave out. */
  protected frameOf(type: string, raw: string): string {
    return `event: ${type}\ndata: ${raw.replaceAll("\n", "\ndata: ")}\n\n`;
  }

  /** A frame of our own making. */
  protected composed(type: string, event: Fields): string {
    return this.frameOf(type, Buffer.from(JSON.stringify(event)).toString("latin1"));
  }
}

function parseEvent(data: string): Fields | undefined {
  if (data.length > LONG_EVENT_CHARS && hasDeepNesting(Buffer.from(data, "latin1"), NESTING_MAX)) return undefined;
  try {
    return fieldsOf(JSON.parse(decodeLatin1(data)));
  } catch {
    return undefined;
  }
}
