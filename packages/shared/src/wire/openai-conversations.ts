/** The wire of OpenAI's Conversations as callers send it (https://platform.openai.com/docs/api-reference/conversations). */
import * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";
import { ok, refused, type Result } from "../kernel/result.ts";
import { hasMoreKeys, parseBody, tooMany } from "./caller-body.ts";
import { parseItems, type InputItem } from "./openai-responses.ts";

const METADATA_MAX = 16;
/** How many items may be added at once. */
const ITEMS_AT_ONCE = 20;

const Metadata = z.record(z.string().max(64), z.string().max(512));
const Items = z.array(z.looseObject({}));

export const ConversationRequest = z.object({ metadata: Metadata.optional(), items: Items.optional() });
export const ConversationChange = z.object({ metadata: Metadata.optional() });
export const ConversationAddition = z.object({ items: Items });

export interface NewConversation {
  readonly metadata: Readonly<Record<string, string>>;
  readonly items: readonly InputItem[];
}

/** `POST /v1/conversations`. */
export function parseConversationRequest(value: unknown): Result<NewConversation> {
  const parsed = parseBody(ConversationRequest, value, obstacleOf);
  if (!parsed.ok) return parsed;
  const items = itemsIn(parsed.value.items ?? []);
  return items.ok ? ok({ metadata: parsed.value.metadata ?? {}, items: items.value }) : items;
}

/** `POST /v1/conversations/{id}`; without metadata it has none any more. */
export function parseConversationChange(value: unknown): Result<Pick<NewConversation, "metadata">> {
  const parsed = parseBody(ConversationChange, value, obstacleOf);
  return parsed.ok ? ok({ metadata: parsed.value.metadata ?? {} }) : parsed;
}

/** `POST /v1/conversations/{id}/items`. */
export function parseConversationAddition(value: unknown): Result<Pick<NewConversation, "items">> {
  const parsed = parseBody(ConversationAddition, value, obstacleOf);
  if (!parsed.ok) return parsed;
  const items = itemsIn(parsed.value.items);
  return items.ok ? ok({ items: items.value }) : items;
}

function obstacleOf({ items, metadata }: Record<string, unknown>): Failure | undefined {
  if (Array.isArray(items) && items.length > ITEMS_AT_ONCE) return tooMany("items", `more than ${ITEMS_AT_ONCE} items`);
  return hasMoreKeys(metadata, METADATA_MAX) ? tooMany("metadata", `more than ${METADATA_MAX} entries`) : undefined;
}

function itemsIn(given: readonly Record<string, unknown>[]): Result<InputItem[]> {
  const items = parseItems(given, "items");
  if (!items.ok) return items;
  const at = items.value.findIndex(({ type }) => type === "item_reference");
  if (at === -1) return items;
  return refused(failure("invalid_request", { param: `items[${at}]`, publicText: "A conversation keeps items, no references: send the item itself." }));
}
