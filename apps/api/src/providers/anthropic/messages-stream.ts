/** Passes Anthropic's events on to a caller who speaks its wire: one start under our id, every block closed, the end apart. */
import { EventReader, type StreamEvent } from "../event-reader.ts";
import { fieldsOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import type { Ask, StreamReader } from "../provider.ts";
import { anthropicErrorEvent } from "./failure.ts";
import { servedOf } from "./service-tier.ts";
import { finishReasonOf } from "./stop-reason.ts";
import { usageOf, withReport, type UsageCounts } from "./usage.ts";

/** Blocks that begin empty and are filled by deltas. */
const FILLED_LATER: ReadonlySet<unknown> = new Set(["text", "thinking"]);

export const messagesReader = (ask: Ask<"messages">): StreamReader => new MessagesReader(ask);

/** Frames stay one character a byte (latin1), so that what passes through is not decoded. */
export class MessagesReader extends EventReader {
  readonly #ask: Ask<"messages">;
  readonly #open = new Set<unknown>();
  #counts: UsageCounts = {};
  #started = false;
  #hasTools = false;
  #reason: string | undefined;
  /** The `message_delta` frame, kept until nothing can follow it. */
  #last: string | undefined;

  constructor(ask: Ask<"messages">) {
    super();
    this.#ask = ask;
  }

  protected read(event: StreamEvent): void {
    const { data } = event;
    switch (textOf(data["type"]) ?? event.name) {
      case "message_start":
        return this.#start(fieldsOf(data["message"]) ?? {});
      case "content_block_start":
        return this.#openBlock(event);
      case "content_block_delta":
        return this.#pass(event, bytesOfDelta(fieldsOf(data["delta"]) ?? {}));
      case "content_block_stop":
        this.#open.delete(data["index"]);
        return this.send(named(event));
      case "message_delta":
        return this.#endMessage(event);
      case "message_stop":
        return this.close();
      case "error":
        return this.fail(anthropicErrorEvent(data));
      case "ping":
        return;
      default:
        return this.send(named(event));
    }
  }

  protected isWhole(): boolean {
    return this.#reason !== undefined;
  }

  protected close(): void {
    const reason = this.#reason ?? (this.#hasTools ? "tool_calls" : "stop");
    if (!this.sawContent && !mayBeEmpty(reason)) return this.fail({ kind: "empty", detail: "the stream holds no content" });
    this.#ensureStarted();
    for (const index of this.#open) this.send(composed({ type: "content_block_stop", index }));
    this.#open.clear();
    const stop = { stop_reason: this.#hasTools ? "tool_use" : "end_turn", stop_sequence: null };
    this.finished(this.#last ?? composed({ type: "message_delta", delta: stop, usage: { output_tokens: this.#counts.output ?? 0 } }), reason);
    this.done();
  }

  protected override encode(frames: string): Buffer {
    return Buffer.from(frames, "latin1");
  }

  /** A second start, as seen in the wild, tells the same again: clients would begin a second message. */
  #start(message: Fields): void {
    this.#counts = withReport(this.#counts, message["usage"]);
    this.serve(servedOf(message["usage"]).serviceTier);
    if (this.#started) return;
    this.#started = true;
    this.send(composed({ type: "message_start", message: { ...message, id: this.#ask.generationId, content: [] } }));
  }

  #ensureStarted(): void {
    if (this.#started) return;
    const empty = { type: "message", role: "assistant", model: this.#ask.model, stop_reason: null, stop_sequence: null };
    this.#start({ ...empty, usage: { input_tokens: 0, output_tokens: 0 } });
  }

  #openBlock(event: StreamEvent): void {
    const block = fieldsOf(event.data["content_block"]) ?? {};
    this.#open.add(event.data["index"]);
    this.#hasTools ||= block["type"] === "tool_use";
    const words = textOf(block["text"]) ?? textOf(block["thinking"]) ?? "";
    if (!FILLED_LATER.has(block["type"])) return this.#pass(event, Buffer.byteLength(textOf(block["name"]) ?? "") || 1);
    return words === "" ? this.#pass(event, 0) : this.#pass(event, Buffer.byteLength(words));
  }

  #pass(event: StreamEvent, outputBytes: number): void {
    this.#ensureStarted();
    this.send(named(event), outputBytes === 0 ? undefined : outputBytes);
  }

  #endMessage(event: StreamEvent): void {
    const { data } = event;
    this.#counts = withReport(this.#counts, data["usage"]);
    this.#reason = finishReasonOf(fieldsOf(data["delta"])?.["stop_reason"]) ?? this.#reason;
    this.#last = named(event);
    const usage = usageOf(this.#counts);
    if (usage) this.report({ kind: "usage", usage });
  }
}

/** UTF-8 bytes of what a delta adds; signatures and citations are proofs of what was said already. */
const bytesOfDelta = (delta: Fields): number => Buffer.byteLength(textOf(delta["text"]) ?? textOf(delta["thinking"]) ?? textOf(delta["partial_json"]) ?? "");

/** Clients read nothing from a frame that does not name its event, and some hosts leave the name out. */
const named = ({ data, name, frame }: StreamEvent): string => (name === undefined ? `event: ${String(data["type"])}\n${frame}` : frame);

const composed = (event: { readonly type: string } & Fields): string =>
  Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).toString("latin1");
