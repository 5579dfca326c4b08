/** Puts a conversation together again: what was stored before, what the caller refers to, and the request's own items. */
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { InputItem } from "@switchyard/shared/wire/openai-responses";
import type { PlacedItem } from "./turns.ts";

/** One stored response; both are JSON texts. */
export interface Remembered {
  readonly input: string;
  readonly response: string;
}

export const inputOf = ({ input }: Remembered): readonly InputItem[] => JSON.parse(input) as InputItem[];
export const outputOf = ({ response }: Remembered): readonly InputItem[] => (JSON.parse(response) as { output: InputItem[] }).output;

/** Ids of stored items that the input names instead of repeating them. */
export const referencesIn = (items: readonly InputItem[]): readonly string[] =>
  items.flatMap((item) => (item.type === "item_reference" ? [item["id"] as string] : []));

export interface Recollection {
  /** The responses that led here, the first one first. */
  readonly conversation: readonly Remembered[];
  /** Items of the conversation that the request names, each under its id there; the first one first. */
  readonly items?: readonly { readonly itemId: string; readonly item: string }[];
  /** Responses that hold items which the input refers to. */
  readonly referred: readonly Remembered[];
}

export interface Recalled {
  /** The whole conversation as it is to be asked. */
  readonly items: readonly PlacedItem[];
  /** The request's own items, references resolved: what is stored with its answer. */
  readonly own: readonly InputItem[];
}

/** @returns not found, for a reference to an item that is not stored */
export function recall(input: readonly InputItem[], { conversation, items: named = [], referred }: Recollection): Result<Recalled> {
  const known = new Map<unknown, InputItem>();
  const kept = named.map(({ itemId, item }) => {
    const value = JSON.parse(item) as InputItem;
    known.set(itemId, value);
    return value;
  });
  const before = [...kept, ...conversation.flatMap((one) => [...inputOf(one), ...outputOf(one)])];
  for (const item of [...referred.flatMap(outputOf), ...before]) if (typeof item["id"] === "string") known.set(item["id"], item);
  const own: InputItem[] = [];
  for (const [at, item] of input.entries()) {
    const found = item.type === "item_reference" ? known.get(item["id"]) : item;
    if (!found) return refused(failure("not_found", { param: `input[${at}].id`, publicText: "There is no stored item with this id." }));
    own.push(found);
  }
  const items = [
    ...before.map((item) => ({ item, place: named.length > 0 ? "conversation" : "previous_response_id" })),
    ...own.map((item, at) => ({ item, place: `input[${at}]` })),
  ];
  return ok({ items, own });
}

/** Ids by which the items of an answer may be referred to later. */
export const itemIdsOf = (output: unknown): readonly string[] =>
  (Array.isArray(output) ? (output as { id?: unknown }[]) : []).flatMap(({ id }) => (typeof id === "string" && id !== "" && id.length <= 256 ? [id] : []));
