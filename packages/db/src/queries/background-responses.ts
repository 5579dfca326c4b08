/** Responses that run on without their caller: how far they are, and what they have told. */
import { sql } from "kysely";
import type { CallId, KeyId, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { PrincipalTx } from "../as-principal.pg.ts";

export interface ResponseToBegin {
  readonly id: CallId;
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  readonly previousId: CallId | undefined;
  readonly keepDays: number;
  /** JSON texts: the items of its own input, and the response object. */
  readonly input: string;
  readonly response: string;
  readonly streamed: boolean;
}

export async function beginResponse(tx: PrincipalTx, one: ResponseToBegin): Promise<void> {
  await sql`insert into switchyard.responses (workspace_id, id, key_id, expires_at, previous_id, input, response, status, background, streamed)
    values (${one.workspaceId}::uuid, ${one.id}::uuid, ${one.keyId}::uuid, clock_timestamp() + make_interval(days => ${one.keepDays}::int),
            ${one.previousId ?? null}::uuid, ${one.input}, ${one.response}, 'queued', true, ${one.streamed})`.execute(tx);
}

/** Its provider has begun to answer. */
export async function progressResponse(tx: PrincipalTx, id: CallId, response: string): Promise<void> {
  await sql`update switchyard.responses set status = 'in_progress', response = ${response} where id = ${id}::uuid and status = 'queued'`.execute(tx);
}

export interface ResponseEnd {
  readonly id: CallId;
  readonly status: "completed" | "incomplete" | "failed" | "cancelled";
  readonly response: string;
  readonly itemIds: readonly string[];
}

/** Whoever carried it out knows best: a response that was given up meanwhile is mended. @returns false when it was deleted */
export async function endResponse(tx: PrincipalTx, end: ResponseEnd): Promise<boolean> {
  const found = await sql<{ id: string }>`with ended as (
      update switchyard.responses set status = ${end.status}, response = ${end.response} where id = ${end.id}::uuid returning workspace_id, id),
    named as (
      insert into switchyard.response_items (workspace_id, item_id, response_id)
      select ended.workspace_id, item_id, ended.id from ended cross join (select distinct unnest(${[...end.itemIds]}::text[]) as item_id) items
      on conflict do nothing)
    select id from ended`.execute(tx);
  return found.rows.length > 0;
}

/** Frames of events, as they are sent. Nothing is kept of a response that was deleted. */
export async function appendEvents(tx: PrincipalTx, id: CallId, piece: number, frames: string): Promise<void> {
  await sql`insert into switchyard.response_events (workspace_id, response_id, piece, frames)
    select r.workspace_id, r.id, ${piece}::int, ${frames} from switchyard.responses r where r.id = ${id}::uuid
    on conflict do nothing`.execute(tx);
}

/** How many pieces are read at once: each may be large. */
const PIECES_AT_ONCE = 16;

export interface EventPieces {
  /** In order; fewer than there are when the last one is not `isLast`. */
  readonly pieces: readonly { readonly piece: number; readonly frames: string }[];
  readonly isLast: boolean;
}

/** @param after the number of the last piece that is known; -1 for none */
export async function eventsAfter(tx: PrincipalTx, id: CallId, after: number): Promise<EventPieces> {
  const found = await sql<{ piece: number; frames: string }>`select e.piece, e.frames from switchyard.response_events e
    where e.response_id = ${id}::uuid and e.piece > ${after}::int order by e.piece limit ${PIECES_AT_ONCE}::int`.execute(tx);
  return { pieces: found.rows, isLast: found.rows.length < PIECES_AT_ONCE };
}
