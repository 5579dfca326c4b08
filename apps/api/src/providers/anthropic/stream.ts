/** Folds Anthropic's stream of events into OpenAI's chat frames. */
import { hasDeepNesting } from "@switchyard/shared/wire/json-depth";
import type { ChatAsk, ProviderFailure, StreamPart, StreamReader } from "../provider.ts";
import { decodeLatin1, parseFrame, SseCutter } from "../sse-frames.ts";
import { producedBytes } from "../openai-dialect/delta.ts";
import { fieldsOf, NESTING_MAX, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import { anthropicErrorEvent } from "./failure.ts";
import { finishReasonOf } from "./stop-reason.ts";
import { usageOf, withReport, type UsageCounts } from "./usage.ts";

/** Only long events can nest deeply enough to matter. */
const LONG_EVENT_CHARS = 2_048;

/** A block that is being sent. Tool calls are numbered among themselves: a chat does not count the texts between. */
interface OpenBlock {
  readonly tool: number | undefined;
  /** What the block's start already held, if it held anything. */
  readonly input: Fields;
  hasArguments: boolean;
}

export const anthropicReader = (ask: ChatAsk): StreamReader => new AnthropicReader(ask);

class AnthropicReader implements StreamReader {
  readonly #ask: ChatAsk;
  readonly #cutter = new SseCutter();
  readonly #blocks = new Map<unknown, OpenBlock>();
  #tools = 0;
  #counts: UsageCounts = {};
  #model: string;
  #roleSent = false;
  #sawBytes = false;
  #sawEvent = false;
  #sawContent = false;
  #reason: string | undefined;
  #ended = false;
  #pending = "";
  #pendingBytes = 0;
  #parts: StreamPart[] = [];

  constructor(ask: ChatAsk) {
    this.#ask = ask;
    this.#model = ask.model;
  }

  push(bytes: Buffer): readonly StreamPart[] {
    if (this.#ended) return [];
    this.#sawBytes ||= bytes.length > 0;
    const region = this.#cutter.push(bytes);
    if (region === undefined) this.#fail({ kind: "protocol", detail: "an event of the stream is longer than 1 MiB" });
    else if (region !== "") this.#readRegion(region, false);
    return this.#take();
  }

  end(): readonly StreamPart[] {
    if (this.#ended) return [];
    const rest = this.#cutter.end();
    if (rest !== "") this.#readRegion(rest, true);
    if (this.#ended) return this.#take();
    if (this.#reason !== undefined) this.#finish();
    else if (!this.#sawBytes) this.#fail({ kind: "empty", detail: "the stream was empty" });
    else if (!this.#sawEvent) this.#fail({ kind: "protocol", detail: "the body is not an event stream" });
    else this.#fail({ kind: "incomplete", detail: "the stream ended without a stop reason" });
    return this.#take();
  }

  broke(failure: ProviderFailure): readonly StreamPart[] {
    if (this.#ended) return [];
    if (this.#reason !== undefined) this.#finish();
    else this.#fail(failure);
    return this.#take();
  }

  #take(): readonly StreamPart[] {
    this.#flush();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #readRegion(region: string, isLast: boolean): void {
    for (const text of region.split("\n\n")) {
      if (this.#ended) return;
      const frame = text === "" ? undefined : parseFrame(text);
      const data = frame?.data.trim() ?? "";
      if (frame === undefined || data === "" || data === "[DONE]") continue;
      this.#sawEvent = true;
      const event = parseEvent(data);
      if (event !== undefined) this.#step(textOf(event["type"]) ?? frame.event, event);
      // The last event of a stream that broke off is cut anywhere: it is missing rather than wrong.
      else if (!isLast) this.#fail({ kind: "protocol", detail: "an event of the stream is not a JSON object" });
    }
  }

  #step(type: string | undefined, event: Fields): void {
    switch (type) {
      case "message_start":
        return this.#start(fieldsOf(event["message"]) ?? {});
      case "content_block_start":
        return this.#openBlock(event["index"], fieldsOf(event["content_block"]) ?? {});
      case "content_block_delta":
        return this.#addToBlock(event["index"], fieldsOf(event["delta"]) ?? {});
      case "content_block_stop":
        return this.#closeBlock(event["index"]);
      case "message_delta":
        return this.#endMessage(event);
      case "message_stop":
        return this.#finish();
      case "error":
        return this.#fail(anthropicErrorEvent(event));
      default:
        // `ping`, and what is added to the wire later, says nothing in a chat.
        return;
    }
  }

  /** A second start, as seen in the wild, tells the same again. */
  #start(message: Fields): void {
    this.#counts = withReport(this.#counts, message["usage"]);
    this.#model = textOf(message["model"]) ?? this.#model;
    this.#sendRole();
  }

  #openBlock(index: unknown, block: Fields): void {
    const isTool = block["type"] === "tool_use";
    this.#blocks.set(index, { tool: isTool ? this.#tools : undefined, input: fieldsOf(block["input"]) ?? {}, hasArguments: false });
    if (isTool) {
      const call = { index: this.#tools, id: block["id"], type: "function", function: { name: block["name"], arguments: "" } };
      this.#tools += 1;
      this.#send({ tool_calls: [call] });
    } else if (block["type"] === "text" && textOf(block["text"])) this.#send({ content: block["text"] });
    else if (block["type"] === "thinking" && textOf(block["thinking"])) this.#send({ reasoning_content: block["thinking"] });
  }

  #addToBlock(index: unknown, delta: Fields): void {
    switch (delta["type"]) {
      case "text_delta":
        if (textOf(delta["text"])) this.#send({ content: delta["text"] });
        return;
      case "thinking_delta":
        if (textOf(delta["thinking"])) this.#send({ reasoning_content: delta["thinking"] });
        return;
      case "input_json_delta":
        return this.#addArguments(this.#blocks.get(index), textOf(delta["partial_json"]));
      default:
        // Signatures and citations have no place in a chat.
        return;
    }
  }

  #addArguments(block: OpenBlock | undefined, words: string | undefined): void {
    if (block?.tool === undefined || words === undefined) return;
    block.hasArguments = true;
    this.#send({ tool_calls: [{ index: block.tool, function: { arguments: words } }] });
  }

  /** A call without any argument delta still has arguments: those of its start, or an empty object. */
  #closeBlock(index: unknown): void {
    const block = this.#blocks.get(index);
    if (block && !block.hasArguments) this.#addArguments(block, JSON.stringify(block.input));
    this.#blocks.delete(index);
  }

  #endMessage(event: Fields): void {
    this.#counts = withReport(this.#counts, event["usage"]);
    this.#reason = finishReasonOf(fieldsOf(event["delta"])?.["stop_reason"]) ?? this.#reason;
    const usage = usageOf(this.#counts);
    if (usage === undefined) return;
    this.#flush();
    this.#parts.push({ kind: "usage", usage });
  }

  #finish(): void {
    for (const index of this.#blocks.keys()) this.#closeBlock(index);
    if (!this.#sawContent && !mayBeEmpty(this.#reason)) return this.#fail({ kind: "empty", detail: "the stream holds no content" });
    this.#sendRole();
    this.#flush();
    const reason = this.#reason ?? (this.#tools > 0 ? "tool_calls" : "stop");
    this.#parts.push({ kind: "finish", bytes: Buffer.from(this.#frame({}, reason)), reason }, { kind: "done" });
    this.#ended = true;
  }

  #fail(failure: ProviderFailure): void {
    this.#flush();
    this.#parts.push({ kind: "failure", failure });
    this.#ended = true;
  }

  #sendRole(): void {
    if (this.#roleSent) return;
    this.#roleSent = true;
    this.#pending += this.#frame({ role: "assistant", content: "" }, null);
  }

  /** Sends a delta that is content. */
  #send(delta: Fields): void {
    this.#sendRole();
    if (!this.#sawContent) this.#flush();
    this.#sawContent = true;
    this.#pending += this.#frame(delta, null);
    this.#pendingBytes += producedBytes(delta);
  }

  #flush(): void {
    if (this.#pending === "") return;
    const bytes = Buffer.from(this.#pending);
    this.#parts.push(this.#sawContent ? { kind: "content", bytes, outputBytes: this.#pendingBytes } : { kind: "prelude", bytes });
    this.#pending = "";
    this.#pendingBytes = 0;
  }

  #frame(delta: Fields, reason: string | null): string {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: reason }];
    const chunk = { id: this.#ask.generationId, object: "chat.completion.chunk", created: this.#ask.createdSeconds, model: this.#model, choices };
    return `data: ${JSON.stringify(chunk)}\n\n`;
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
