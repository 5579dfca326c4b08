/**
 * Folds the deltas of a chat's one choice into the items of a response, telling each step as an event.
 *
 * Thoughts, words and refusals follow one another: the item that is open is closed when another kind begins. Tool calls may
 * arrive interleaved, so they stay open until the choice has finished. A whole answer is one large delta.
 */
import { reasoningDetailsOf } from "@switchyard/shared/wire/reasoning-details";
import { packReasoning } from "./carried-reasoning.ts";
import { inputOfCustom, type Callable, type ToolBook } from "./tools.ts";

type Fields = Record<string, unknown>;
/** Hears each event without its `sequence_number`. */
export type Tell = (type: string, fields: Fields) => void;

interface OpenMessage {
  readonly kind: "message";
  readonly id: string;
  readonly at: number;
  readonly content: Fields[];
  part: { readonly type: "output_text" | "refusal"; text: string; readonly logprobs: unknown[]; readonly annotations: Fields[] } | undefined;
}
interface OpenThought {
  readonly kind: "reasoning";
  readonly id: string;
  readonly at: number;
  text: string;
  readonly details: unknown[];
}
interface OpenCall {
  readonly id: string;
  readonly at: number;
  readonly callId: string;
  readonly callable: Callable;
  words: string;
}

export class OutputItems {
  readonly #book: ToolBook;
  readonly #suffix: string;
  readonly #tell: Tell;
  readonly #items: Fields[] = [];
  readonly #calls = new Map<number, OpenCall>();
  #open: OpenMessage | OpenThought | undefined;

  /** @param suffix makes the items' ids this response's own */
  constructor(book: ToolBook, suffix: string, tell: Tell) {
    this.#book = book;
    this.#suffix = suffix;
    this.#tell = tell;
  }

  /** The items, once everything was said. */
  get items(): readonly Fields[] {
    return this.#items;
  }

  /** What is known so far. @param status of items that are still open */
  soFar(status: "in_progress" | "incomplete"): readonly Fields[] {
    const items = [...this.#items];
    for (const call of this.#calls.values()) items[call.at] = callItem(call, status);
    const open = this.#open;
    if (open?.kind === "message") {
      const content = open.part ? [...open.content, partOf(open.part)] : open.content;
      items[open.at] = { id: open.id, type: "message", status, role: "assistant", content };
    } else if (open && open.text !== "")
      items[open.at] = { id: open.id, type: "reasoning", summary: [{ type: "summary_text", text: open.text }], encrypted_content: null };
    return items;
  }

  /** A delta of the choice, or the whole message of an answer that is no stream; `logprobs` are those of its text. */
  take(delta: Fields, logprobs: readonly unknown[]): void {
    const thought = textIn(delta["reasoning_content"]) || textIn(delta["reasoning"]);
    const details = delta["reasoning_details"];
    if (thought !== "" || (Array.isArray(details) && details.length > 0)) this.#think(thought, Array.isArray(details) ? details : []);
    const text = textIn(delta["content"]);
    if (text !== "") this.#say("output_text", text, logprobs);
    if (Array.isArray(delta["annotations"])) for (const one of delta["annotations"] as unknown[]) this.#cite(one);
    const refusal = textIn(delta["refusal"]);
    if (refusal !== "") this.#say("refusal", refusal, []);
    if (Array.isArray(delta["tool_calls"])) for (const [at, call] of (delta["tool_calls"] as Fields[]).entries()) this.#call(call, at);
  }

  /** Everything was said. */
  finish(status: "completed" | "incomplete"): void {
    this.#close(status);
    for (const call of this.#calls.values()) this.#closeCall(call, status);
    this.#calls.clear();
  }

  #id(prefix: string, at: number): string {
    return `${prefix}_${this.#suffix}${at.toString(16).padStart(2, "0")}`;
  }

  #add(item: Fields): void {
    this.#items.push(item);
    this.#tell("response.output_item.added", { output_index: this.#items.length - 1, item });
  }

  #done(at: number, item: Fields): void {
    this.#items[at] = item;
    this.#tell("response.output_item.done", { output_index: at, item });
  }

  #think(text: string, details: readonly unknown[]): void {
    let open = this.#open;
    if (open?.kind !== "reasoning") {
      this.#close("completed");
      const at = this.#items.length;
      open = { kind: "reasoning", id: this.#id("rs", at), at, text: "", details: [] };
      this.#open = open;
      this.#add({ id: open.id, type: "reasoning", summary: [], encrypted_content: null });
    }
    open.details.push(...details);
    if (text === "") return;
    const place = { item_id: open.id, output_index: open.at, summary_index: 0 };
    if (open.text === "") this.#tell("response.reasoning_summary_part.added", { ...place, part: { type: "summary_text", text: "" } });
    open.text += text;
    this.#tell("response.reasoning_summary_text.delta", { ...place, delta: text });
  }

  #say(type: "output_text" | "refusal", text: string, logprobs: readonly unknown[]): void {
    const open = this.#message();
    if (open.part?.type !== type) {
      this.#closePart(open);
      open.part = { type, text: "", logprobs: [], annotations: [] };
      this.#tell("response.content_part.added", { item_id: open.id, output_index: open.at, content_index: open.content.length, part: partOf(open.part) });
    }
    open.part.text += text;
    open.part.logprobs.push(...logprobs);
    const place = { item_id: open.id, output_index: open.at, content_index: open.content.length, delta: text };
    if (type === "output_text") this.#tell("response.output_text.delta", { ...place, logprobs });
    else this.#tell("response.refusal.delta", place);
  }

  /** A chat's citation stands in an object of its own; here its fields stand plainly. */
  #cite(annotation: unknown): void {
    const { type, url_citation: citation } = (annotation ?? {}) as { type?: unknown; url_citation?: unknown };
    if (type !== "url_citation" || typeof citation !== "object" || citation === null) return;
    const open = this.#message();
    if (open.part?.type !== "output_text") return;
    const { url, title, start_index: start, end_index: end } = citation as Fields;
    if (typeof url !== "string") return;
    const flat: Fields = {
      type: "url_citation",
      url,
      title: typeof title === "string" ? title : "",
      start_index: typeof start === "number" ? start : 0,
      end_index: typeof end === "number" ? end : 0,
    };
    open.part.annotations.push(flat);
    this.#tell("response.output_text.annotation.added", {
      item_id: open.id,
      output_index: open.at,
      content_index: open.content.length,
      annotation_index: open.part.annotations.length - 1,
      annotation: flat,
    });
  }

  #message(): OpenMessage {
    if (this.#open?.kind === "message") return this.#open;
    this.#close("completed");
    const at = this.#items.length;
    const open: OpenMessage = { kind: "message", id: this.#id("msg", at), at, content: [], part: undefined };
    this.#open = open;
    this.#add({ id: open.id, type: "message", status: "in_progress", role: "assistant", content: [] });
    return open;
  }

  #call(delta: Fields, position: number): void {
    const index = typeof delta["index"] === "number" ? delta["index"] : position;
    const called = (delta["function"] ?? {}) as Fields;
    let call = this.#calls.get(index);
    if (!call) {
      this.#close("completed");
      const callable = this.#book.called(textIn(called["name"]));
      const at = this.#items.length;
      call = { id: this.#id(callable.kind === "custom" ? "ctc" : "fc", at), at, callId: textIn(delta["id"]) || this.#id("call", at), callable, words: "" };
      this.#calls.set(index, call);
      this.#add(callItem(call, "in_progress"));
    }
    const words = textIn(called["arguments"]);
    if (words === "") return;
    call.words += words;
    // The input of a free-form tool can be told apart from its wrapping only when it is whole.
    if (call.callable.kind === "function") {
      this.#tell("response.function_call_arguments.delta", { item_id: call.id, output_index: call.at, delta: words });
    }
  }

  #closeCall(call: OpenCall, status: "completed" | "incomplete"): void {
    const place = { item_id: call.id, output_index: call.at };
    if (call.callable.kind === "function") {
      this.#tell("response.function_call_arguments.done", { ...place, arguments: call.words, name: call.callable.name });
    } else {
      const input = inputOfCustom(call.words);
      if (input !== "") this.#tell("response.custom_tool_call_input.delta", { ...place, delta: input });
      this.#tell("response.custom_tool_call_input.done", { ...place, input });
    }
    this.#done(call.at, callItem(call, status));
  }

  #close(status: "completed" | "incomplete"): void {
    const open = this.#open;
    this.#open = undefined;
    if (open?.kind === "message") {
      this.#closePart(open);
      this.#done(open.at, { id: open.id, type: "message", status, role: "assistant", content: open.content });
    } else if (open) this.#closeThought(open);
  }

  #closePart(open: OpenMessage): void {
    const { part } = open;
    if (!part) return;
    open.part = undefined;
    const place = { item_id: open.id, output_index: open.at, content_index: open.content.length };
    const closed = partOf(part);
    if (part.type === "output_text") this.#tell("response.output_text.done", { ...place, text: part.text, logprobs: part.logprobs });
    else this.#tell("response.refusal.done", { ...place, refusal: part.text });
    this.#tell("response.content_part.done", { ...place, part: closed });
    open.content.push(closed);
  }

  #closeThought(open: OpenThought): void {
    const place = { item_id: open.id, output_index: open.at, summary_index: 0 };
    const summary = open.text === "" ? [] : [{ type: "summary_text", text: open.text }];
    if (open.text !== "") {
      this.#tell("response.reasoning_summary_text.done", { ...place, text: open.text });
      this.#tell("response.reasoning_summary_part.done", { ...place, part: summary[0] });
    }
    this.#done(open.at, { id: open.id, type: "reasoning", summary, encrypted_content: packReasoning(reasoningDetailsOf(open.details)) });
  }
}

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

const partOf = (part: NonNullable<OpenMessage["part"]>): Fields =>
  part.type === "refusal"
    ? { type: "refusal", refusal: part.text }
    : { type: "output_text", annotations: [...part.annotations], logprobs: [...part.logprobs], text: part.text };

function callItem({ id, callId, callable, words }: OpenCall, status: string): Fields {
  const named = { call_id: callId, name: callable.name, ...(callable.namespace === undefined ? {} : { namespace: callable.namespace }) };
  return callable.kind === "function"
    ? { id, type: "function_call", status, arguments: words, ...named }
    : { id, type: "custom_tool_call", status, input: words === "" ? "" : inputOfCustom(words), ...named };
}
