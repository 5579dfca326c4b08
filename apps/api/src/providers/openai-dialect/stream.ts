/** Reads a stream of the OpenAI family: passes its bytes on, repairs what deviates, and folds how it ended. */
import { servedTierOf, type ServiceTier } from "@switchyard/shared/domain/service-tier";
import { hasDeepNesting } from "@switchyard/shared/wire/json-depth";
import { failureOf, wordsOf } from "../failure-words.ts";
import type { ChatAsk, ProviderFailure, StreamPart, StreamReader } from "../provider.ts";
import { decodeLatin1, parseFrame, SseCutter } from "../sse-frames.ts";
import { newChoice, readDelta, type ChoiceState } from "./delta.ts";
import { fieldsOf, listOf, NESTING_MAX, textOf, type Fields } from "./fields.ts";
import { finishReasonOf, mayBeEmpty } from "./finish-reason.ts";
import { fits, learn, type Match, type Template } from "./template.ts";
import { reportedCostOf, usageOf } from "./usage.ts";

/** Templates kept for one stream: text, reasoning, arguments, and one more choice. */
const TEMPLATES_MAX = 4;
/** A stream that yields new templates all the time (say, by a counter in each frame) is not worth learning from. */
const LESSONS_MAX = 32;
const CHOICES_MAX = 128;
/** Only long frames can nest deeply enough to matter. */
const LONG_FRAME_CHARS = 2_048;

/** Composes one frame of our own. */
export const chunkFrame = (chunk: Fields): string => `data: ${JSON.stringify(chunk)}\n\n`;

export const dialectReader = (ask: ChatAsk): StreamReader => new DialectReader(ask);

class DialectReader implements StreamReader {
  readonly #ask: ChatAsk;
  readonly #cutter = new SseCutter();
  readonly #choices = new Map<number, ChoiceState>();
  readonly #match: Match = { end: 0, frame: "", outputBytes: 0 };
  #templates: Template[] = [];
  #lessons = 0;
  #matches = 0;
  /** The id that the provider gave its answer, and how it stands in the frames. */
  #theirId: string | undefined;
  #theirIdText = "";
  readonly #ourIdText: string;
  /** Frames to be handed on together, one character a byte. */
  #pending = "";
  #pendingBytes = 0;
  #parts: StreamPart[] = [];
  #sawContent = false;
  #sawFrame = false;
  #sawBytes = false;
  #ended = false;
  #created: number;
  #model: string;
  #tier: ServiceTier | undefined;

  constructor(ask: ChatAsk) {
    this.#ask = ask;
    this.#created = ask.createdSeconds;
    this.#model = ask.model;
    this.#ourIdText = `"id":${JSON.stringify(ask.generationId)}`;
  }

  push(bytes: Buffer): readonly StreamPart[] {
    if (this.#ended) return [];
    this.#sawBytes ||= bytes.length > 0;
    const region = this.#cutter.push(bytes);
    if (region === undefined) this.#fail({ kind: "protocol", detail: "a frame of the stream is longer than 1 MiB" });
    else if (region !== "") this.#readRegion(region, false);
    return this.#take();
  }

  end(): readonly StreamPart[] {
    if (this.#ended) return [];
    const rest = this.#cutter.end();
    if (rest !== "") this.#readRegion(rest, true);
    if (this.#ended) return this.#take();
    if (this.#isWhole()) this.#finish();
    else if (!this.#sawBytes) this.#fail({ kind: "empty", detail: "the stream was empty" });
    else if (!this.#sawFrame) this.#fail({ kind: "protocol", detail: "the body is not an event stream" });
    else this.#fail({ kind: "incomplete", detail: "the stream ended without a finish reason" });
    return this.#take();
  }

  broke(failure: ProviderFailure): readonly StreamPart[] {
    if (this.#ended) return [];
    if (this.#isWhole()) this.#finish();
    else this.#fail(failure);
    return this.#take();
  }

  #take(): readonly StreamPart[] {
    this.#flush();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** Frames that fit a template are handed on as they are; each other frame is parsed. */
  #readRegion(region: string, isLast: boolean): void {
    let at = 0;
    while (at < region.length && !this.#ended) {
      if (this.#fits(region, at)) {
        at = this.#match.end;
        this.#pending += this.#match.frame;
        this.#pendingBytes += this.#match.outputBytes;
        continue;
      }
      const end = region.indexOf("\n\n", at);
      const next = end === -1 ? region.length : end + 2;
      this.#readFrame(region.slice(at, next), isLast);
      at = next;
    }
  }

  #fits(region: string, at: number): boolean {
    for (let which = 0; which < this.#templates.length; which++) {
      const template = this.#templates[which];
      if (template === undefined || !fits(template, region, at, this.#match)) continue;
      this.#matches += 1;
      if (which > 0) {
        this.#templates.splice(which, 1);
        this.#templates.unshift(template);
      }
      return true;
    }
    return false;
  }

  #flush(): void {
    if (this.#pending === "") return;
    const bytes = Buffer.from(this.#pending, "latin1");
    this.#parts.push(this.#sawContent ? { kind: "content", bytes, outputBytes: this.#pendingBytes } : { kind: "prelude", bytes });
    this.#pending = "";
    this.#pendingBytes = 0;
  }

  #readFrame(text: string, isLast: boolean): void {
    const frame = parseFrame(text);
    const data = frame?.data.trim() ?? "";
    if (frame === undefined || data === "") return;
    this.#sawFrame = true;
    if (data === "[DONE]") return this.#finish();
    const chunk = parseChunk(data);
    // The last frame of a stream that broke off is cut anywhere: it is missing rather than wrong.
    if (chunk === undefined && isLast) return;
    if (chunk === undefined) return this.#fail({ kind: "protocol", detail: "a frame of the stream is not a JSON object" });
    if (frame.event === "error" || isError(chunk)) return this.#fail(failureOf(undefined, wordsOf(chunk), {}));
    this.#readChunk(text, chunk);
  }

  #readChunk(text: string, chunk: Fields): void {
    this.#learnNames(chunk);
    this.#learnTier(chunk);
    const choices = listOf(chunk["choices"])
      .map(fieldsOf)
      .filter((one) => one !== undefined);
    const report = chunk["usage"] ?? fieldsOf(chunk["x_groq"])?.["usage"];
    let raw: string | undefined = this.#rawFrame(text, chunk);
    const plain: Fields[] = [];
    const finishes: { readonly choice: ChoiceState; readonly fields: Fields; readonly reason: string }[] = [];
    let outputBytes = 0;
    let hasContent = false;
    for (const [position, fields] of choices.entries()) {
      const choice = this.#choiceOf(fields["index"], position);
      if (choice === undefined) return this.#fail({ kind: "protocol", detail: "the stream has too many choices" });
      const given = fieldsOf(fields["delta"]);
      const read = readDelta(given ?? fieldsOf(fields["message"]) ?? {}, choice, this.#ask.generationId);
      const reason = finishReasonOf(fields["finish_reason"]);
      if (reason === "broken") return this.#fail(brokenChoice(fields));
      if (given === undefined || read.changed || fields["index"] !== choice.index) raw = undefined;
      const fixed: Fields = { ...fields, index: choice.index, delta: read.delta };
      outputBytes += read.outputBytes;
      hasContent ||= read.hasContent;
      if (reason === undefined) plain.push({ ...fixed, finish_reason: null });
      else if (read.hasContent) {
        plain.push({ ...fixed, finish_reason: null });
        finishes.push({ choice, fields: { ...fixed, delta: {} }, reason });
      } else finishes.push({ choice, fields: fixed, reason });
    }
    const isAlone = choices.length === 1;
    if (plain.length > 0) this.#pass(finishes.length === 0 && raw !== undefined ? raw : this.#compose(chunk, plain), outputBytes, hasContent);
    if (plain.length === 1 && isAlone && finishes.length === 0 && raw !== undefined && hasContent) this.#learn(text, chunk);
    for (const { choice, fields, reason } of finishes) {
      const isRaw = isAlone && plain.length === 0 && raw !== undefined && fields["finish_reason"] === reason;
      choice.held = { frame: isRaw && raw !== undefined ? raw : this.#compose(chunk, [{ ...fields, finish_reason: reason }]), reason };
    }
    this.#reportUsage(report);
  }

  #pass(frame: string, outputBytes: number, hasContent: boolean): void {
    if (hasContent && !this.#sawContent) {
      this.#flush();
      this.#sawContent = true;
    }
    this.#pending += frame;
    this.#pendingBytes += outputBytes;
  }

  #reportUsage(report: unknown): void {
    const usage = usageOf(report);
    if (usage === undefined) return;
    this.#flush();
    const reportedCost = reportedCostOf(report);
    this.#parts.push({ kind: "usage", usage, ...(reportedCost === undefined ? {} : { reportedCost }) });
  }

  /** Each chunk repeats it, so that the first says it all. */
  #learnTier(chunk: Fields): void {
    const tier = servedTierOf(chunk["service_tier"]);
    if (tier === this.#tier || chunk["service_tier"] === undefined || chunk["service_tier"] === null) return;
    this.#tier = tier;
    this.#flush();
    this.#parts.push({ kind: "served", tier });
  }

  /** The names by which the provider calls its answer; a new id makes the old templates useless. */
  #learnNames(chunk: Fields): void {
    if (typeof chunk["created"] === "number") this.#created = chunk["created"];
    this.#model = textOf(chunk["model"]) ?? this.#model;
    const id = textOf(chunk["id"]);
    if (id === undefined || id === this.#theirId) return;
    this.#theirId = id;
    this.#theirIdText = Buffer.from(`"id":${JSON.stringify(id)}`, "utf8").toString("latin1");
    this.#templates = [];
  }

  /** The frame as the provider wrote it but for the id, or undefined when it must be written anew. */
  #rawFrame(text: string, chunk: Fields): string | undefined {
    if (chunk["object"] !== "chat.completion.chunk" || chunk["id"] !== this.#theirId || this.#theirId === undefined) return undefined;
    if (typeof chunk["created"] !== "number" || typeof chunk["model"] !== "string") return undefined;
    if (chunk["usage"] !== null && chunk["usage"] !== undefined) return undefined;
    if (!text.startsWith("data: {") || text.indexOf("\n") !== text.length - 2) return undefined;
    const at = text.indexOf(this.#theirIdText);
    if (at === -1 || text.includes(this.#theirIdText, at + 1)) return undefined;
    const ours = text.slice(0, at) + this.#ourIdText + text.slice(at + this.#theirIdText.length);
    if (!lacksFinish(chunk)) return ours;
    return ours.split(FIRST_INDEX).length === 2 ? withFinish(ours) : undefined;
  }

  #learn(text: string, chunk: Fields): void {
    if (this.#lessons >= LESSONS_MAX && this.#matches < this.#lessons * 2) return;
    this.#lessons += 1;
    const template = learn(text, chunk, (part) => {
      const ours = part.replace(this.#theirIdText, () => this.#ourIdText);
      return lacksFinish(chunk) ? withFinish(ours) : ours;
    });
    if (template === undefined) return;
    this.#templates.unshift(template);
    this.#templates.length = Math.min(this.#templates.length, TEMPLATES_MAX);
  }

  /** A frame with these choices, as latin1 text of its UTF-8 bytes. */
  #compose(chunk: Fields, choices: readonly Fields[]): string {
    const { usage: _usage, choices: _choices, id: _id, ...rest } = chunk;
    const whole = { id: this.#ask.generationId, ...rest, object: "chat.completion.chunk", created: this.#created, model: this.#model, choices };
    return Buffer.from(chunkFrame(whole), "utf8").toString("latin1");
  }

  #choiceOf(told: unknown, position: number): ChoiceState | undefined {
    const index = typeof told === "number" && Number.isInteger(told) && told >= 0 ? told : position;
    const known = this.#choices.get(index);
    if (known || index >= CHOICES_MAX) return known;
    const choice = newChoice(index);
    this.#choices.set(index, choice);
    return choice;
  }

  /** Every choice that was asked for has said why it ended. */
  #isWhole(): boolean {
    let ended = 0;
    for (const choice of this.#choices.values()) {
      if (choice.held === undefined) return false;
      ended += 1;
    }
    return ended >= (this.#ask.request.n ?? 1);
  }

  /** The provider says that this was all. */
  #finish(): void {
    const choices = [...this.#choices.values()].toSorted((a, b) => a.index - b.index);
    if (!this.#sawContent && this.#ask.mayBeEmpty !== true && !(choices.length > 0 && choices.every((choice) => mayBeEmpty(choice.held?.reason)))) {
      return this.#fail({ kind: "empty", detail: "the stream holds no content" });
    }
    this.#flush();
    for (const choice of choices) {
      const { frame, reason } = choice.held ?? this.#ownFinish(choice);
      this.#parts.push({ kind: "finish", bytes: Buffer.from(frame, "latin1"), reason });
    }
    this.#parts.push({ kind: "done" });
    this.#ended = true;
  }

  #ownFinish(choice: ChoiceState): { readonly frame: string; readonly reason: string } {
    const reason = choice.toolCount > 0 ? "tool_calls" : "stop";
    return { frame: this.#compose({}, [{ index: choice.index, delta: {}, logprobs: null, finish_reason: reason }]), reason };
  }

  #fail(failure: ProviderFailure): void {
    this.#flush();
    this.#parts.push({ kind: "failure", failure });
    this.#ended = true;
  }
}

const FIRST_INDEX = '"index":0,';
const withFinish = (frame: string): string => frame.replace(FIRST_INDEX, `${FIRST_INDEX}"finish_reason":null,`);

/** Some leave `finish_reason` out until there is one; OpenAI's frames always have it, as null at first. */
function lacksFinish(chunk: Fields): boolean {
  const choices = listOf(chunk["choices"]);
  return choices.length === 1 && fieldsOf(choices[0])?.["finish_reason"] === undefined;
}

/** The frame's JSON object, or undefined when it is none or nests beyond reason. */
function parseChunk(data: string): Fields | undefined {
  if (data.length > LONG_FRAME_CHARS && hasDeepNesting(Buffer.from(data, "latin1"), NESTING_MAX)) return undefined;
  try {
    return fieldsOf(JSON.parse(decodeLatin1(data)));
  } catch {
    return undefined;
  }
}

/** `{"error": …}` in any of its shapes, also inside a 200. */
export function isError(body: Fields): boolean {
  const { error } = body;
  if (body["object"] === "error" || (body["type"] === "error" && body["choices"] === undefined)) return true;
  if (typeof error === "string") return error !== "";
  const fields = fieldsOf(error);
  return fields !== undefined && Object.keys(fields).length > 0;
}

function brokenChoice(choice: Fields): ProviderFailure {
  const words = wordsOf(choice);
  return words.message === "" ? { kind: "unavailable", detail: "the provider ended the stream with an error" } : failureOf(undefined, words, {});
}
