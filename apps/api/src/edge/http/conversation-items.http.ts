/** The items of the conversation that a response belongs to: read before it, added to after it. */
import { asPrincipal, type PrincipalTx } from "@switchyard/db/as-principal.pg";
import { appendItems, type ItemToAppend, type StoredItem } from "@switchyard/db/queries/conversations";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatId, type ConversationId, type Ids } from "@switchyard/shared/kernel/id";
import { parseId } from "@switchyard/shared/kernel/id";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { InputItem } from "@switchyard/shared/wire/openai-responses";
import { prefixOf } from "../dialects/responses/input-items.ts";
import type { HistoryPorts } from "./responses-keeping.ts";
import { INFERENCE_BODY_MAX } from "./read-body.ts";

/** A longer conversation could not be sent to any provider. */
const CONVERSATION_BYTES_MAX = INFERENCE_BODY_MAX;
const ID_CHARS_MAX = 256;

export const noConversation = (param: string): Failure => failure("not_found", { param, publicText: "There is no such conversation." });
export const CONVERSATION_FULL = failure("payload_too_large", {
  publicText: `A conversation may have ${CONVERSATION_BYTES_MAX / 1024 / 1024} MiB: begin another one.`,
});

/** Adds items at the end of a conversation, each under its own id or a fresh one. */
export function addItems(
  tx: PrincipalTx,
  { ids, keepDays }: { readonly ids: Ids; readonly keepDays: number },
  id: ConversationId,
  items: readonly InputItem[],
): Promise<readonly StoredItem[] | "missing" | "full"> {
  const toAppend = items.map((item): ItemToAppend => {
    const { id: own } = item;
    // An id of ours is as unique as that of a call.
    const freshId = `${prefixOf(item)}_${formatId("call", ids.next("call")).slice("gen_".length)}`;
    return { ownId: typeof own === "string" && own !== "" && own.length <= ID_CHARS_MAX ? own : undefined, freshId, item: JSON.stringify(item) };
  });
  return appendItems(tx, id, toAppend, { bytesMax: CONVERSATION_BYTES_MAX, keepDays });
}

export interface TurnToAdd {
  readonly conversation: string | undefined;
  readonly own: readonly InputItem[];
  readonly response: Record<string, unknown>;
}

/**
 * Adds what was asked and answered to the conversation that the request names. A response that broke off adds nothing.
 * @returns the response; without its conversation when that could not take the turn (it is full, or was deleted meanwhile)
 */
export async function addTurn(ports: HistoryPorts, tx: PrincipalTx, { conversation, own, response }: TurnToAdd): Promise<Record<string, unknown>> {
  const id = conversation === undefined ? undefined : parseId("conversation", conversation);
  if (!id || (response["status"] !== "completed" && response["status"] !== "incomplete")) return response;
  const output = Array.isArray(response["output"]) ? (response["output"] as InputItem[]) : [];
  const added = await addItems(tx, { ids: ports.ids, keepDays: ports.responsesKeptDays }, id, [...own, ...output]);
  return typeof added === "string" ? { ...response, conversation: null } : response;
}

/** The same for a response that its caller waits for: an answer that was paid for is given, whatever becomes of the conversation. */
export async function addTurnQuietly(ports: HistoryPorts, principal: KeyPrincipal, turn: TurnToAdd): Promise<Record<string, unknown>> {
  if (turn.conversation === undefined) return turn.response;
  try {
    return await asPrincipal(ports.pool, principal, (tx) => addTurn(ports, tx, turn));
  } catch (error) {
    ports.log.error("a turn could not be added to its conversation", { conversation: turn.conversation, cause: String(error) });
    return { ...turn.response, conversation: null };
  }
}
