/** Tells the chunks of a chat as the events of a streamed response: the whole sequence, from `created` to the one end. */
import type { Bill } from "../../../gateway/call-event.ts";
import type { Failure } from "@switchyard/shared/kernel/failure";
import { errorEventFields, errorOf } from "./failed.ts";
import { OutputItems } from "./output-items.ts";
import { endOf, responseObject, responseUsage, type ResponseHead, type Unfinished } from "./response-object.ts";
import type { ToolBook } from "./tools.ts";

type Fields = Record<string, unknown>;

/** The last event is held back until the charge is settled, so that it can say what it was. */
export class ResponseStream {
  readonly #head: ResponseHead;
  readonly #items: OutputItems;
  #frames = "";
  #sequence = 0;
  #finishReason: string | undefined;
  #isClosed = false;

  /** @param suffix makes the items' ids this response's own */
  constructor(head: ResponseHead, book: ToolBook, suffix: string) {
    this.#head = head;
    this.#items = new OutputItems(book, suffix, (type, fields) => this.#event(type, fields));
  }

  open(): string {
    const response = responseObject(this.#head, { status: "in_progress", output: [] });
    this.#event("response.created", { response });
    this.#event("response.in_progress", { response });
    return this.#take();
  }

  /** @param frames whole frames of chat chunks */
  push(frames: Buffer): string {
    for (const line of frames.toString("utf8").split("\n")) if (line.startsWith("data: {")) this.#chunk(JSON.parse(line.slice(6)) as Fields);
    return this.#take();
  }

  /** The charge is settled. @returns the response whole */
  end(bill: Bill, nowSeconds: number): Fields {
    this.#close();
    const end = endOf(this.#finishReason);
    return responseObject(this.#head, {
      ...end,
      output: this.#items.items,
      usage: responseUsage(bill),
      ...(end.status === "completed" ? { completedSeconds: nowSeconds } : {}),
    });
  }

  /** The last frames. @param response what `end` gave */
  last(response: Fields): string {
    this.#event(`response.${endOf(this.#finishReason).status}`, { response });
    return this.#take();
  }

  broken(why: Failure): string {
    this.#event("error", errorEventFields(why));
    this.#event("response.failed", {
      response: responseObject(this.#head, { status: "failed", output: this.#items.soFar("incomplete"), error: errorOf(why) }),
    });
    return this.#take();
  }

  /** What is there of a response that is given up. */
  snapshot(end: Unfinished): Fields {
    return responseObject(this.#head, { ...end, output: this.#items.soFar(end.status === "in_progress" ? "in_progress" : "incomplete") });
  }

  #chunk(chunk: Fields): void {
    const [choice] = (Array.isArray(chunk["choices"]) ? chunk["choices"] : []) as Fields[];
    // A response is one choice; a provider that sends more was asked for one.
    if (!choice || (choice["index"] ?? 0) !== 0) return;
    const logprobs = (choice["logprobs"] as { content?: unknown } | null | undefined)?.content;
    this.#items.take((choice["delta"] ?? {}) as Fields, Array.isArray(logprobs) ? logprobs.map(logprobOf) : []);
    if (typeof choice["finish_reason"] !== "string") return;
    this.#finishReason = choice["finish_reason"];
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#items.finish(endOf(this.#finishReason).status === "incomplete" ? "incomplete" : "completed");
  }

  #event(type: string, fields: Fields): void {
    this.#frames += `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence, ...fields })}\n\n`;
    this.#sequence += 1;
  }

  #take(): string {
    const frames = this.#frames;
    this.#frames = "";
    return frames;
  }
}

/** Here every field is required. */
export function logprobOf(value: unknown): Fields {
  const { token, logprob, bytes, top_logprobs: top } = (value ?? {}) as Fields;
  return { token, logprob, bytes: bytes ?? [], top_logprobs: Array.isArray(top) ? top.map((one) => ({ bytes: [], ...(one as Fields) })) : [] };
}
