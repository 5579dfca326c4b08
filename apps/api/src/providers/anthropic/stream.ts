/** Folds Anthropic's events into OpenAI's chunks. */
import { EventReader, type StreamEvent } from "../event-reader.ts";
import type { ChatAsk, StreamReader } from "../provider.ts";
import { producedBytes } from "../openai-dialect/delta.ts";
import { fieldsOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { mayBeEmpty } from "../openai-dialect/finish-reason.ts";
import { chunkFrame } from "../openai-dialect/stream.ts";
import { anthropicErrorEvent } from "./failure.ts";
import { servedOf, serviceTierOf } from "./service-tier.ts";
import { finishReasonOf, refusalOf } from "./stop-reason.ts";
import { hiddenDetail, thoughtDetail } from "./thoughts.ts";
import { usageOf, withReport, type UsageCounts } from "./usage.ts";

/** A block that is being sent. Tool calls and thoughts are numbered among themselves: a chat does not count the texts between. */
interface OpenBlock {
  readonly tool: number | undefined;
  readonly detail: number | undefined;
  /** What the block's start already held, if it held anything. */
  readonly input: Fields;
  hasArguments: boolean;
}

export const anthropicReader = (ask: ChatAsk): StreamReader => new AnthropicReader(ask);

class AnthropicReader extends EventReader {
  readonly #ask: ChatAsk;
  readonly #blocks = new Map<unknown, OpenBlock>();
  #tools = 0;
  #details = 0;
  #counts: UsageCounts = {};
  #model: string;
  #tier: Fields = {};
  #roleSent = false;
  #reason: string | undefined;

  constructor(ask: ChatAsk) {
    super();
    this.#ask = ask;
    this.#model = ask.model;
  }

  protected read({ data: event, name }: StreamEvent): void {
    switch (textOf(event["type"]) ?? name) {
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
        return this.close();
      case "error":
        return this.fail(anthropicErrorEvent(event));
      default:
        // `ping`, and what is added to the wire later, says nothing in a chat.
        return;
    }
  }

  /** A second start, as seen in the wild, tells the same again. */
  #start(message: Fields): void {
    this.#counts = withReport(this.#counts, message["usage"]);
    this.#tier = serviceTierOf(message["usage"]);
    this.serve(servedOf(message["usage"]).serviceTier);
    this.#model = textOf(message["model"]) ?? this.#model;
    this.#sendRole();
  }

  #openBlock(index: unknown, block: Fields): void {
    const isTool = block["type"] === "tool_use";
    const isThought = block["type"] === "thinking";
    this.#blocks.set(index, {
      tool: isTool ? this.#tools : undefined,
      detail: isThought ? this.#details : undefined,
      input: fieldsOf(block["input"]) ?? {},
      hasArguments: false,
    });
    if (isTool) {
      const call = { index: this.#tools, id: block["id"], type: "function", function: { name: block["name"], arguments: "" } };
      this.#tools += 1;
      this.#say({ tool_calls: [call] });
    } else if (block["type"] === "text" && textOf(block["text"])) this.#say({ content: block["text"] });
    else if (isThought) this.#openThought(block);
    else if (block["type"] === "redacted_thinking") {
      this.#prove(hiddenDetail(this.#details, block["data"]));
      this.#details += 1;
    }
  }

  #openThought(block: Fields): void {
    const index = this.#details;
    this.#details += 1;
    const text = textOf(block["thinking"]);
    if (text !== undefined) this.#think(index, text);
    const signature = textOf(block["signature"]);
    if (signature !== undefined) this.#prove(thoughtDetail(index, "", signature));
  }

  #addToBlock(index: unknown, delta: Fields): void {
    switch (delta["type"]) {
      case "text_delta":
        if (textOf(delta["text"])) this.#say({ content: delta["text"] });
        return;
      case "thinking_delta":
        if (textOf(delta["thinking"])) this.#think(this.#blocks.get(index)?.detail ?? 0, String(delta["thinking"]));
        return;
      case "signature_delta":
        if (textOf(delta["signature"])) this.#prove(thoughtDetail(this.#blocks.get(index)?.detail ?? 0, "", String(delta["signature"])));
        return;
      case "input_json_delta":
        return this.#addArguments(this.#blocks.get(index), textOf(delta["partial_json"]));
      default:
        // Citations have no place in a chat.
        return;
    }
  }

  #addArguments(block: OpenBlock | undefined, words: string | undefined): void {
    if (block?.tool === undefined || words === undefined) return;
    block.hasArguments = true;
    this.#say({ tool_calls: [{ index: block.tool, function: { arguments: words } }] });
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
    const refusal = refusalOf(fieldsOf(event["delta"]) ?? {});
    if (refusal !== undefined) this.#say({ refusal });
    const usage = usageOf(this.#counts);
    if (usage) this.report({ kind: "usage", usage });
  }

  protected isWhole(): boolean {
    return this.#reason !== undefined;
  }

  protected close(): void {
    for (const index of this.#blocks.keys()) this.#closeBlock(index);
    if (!this.sawContent && !mayBeEmpty(this.#reason)) return this.fail({ kind: "empty", detail: "the stream holds no content" });
    this.#sendRole();
    const reason = this.#reason ?? (this.#tools > 0 ? "tool_calls" : "stop");
    this.finished(this.#frame({}, reason), reason);
    this.done();
  }

  #sendRole(): void {
    if (this.#roleSent) return;
    this.#roleSent = true;
    this.send(this.#frame({ role: "assistant", content: "" }, null));
  }

  /** Sends a delta that is content. */
  #say(delta: Fields): void {
    this.#sendRole();
    this.send(this.#frame(delta, null), producedBytes(delta));
  }

  #think(index: number, text: string): void {
    this.#say({ reasoning_content: text, reasoning_details: [thoughtDetail(index, text)] });
  }

  /** A proof by itself is no content: it does not end the search for a target that answers. */
  #prove(detail: Fields): void {
    this.#sendRole();
    this.send(this.#frame({ reasoning_details: [detail] }, null));
  }

  #frame(delta: Fields, reason: string | null): string {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: reason }];
    const { generationId: id, createdSeconds: created } = this.#ask;
    return chunkFrame({ id, object: "chat.completion.chunk", created, model: this.#model, choices, ...this.#tier });
  }
}
