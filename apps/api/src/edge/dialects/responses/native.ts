/** Responses for and from providers that speak this wire themselves: bytes pass, only what is ours to say is changed. */
import type { Bill } from "../../../gateway/call-event.ts";
import type { Failure } from "@switchyard/shared/kernel/failure";
import type { JsonBody } from "../../../providers/provider.ts";
import type { ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { isPacked } from "./carried-reasoning.ts";
import { errorEventFields, errorOf } from "./failed.ts";
import { responseObject, responseUsage, type ResponseHead, type Unfinished } from "./response-object.ts";
import type { PlacedItem } from "./turns.ts";

type Fields = Record<string, unknown>;

const THOUGHTS = "reasoning.encrypted_content";

/**
 * The request as such a provider gets it. It keeps nothing: the conversation is ours, so that another provider can go on
 * with it, and its thoughts come back sealed for that reason.
 */
export function nativeBody(request: ResponsesRequest, items: readonly PlacedItem[]): JsonBody {
  const { previous_response_id: _previous, conversation: _conversation, background: _background, client_metadata: _client, input: _input, ...rest } = request;
  return { ...rest, input: items.map(({ item }) => item).filter(isReadable), store: false, include: [...new Set([...(request.include ?? []), THOUGHTS])] };
}

/** A thought without its seal is looked up by its id, and nothing was kept; one that another kind of provider packed is noise. */
const isReadable = (item: Fields): boolean =>
  item["type"] !== "reasoning" || (typeof item["encrypted_content"] === "string" && item["encrypted_content"] !== "" && !isPacked(item["encrypted_content"]));

/** The provider's response object with what only we know: its id here, what it goes on from, whether it is kept. */
const oursOf = (response: Fields, head: ResponseHead): Fields => ({
  ...response,
  id: head.id,
  previous_response_id: head.request.previous_response_id ?? null,
  ...(head.request.conversation === undefined ? {} : { conversation: { id: head.request.conversation } }),
  store: head.stored,
  // In the background, it was told when the call began.
  ...(head.request.background === true ? { background: true, created_at: head.createdSeconds } : { background: false }),
});

/** A whole answer of such a provider. */
export const nativeResponse = (body: Fields, head: ResponseHead, bill: Bill): Fields => ({ ...oursOf(body, head), usage: usageOf(body, bill) });

/** The provider's own figures where it gave any; ours where not. Always with the charge. */
function usageOf({ usage }: Fields, bill: Bill): Fields {
  const ours = responseUsage(bill);
  if (typeof usage !== "object" || usage === null) return ours;
  const theirs = usage as Fields;
  const details = (name: string): Fields => ({ [name]: { ...(ours[name] as Fields), ...(theirs[name] as Fields | null) } });
  return { ...ours, ...theirs, ...details("input_tokens_details"), ...details("output_tokens_details"), cost: ours["cost"] };
}

/** Frames of other events pass as they are. */
const WITH_RESPONSE = /"object":\s*"response"/;
/** An item that is whole: of a response that breaks off, those are what there is. */
const ITEM_DONE = "response.output_item.done";
const LAST = new Set(["response.completed", "response.incomplete"]);

/** Passes the provider's frames on; the one that ends the response is held back until the charge is settled. */
export class NativeStream {
  readonly #head: ResponseHead;
  #last: Fields | undefined;
  #lastFrame = "";
  /** The newest object that the provider sent. */
  #response: Fields = {};
  /** By their place in the output. */
  readonly #items = new Map<number, Fields>();

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  open(): string {
    return "";
  }

  push(frames: Buffer): Buffer | string {
    const text = frames.toString("utf8");
    this.#lastFrame = text;
    if (text.includes(ITEM_DONE)) this.#noteItems(text);
    if (!WITH_RESPONSE.test(text)) return frames;
    return text
      .split("\n\n")
      .filter((frame) => frame !== "")
      .map((frame) => this.#frame(frame))
      .join("");
  }

  end(bill: Bill): Fields {
    this.#response = nativeResponse(this.#response, this.#head, bill);
    return this.#response;
  }

  last(response: Fields): string {
    return this.#last === undefined ? "" : frameOf({ ...this.#last, response });
  }

  broken(why: Failure): string {
    const next = Number(/"sequence_number":\s*(\d+)(?!.*"sequence_number")/s.exec(this.#lastFrame)?.[1] ?? -1) + 1;
    const failed = { ...responseObject(this.#head, { status: "failed", output: [] }), ...this.#soFar(), status: "failed", error: errorOf(why) };
    return (
      frameOf({ type: "error", sequence_number: next, ...errorEventFields(why) }) +
      frameOf({ type: "response.failed", sequence_number: next + 1, response: oursOf(failed, this.#head) })
    );
  }

  snapshot(end: Unfinished): Fields {
    return oursOf({ ...responseObject(this.#head, { ...end, output: [] }), ...this.#soFar(), status: end.status, error: end.error ?? null }, this.#head);
  }

  /** Until the end its provider tells no usage, and the items apart. */
  #soFar(): Fields {
    const { usage: _usage, ...response } = this.#response;
    if (this.#items.size === 0) return response;
    return { ...response, output: [...this.#items].toSorted(([a], [b]) => a - b).map(([, item]) => item) };
  }

  #noteItems(text: string): void {
    for (const frame of text.split("\n\n")) {
      if (!frame.includes(ITEM_DONE)) continue;
      const { type, output_index: at, item } = eventIn(frame);
      if (type === ITEM_DONE && typeof at === "number" && typeof item === "object" && item !== null) this.#items.set(at, item as Fields);
    }
  }

  #frame(frame: string): string {
    const event = eventIn(frame);
    const { type, response } = event;
    if (typeof type !== "string" || typeof response !== "object" || response === null) return `${frame}\n\n`;
    this.#response = oursOf(response as Fields, this.#head);
    if (!LAST.has(type)) return frameOf({ ...event, response: this.#response });
    this.#last = event;
    return "";
  }
}

function eventIn(frame: string): Fields {
  const data = frame
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trimStart())
    .join("\n");
  return data.startsWith("{") ? (JSON.parse(data) as Fields) : {};
}

const frameOf = (event: Fields): string => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`;
