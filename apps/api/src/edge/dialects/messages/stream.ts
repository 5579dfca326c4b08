/** Translates a chat's streamed frames into Anthropic's sequence of events. */
import { reasoningDetailsOf, type ReasoningDetail } from "@switchyard/shared/wire/reasoning-details";
import { fieldsOf, listOf, textOf, type Fields } from "../../../providers/openai-dialect/fields.ts";
import { stopOf, stopSequenceOf } from "./ending.ts";
import { frameOf } from "./frame.ts";
import { wordsOf, type Telling } from "./reply.ts";
import { redactedDataOf, signatureOf } from "./thoughts.ts";
import { ToolStreams, type ToolStep } from "./tool-streams.ts";

type BlockKind = "thinking" | "text" | "tool_use";

/**
 * The state of one stream: which block is open, and how the answer ended. Blocks come strictly one after the other, each
 * started and stopped once; the last two events wait for `end`, because they tell what the call consumed.
 */
export class MessagesStream {
  readonly #telling: Telling;
  readonly #tools = new ToolStreams();
  #open: BlockKind | undefined;
  #index = 0;
  #out = "";
  /** Of the open thinking block: what its signature will be made of, once it is known. */
  #proof: ReasoningDetail | undefined;
  #finishReason: string | undefined;
  #stopSequence: string | undefined;
  #hasRefusal = false;
  #hasToolUse = false;

  constructor(telling: Telling) {
    this.#telling = telling;
  }

  /**
   * `message_start`. What the prompt consumed is not known before the end, but clients that fill a meter, or that add up what the
   * events tell, read it here: so it tells what is likely. What came from a cache cannot be guessed.
   * @param inputTokens of the prompt, as estimated; the exact count stands in `message_delta`
   */
  start(inputTokens: number): string {
    const { id, model } = this.#telling;
    const usage = { input_tokens: inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
    const message = { id, type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null, usage };
    return frameOf({ type: "message_start", message });
  }

  /** @param frames whole frames of chat chunks */
  push(frames: Buffer): string {
    for (const frame of frames.toString("utf8").split("\n\n")) {
      if (frame.startsWith("data: {")) this.#chunk(JSON.parse(frame.slice("data: ".length)) as Fields);
    }
    return this.#taken();
  }

  /** Closes what is open and tells how it ended. @param usage in Anthropic's shape */
  end(usage: Fields): string {
    this.#toolSteps(this.#tools.end());
    this.#close();
    const stop = stopOf({
      finishReason: this.#finishReason,
      hasToolUse: this.#hasToolUse,
      hasRefusal: this.#hasRefusal,
      stopSequence: this.#stopSequence,
    });
    this.#emit({ type: "message_delta", delta: { ...stop }, usage });
    this.#emit({ type: "message_stop" });
    return this.#taken();
  }

  #chunk(chunk: Fields): void {
    const choice = fieldsOf(listOf(chunk["choices"])[0]);
    if (!choice) return;
    const delta = fieldsOf(choice["delta"]);
    if (delta) this.#delta(delta);
    this.#finishReason = textOf(choice["finish_reason"]) ?? this.#finishReason;
    this.#stopSequence = stopSequenceOf(choice, this.#telling.stopSequences) ?? this.#stopSequence;
  }

  #delta(delta: Fields): void {
    const details = reasoningDetailsOf(delta["reasoning_details"]);
    const thought = textOf(delta["reasoning_content"]) ?? textOf(delta["reasoning"]) ?? details.map(wordsOf).join("");
    if (thought !== "") this.#thought(thought);
    for (const detail of details) this.#detail(detail);
    const refusal = textOf(delta["refusal"]);
    this.#hasRefusal ||= refusal !== undefined;
    for (const words of [textOf(delta["content"]), refusal]) if (words !== undefined) this.#text(words);
    for (const call of listOf(delta["tool_calls"])) this.#toolSteps(this.#tools.push(fieldsOf(call) ?? {}));
  }

  #thought(words: string): void {
    // A signature ends a thought: what comes after it is the next one.
    if (this.#open === "thinking" && this.#proof !== undefined) this.#close();
    this.#ensure("thinking", { type: "thinking", thinking: "", signature: "" });
    this.#blockDelta("thinking_delta", "thinking", words);
  }

  #detail(detail: ReasoningDetail): void {
    if (detail.type === "reasoning.encrypted") {
      this.#close();
      this.#start({ type: "redacted_thinking", data: redactedDataOf(detail) });
      this.#emit({ type: "content_block_stop", index: this.#index - 1 });
    } else if (detail.type === "reasoning.text" && detail.signature !== undefined) {
      this.#ensure("thinking", { type: "thinking", thinking: "", signature: "" });
      this.#proof = detail;
    }
  }

  #text(text: string): void {
    this.#ensure("text", { type: "text", text: "" });
    this.#blockDelta("text_delta", "text", text);
  }

  #toolSteps(steps: readonly ToolStep[]): void {
    for (const step of steps) {
      if (step.kind === "begin") {
        this.#close();
        this.#open = "tool_use";
        this.#hasToolUse = true;
        this.#start({ type: "tool_use", id: step.id, name: this.#telling.toolNameOf(step.name), input: {} });
      } else if (this.#open === "tool_use") this.#blockDelta("input_json_delta", "partial_json", step.json);
    }
  }

  #ensure(kind: BlockKind, opening: Fields): void {
    if (this.#open === kind) return;
    // Calls that wait for their turn come before what is said after them.
    if (this.#open === "tool_use") this.#toolSteps(this.#tools.end());
    this.#close();
    this.#open = kind;
    this.#start(opening);
  }

  #start(block: Fields): void {
    this.#emit({ type: "content_block_start", index: this.#index, content_block: block });
    this.#index += 1;
  }

  /** Put together by hand: a stream consists of little else. */
  #blockDelta(type: string, field: string, words: string): void {
    this.#out += `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index - 1},"delta":{"type":"${type}","${field}":${JSON.stringify(words)}}}\n\n`;
  }

  #close(): void {
    if (this.#open === undefined) return;
    if (this.#open === "thinking") this.#blockDelta("signature_delta", "signature", signatureOf(this.#proof));
    this.#proof = undefined;
    this.#open = undefined;
    this.#emit({ type: "content_block_stop", index: this.#index - 1 });
  }

  #emit(event: { readonly type: string } & Fields): void {
    this.#out += frameOf(event);
  }

  #taken(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}
