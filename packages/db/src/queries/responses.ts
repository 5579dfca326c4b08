/** Keeps responses and finds them again: one, a whole conversation, or those that hold an item. */
import { sql } from "kysely";
import { toId, type CallId, type KeyId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { PrincipalTx } from "../as-principal.pg.ts";

/** Bodies are JSON texts. */
export interface StoredResponse {
  readonly id: CallId;
  /** The items of its own input. */
  readonly input: string;
  readonly response: string;
  readonly status: ResponseStatus;
  /** It runs, or ran, on without its caller. */
  readonly background: boolean;
  /** Its events are kept for a while. */
  readonly streamed: boolean;
}

export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

export interface ResponseToStore extends Pick<StoredResponse, "id" | "input" | "response" | "status"> {
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  readonly previousId: CallId | undefined;
  readonly keepDays: number;
  /** Ids by which its items may be named later. */
  readonly itemIds: readonly string[];
}

/** A longer conversation is not gone through. */
const CHAIN_MAX = 2_000;
/** More than one answer may hold under the same id of an item, say of a provider that counts from one. */
const REFERENCES_MAX = 1_000;

interface Row {
  id: string;
  input: string;
  response: string;
  status: ResponseStatus;
  background: boolean;
  streamed: boolean;
}
const columns = sql`r.id, r.input, r.response, r.status, r.background, r.streamed`;
const stored = ({ id, input, response, status, background, streamed }: Row): StoredResponse => ({
  id: toId("call", id),
  input,
  response,
  status,
  background,
  streamed,
});

/** Stores it, unless it is there already: an answer that was given before under an idempotency key. */
export async function storeResponse(tx: PrincipalTx, one: ResponseToStore): Promise<void> {
  await sql`with kept as (
      insert into switchyard.responses (workspace_id, id, key_id, expires_at, previous_id, input, response, status)
      values (${one.workspaceId}::uuid, ${one.id}::uuid, ${one.keyId}::uuid, clock_timestamp() + make_interval(days => ${one.keepDays}::int),
              ${one.previousId ?? null}::uuid, ${one.input}, ${one.response}, ${one.status})
      on conflict do nothing
      returning workspace_id, id)
    insert into switchyard.response_items (workspace_id, item_id, response_id)
    select kept.workspace_id, item_id, kept.id from kept cross join (select distinct unnest(${one.itemIds}::text[]) as item_id) items`.execute(tx);
}

const isAlive = sql<boolean>`r.expires_at > clock_timestamp()`;

export async function getResponse(tx: PrincipalTx, id: CallId): Promise<StoredResponse | undefined> {
  const found = await sql<Row>`select ${columns} from switchyard.responses r where r.id = ${id}::uuid and ${isAlive}`.execute(tx);
  return found.rows[0] && stored(found.rows[0]);
}

/** How far it is; undefined when there is none (any more). */
export async function statusOfResponse(tx: PrincipalTx, id: CallId): Promise<ResponseStatus | undefined> {
  const found = await sql<Pick<Row, "status">>`select r.status from switchyard.responses r where r.id = ${id}::uuid and ${isAlive}`.execute(tx);
  return found.rows[0]?.status;
}

/** @returns whether there was such a response. */
export async function deleteResponse(tx: PrincipalTx, id: CallId): Promise<boolean> {
  const gone = await sql`delete from switchyard.responses r where r.id = ${id}::uuid and ${isAlive}`.execute(tx);
  return (gone.numAffectedRows ?? 0n) > 0n;
}

export interface Conversation {
  /** From the first to the one that was asked for. */
  readonly responses: readonly StoredResponse[];
  /** None of them is missing, and together they are not larger than was allowed. */
  readonly whole: boolean;
}

/**
 * The responses that led to this one, and itself.
 * @param bytesMax of all bodies together; a larger conversation is not read
 */
export async function conversationTo(tx: PrincipalTx, id: CallId, bytesMax: number): Promise<Conversation> {
  const found = await sql<Row & { previous_id: string | null; bytes: string }>`
    with recursive chain (id, previous_id, place, bytes) as (
      select r.id, r.previous_id, 1, (octet_length(r.input) + octet_length(r.response))::bigint
        from switchyard.responses r where r.id = ${id}::uuid and ${isAlive}
      union all
      select r.id, r.previous_id, c.place + 1, c.bytes + octet_length(r.input) + octet_length(r.response)
        from chain c join switchyard.responses r on r.id = c.previous_id and ${isAlive}
       where c.place < ${CHAIN_MAX} and c.bytes <= ${bytesMax}
    )
    select ${columns}, c.previous_id, c.bytes::text as bytes
      from chain c join switchyard.responses r on r.id = c.id where c.bytes <= ${bytesMax} order by c.place desc`.execute(tx);
  const first = found.rows[0];
  return { responses: found.rows.map(stored), whole: first !== undefined && first.previous_id === null };
}

/** The responses that hold these items, oldest first. */
export async function responsesWithItems(tx: PrincipalTx, itemIds: readonly string[]): Promise<readonly StoredResponse[]> {
  const found = await sql<Row>`
    select ${columns} from switchyard.responses r
     where ${isAlive} and r.id in (select i.response_id from switchyard.response_items i where i.item_id = any (${[...itemIds]}::text[]) limit ${REFERENCES_MAX})
     order by r.id`.execute(tx);
  return found.rows.map(stored);
}
