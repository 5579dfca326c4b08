/** Conversations that callers name, and their items in order. Bodies are JSON texts. */
import { sql } from "kysely";
import { toId, type ConversationId, type KeyId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { PrincipalTx } from "../as-principal.pg.ts";

export interface StoredConversation {
  readonly id: ConversationId;
  readonly metadata: string;
  readonly createdAt: Date;
}

export interface StoredItem {
  readonly itemId: string;
  readonly item: string;
}

export interface ItemToAppend {
  /** The id that it has already; taken when no other item of the conversation has it. */
  readonly ownId: string | undefined;
  readonly freshId: string;
  readonly item: string;
}

interface Row {
  id: string;
  metadata: string;
  created_at: Date;
}
const stored = ({ id, metadata, created_at: createdAt }: Row): StoredConversation => ({ id: toId("conversation", id), metadata, createdAt });
const columns = sql`c.id, c.metadata, c.created_at`;
const isAlive = sql<boolean>`c.expires_at > clock_timestamp()`;
const expiry = (keepDays: number) => sql`clock_timestamp() + make_interval(days => ${keepDays}::int)`;

export async function createConversation(
  tx: PrincipalTx,
  one: { readonly id: ConversationId; readonly workspaceId: WorkspaceId; readonly keyId: KeyId; readonly metadata: string; readonly keepDays: number },
): Promise<StoredConversation> {
  const made = await sql<Row>`insert into switchyard.conversations as c (workspace_id, id, key_id, metadata, expires_at)
    values (${one.workspaceId}::uuid, ${one.id}::uuid, ${one.keyId}::uuid, ${one.metadata}, ${expiry(one.keepDays)}) returning ${columns}`.execute(tx);
  return stored(made.rows[0] as Row);
}

export async function getConversation(tx: PrincipalTx, id: ConversationId): Promise<StoredConversation | undefined> {
  const found = await sql<Row>`select ${columns} from switchyard.conversations c where c.id = ${id}::uuid and ${isAlive}`.execute(tx);
  return found.rows[0] && stored(found.rows[0]);
}

export async function updateConversation(tx: PrincipalTx, id: ConversationId, metadata: string): Promise<StoredConversation | undefined> {
  const found =
    await sql<Row>`update switchyard.conversations c set metadata = ${metadata} where c.id = ${id}::uuid and ${isAlive} returning ${columns}`.execute(tx);
  return found.rows[0] && stored(found.rows[0]);
}

/** With its items. @returns whether there was such a conversation */
export async function deleteConversation(tx: PrincipalTx, id: ConversationId): Promise<boolean> {
  const gone = await sql`delete from switchyard.conversations c where c.id = ${id}::uuid and ${isAlive}`.execute(tx);
  return (gone.numAffectedRows ?? 0n) > 0n;
}

/**
 * Adds items at the end; of two writers the second one waits.
 * @param bytesMax of all items together
 * @returns the items with their ids, or why nothing was added
 */
export async function appendItems(
  tx: PrincipalTx,
  id: ConversationId,
  items: readonly ItemToAppend[],
  { bytesMax, keepDays }: { readonly bytesMax: number; readonly keepDays: number },
): Promise<readonly StoredItem[] | "missing" | "full"> {
  const bytes = items.reduce((sum, { item }) => sum + Buffer.byteLength(item), 0);
  const held = await sql<{ workspace_id: string; fits: boolean }>`update switchyard.conversations c
       set expires_at = ${expiry(keepDays)}, bytes = case when c.bytes + ${bytes}::bigint <= ${bytesMax}::bigint then c.bytes + ${bytes}::bigint else c.bytes end
      from (select o.id, o.bytes + ${bytes}::bigint <= ${bytesMax}::bigint as fits from switchyard.conversations o where o.id = ${id}::uuid for update) before
     where c.id = before.id and ${isAlive} returning c.workspace_id, before.fits`.execute(tx);
  const [conversation] = held.rows;
  if (!conversation) return "missing";
  if (!conversation.fits) return "full";
  if (items.length === 0) return [];
  const ids = await namesFor(tx, id, items);
  await sql`insert into switchyard.conversation_items (workspace_id, conversation_id, item_id, item)
    select ${conversation.workspace_id}::uuid, ${id}::uuid, item_id, item
      from unnest(${ids}::text[], ${items.map(({ item }) => item)}::text[]) with ordinality as given (item_id, item, place) order by place`.execute(tx);
  return items.map(({ item }, at) => ({ itemId: ids[at] as string, item }));
}

/** No id stands for two items of a conversation. */
async function namesFor(tx: PrincipalTx, id: ConversationId, items: readonly ItemToAppend[]): Promise<string[]> {
  const wanted = items.flatMap(({ ownId }) => (ownId === undefined ? [] : [ownId]));
  const known =
    wanted.length === 0
      ? []
      : (
          await sql<{ item_id: string }>`select i.item_id from switchyard.conversation_items i
             where i.conversation_id = ${id}::uuid and i.item_id = any (${wanted}::text[])`.execute(tx)
        ).rows;
  const taken = new Set(known.map(({ item_id: name }) => name));
  return items.map(({ ownId, freshId }) => {
    const name = ownId === undefined || taken.has(ownId) ? freshId : ownId;
    taken.add(name);
    return name;
  });
}

const itemOf = ({ item_id: itemId, item }: { item_id: string; item: string }): StoredItem => ({ itemId, item });

/** All items, first to last; undefined when there is no such conversation. */
export async function allItems(tx: PrincipalTx, id: ConversationId): Promise<readonly StoredItem[] | undefined> {
  const found = await sql<{ item_id: string | null; item: string | null }>`select i.item_id, i.item from switchyard.conversations c
      left join switchyard.conversation_items i on i.workspace_id = c.workspace_id and i.conversation_id = c.id
     where c.id = ${id}::uuid and ${isAlive} order by i.seq`.execute(tx);
  if (found.rows.length === 0) return undefined;
  return found.rows.flatMap(({ item_id: itemId, item }) => (itemId === null || item === null ? [] : [{ itemId, item }]));
}

export interface ItemsAsk {
  readonly limit: number;
  readonly order: "asc" | "desc";
  /** The id of the last item that is known. */
  readonly after: string | undefined;
}

/** One item more than was asked for is read, to know whether there are any. @returns why there is no page */
export async function listItems(
  tx: PrincipalTx,
  id: ConversationId,
  { limit, order, after }: ItemsAsk,
): Promise<readonly StoredItem[] | "missing" | "no such item"> {
  if (!(await getConversation(tx, id))) return "missing";
  const from =
    after === undefined
      ? undefined
      : (
          await sql<{ seq: bigint }>`select i.seq from switchyard.conversation_items i where i.conversation_id = ${id}::uuid and i.item_id = ${after}`.execute(
            tx,
          )
        ).rows[0];
  if (after !== undefined && !from) return "no such item";
  const ascends = order === "asc";
  const beyond = from === undefined ? sql`true` : ascends ? sql`i.seq > ${from.seq}::bigint` : sql`i.seq < ${from.seq}::bigint`;
  const found = await sql<{ item_id: string; item: string }>`select i.item_id, i.item from switchyard.conversation_items i
    where i.conversation_id = ${id}::uuid and ${beyond} order by i.seq ${ascends ? sql`asc` : sql`desc`} limit ${limit + 1}`.execute(tx);
  return found.rows.map(itemOf);
}

export async function getItem(tx: PrincipalTx, id: ConversationId, itemId: string): Promise<StoredItem | undefined> {
  const found = await sql<{ item_id: string; item: string }>`select i.item_id, i.item from switchyard.conversations c
      join switchyard.conversation_items i on i.workspace_id = c.workspace_id and i.conversation_id = c.id
     where c.id = ${id}::uuid and ${isAlive} and i.item_id = ${itemId}`.execute(tx);
  return found.rows[0] && itemOf(found.rows[0]);
}

/** @returns the conversation without it; undefined when there is no such item */
export async function deleteItem(tx: PrincipalTx, id: ConversationId, itemId: string): Promise<StoredConversation | undefined> {
  const found = await sql<Row>`with gone as (
      delete from switchyard.conversation_items i where i.conversation_id = ${id}::uuid and i.item_id = ${itemId} returning octet_length(i.item) as bytes)
    update switchyard.conversations c set bytes = greatest(0, c.bytes - gone.bytes) from gone where c.id = ${id}::uuid and ${isAlive} returning ${columns}`.execute(
    tx,
  );
  return found.rows[0] && stored(found.rows[0]);
}
