/** Reads the records of calls: a page of the list, one call whole, and the values its filters offer. */
import { sql, type RawBuilder, type Selectable } from "kysely";
import type { AttemptRecord } from "@switchyard/shared/domain/call";
import type { CallCriteria, FilteredCall } from "@switchyard/shared/domain/call-filter";
import { toId, type CallId, type KeyId, type PriceId } from "@switchyard/shared/kernel/id";
import { CALLS_LOOKED_AT, type CallDetail, type CallRow } from "@switchyard/shared/wire/console/calls";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { readDimensions } from "../price-dimensions.ts";
import type { CallsTable } from "../schema.ts";
import { entryRow, type StoredEntryRow } from "./entry-row.ts";

/** A row of the list with the ids of the database; the edge makes them public. */
export type StoredCallRow = Omit<CallRow, "id" | "key"> & FilteredCall & { readonly keyName: string | undefined };

/** One call whole, with the ids of the database. */
export type StoredCallDetail = Omit<CallDetail, "id" | "key" | "price" | "entries"> &
  FilteredCall & {
    readonly keyName: string | undefined;
    readonly price: (Omit<NonNullable<CallDetail["price"]>, "id"> & { readonly id: PriceId }) | undefined;
    readonly entries: readonly StoredEntryRow[];
  };

/**
 * A page of rows, newest first; `next` is where the following page begins, absent on the last. A page may hold fewer rows than
 * were asked for, even none, and yet have a next one: only so many calls are looked at for it.
 */
export interface CallPage {
  readonly items: readonly StoredCallRow[];
  readonly next: CallId | undefined;
}

/**
 * The clock that makes an id and the one that stamps `at` may differ, most of all after a recovery. The bound on ids is
 * only there to read less, so it is this much wider than the exact bound on `at`.
 */
const ID_SKEW_MS = 15 * 60_000;
const UUID_TIME_MAX_MS = 2 ** 48 - 1;

/** The smallest version 7 UUID of an instant. */
export function firstIdAt(epochMs: number): string {
  const ms = Math.min(Math.max(0, Math.floor(epochMs)), UUID_TIME_MAX_MS);
  const hex = ms.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Bounds `calls c` to a span of time, by the primary key first. `from` is inclusive, `to` exclusive. */
export function withinTime(from: Date | undefined, to: Date | undefined): RawBuilder<boolean> {
  const parts = [
    ...(from ? [sql`c.id >= ${firstIdAt(from.getTime() - ID_SKEW_MS)}::uuid and c.at >= ${from}`] : []),
    ...(to ? [sql`c.id < ${firstIdAt(to.getTime() + ID_SKEW_MS)}::uuid and c.at < ${to}`] : []),
  ];
  return parts.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(parts, sql` and `)}`;
}

/** An answer after a failed attempt, in the words of SQL. */
export const FAILED_OVER = sql<boolean>`(c.outcome = 'answered' and c.attempts @> '[{"outcome":"failed"}]')`;

/** An answer that was kept from an earlier call, in the words of SQL. */
export const CACHED = sql<boolean>`coalesce(c.route ? 'cached', false)`;

/** What of the criteria the primary key can find: a span of time, and a part of an id. */
function bounded({ from, to, search }: CallCriteria): RawBuilder<boolean> {
  const within = withinTime(from, to);
  return search?.kind === "ids" ? sql<boolean>`${within} and c.id between ${search.first}::uuid and ${search.last}::uuid` : within;
}

/** The same predicate as `matches` of `domain/call-filter`. */
function meant(criteria: CallCriteria): RawBuilder<boolean> {
  const { outcomes, search } = criteria;
  const parts: RawBuilder<unknown>[] = [bounded(criteria)];
  if (outcomes !== undefined && outcomes.length > 0) {
    const ways = [
      sql`c.outcome = any (${outcomes.filter((one) => one !== "failed_over" && one !== "cached")})`,
      ...(outcomes.includes("failed_over") ? [FAILED_OVER] : []),
      ...(outcomes.includes("cached") ? [CACHED] : []),
    ];
    parts.push(sql`(${sql.join(ways, sql` or `)})`);
  }
  if (criteria.group !== undefined) parts.push(sql`c.group_name = ${criteria.group}`);
  if (criteria.provider !== undefined) parts.push(sql`c.provider_name = ${criteria.provider}`);
  if (criteria.model !== undefined) parts.push(sql`c.model_name = ${criteria.model}`);
  if (criteria.keyId !== undefined) parts.push(sql`c.key_id = ${criteria.keyId}::uuid`);
  if (criteria.errorCode !== undefined) parts.push(sql`c.error_code = ${criteria.errorCode}`);
  // `position` and not LIKE: nothing in the text has a special meaning. Only ASCII letters are folded, as in `lowerAscii`.
  if (search?.kind === "text")
    parts.push(sql`position(${search.part} in translate(c.error_text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) > 0`);
  return sql<boolean>`${sql.join(parts, sql` and `)}`;
}

type CallWithKey = Selectable<CallsTable> & { readonly key_name: string | null };

const CALLS = sql`switchyard.calls`;
const selectCalls = (calls: RawBuilder<unknown> = CALLS): RawBuilder<unknown> => sql`select c.*, k.name as key_name from ${calls} c
  left join switchyard.api_keys k on k.workspace_id = c.workspace_id and k.id = c.key_id`;

export interface CallsAsk {
  readonly criteria: CallCriteria;
  /** Only older ones than this. */
  readonly before?: CallId | undefined;
  readonly limit: number;
  readonly lookedAt?: number;
}

/** The newest calls that the criteria mean. One row more is read to know whether there is a next page. */
export async function listCalls(tx: PrincipalTx, { criteria, before, limit, lookedAt = CALLS_LOOKED_AT }: CallsAsk): Promise<CallPage> {
  const older = before === undefined ? sql`true` : sql`c.id < ${before}::uuid`;
  const inOrder = sql`from switchyard.calls c where ${bounded(criteria)} and ${older} order by c.id desc`;
  const looked = selectCalls(sql`(select c.* ${inOrder} limit ${lookedAt})`);
  const found = await sql<CallWithKey>`${looked} where ${meant(criteria)} order by c.id desc limit ${limit + 1}`.execute(tx);
  const items = found.rows.slice(0, limit).map(callRow);
  if (found.rows.length > limit) return { items, next: items.at(-1)?.id };
  const last = await sql<{ id: string }>`select c.id ${inOrder} offset ${lookedAt - 1} limit 1`.execute(tx);
  return { items, next: last.rows[0] && toId("call", last.rows[0].id) };
}

/** One call as the list shows it, for whoever hears that it has finished. */
/** Whether money is held for a call (of this key, when one is given): some program is carrying it out. */
export async function isCallOpen(tx: PrincipalTx, id: CallId, keyId?: KeyId): Promise<boolean> {
  const hold = tx.selectFrom("ledger.holds").select("id").where("id", "=", id).where("state", "=", "pending");
  return (await (keyId === undefined ? hold : hold.where("key_id", "=", keyId)).executeTakeFirst()) !== undefined;
}

export async function findCall(tx: PrincipalTx, id: CallId): Promise<StoredCallRow | undefined> {
  const found = await sql<CallWithKey>`${selectCalls()} where c.id = ${id}::uuid`.execute(tx);
  return found.rows[0] && callRow(found.rows[0]);
}

/** One call with everything known about it: attempts, price, hold and entries. */
export async function getCall(tx: PrincipalTx, id: CallId): Promise<StoredCallDetail | undefined> {
  const found = await sql<CallWithKey>`${selectCalls()} where c.id = ${id}::uuid`.execute(tx);
  const call = found.rows[0];
  if (!call) return undefined;
  const price = call.price_id === null ? undefined : await tx.selectFrom("switchyard.prices").selectAll().where("id", "=", call.price_id).executeTakeFirst();
  const hold = await tx.selectFrom("ledger.holds").select(["amount", "state", "charged", "created_at", "resolved_at"]).where("id", "=", id).executeTakeFirst();
  const entries = await tx
    .selectFrom("ledger.entries")
    .selectAll()
    .where((where) => where.or([where("id", "=", id), where.and([where("hold_id", "=", id), where("hold_id", "<>", where.ref("id"))])]))
    .orderBy("seq")
    .limit(100)
    .execute();
  const { attempts: _short, ...row } = callRow(call);
  return {
    ...row,
    attempts: call.attempts,
    route: call.route ?? undefined,
    finishReason: call.finish_reason ?? undefined,
    usageSuspect: call.usage_suspect,
    queueMs: call.queue_ms,
    overheadMs: call.overhead_ms,
    held: call.held,
    cost: call.cost,
    reportedCost: call.reported_cost ?? undefined,
    price: price && {
      id: toId("price", price.id),
      effectiveAt: price.effective_at,
      source: price.source,
      inputPerMillion: price.input_per_million,
      cachedInputPerMillion: price.cached_input_per_million,
      cacheWritePerMillion: price.cache_write_per_million,
      outputPerMillion: price.output_per_million,
      reasoningPerMillion: price.reasoning_per_million,
      perCall: price.per_call,
      ...readDimensions(price),
    },
    hold: hold && {
      amount: hold.amount,
      state: hold.state,
      charged: hold.charged ?? 0n,
      createdAt: hold.created_at,
      resolvedAt: hold.resolved_at ?? undefined,
    },
    entries: entries.map(entryRow),
  };
}

/** How far back the values of facets are looked for, in calls; and how many of each are offered. */
const FACET_CALLS_MAX = 5_000;
const FACET_VALUES_MAX = 100;

/** Values that occurred lately, in the order of the alphabet. */
export async function callFacets(tx: PrincipalTx): Promise<{ groups: string[]; providers: string[]; models: string[]; keys: { id: KeyId; name: string }[] }> {
  const found = await sql<{ groups: string[] | null; providers: string[] | null; models: string[] | null; keys: string[] | null }>`
    with recent as (select group_name, provider_name, model_name, key_id from switchyard.calls order by id desc limit ${FACET_CALLS_MAX})
    select (select array_agg(v order by v) from (select distinct group_name as v from recent where group_name is not null order by v limit ${FACET_VALUES_MAX}) x) as groups,
           (select array_agg(v order by v) from (select distinct provider_name as v from recent where provider_name is not null order by v limit ${FACET_VALUES_MAX}) x) as providers,
           (select array_agg(v order by v) from (select distinct model_name as v from recent where model_name is not null order by v limit ${FACET_VALUES_MAX}) x) as models,
           (select array_agg(v::text) from (select distinct key_id as v from recent where key_id is not null limit ${FACET_VALUES_MAX}) x) as keys`.execute(tx);
  const values = found.rows[0];
  const used = values?.keys ?? [];
  const keys = used.length === 0 ? [] : await tx.selectFrom("switchyard.api_keys").select(["id", "name"]).where("id", "in", used).orderBy("name").execute();
  return {
    groups: values?.groups ?? [],
    providers: values?.providers ?? [],
    models: values?.models ?? [],
    keys: keys.map((key) => ({ id: toId("key", key.id), name: key.name })),
  };
}

const failedOver = (outcome: string, attempts: readonly AttemptRecord[]): boolean => outcome === "answered" && attempts.some((one) => one.outcome === "failed");

function callRow(call: CallWithKey): StoredCallRow {
  return {
    id: toId("call", call.id),
    at: call.at,
    surface: call.surface,
    outcome: call.outcome,
    failedOver: failedOver(call.outcome, call.attempts),
    cached: call.route?.cached !== undefined,
    httpStatus: call.http_status,
    stream: call.stream,
    modelAsked: call.model_asked,
    group: call.group_name ?? undefined,
    provider: call.provider_name ?? undefined,
    model: call.model_name ?? undefined,
    keyId: call.key_id === null ? undefined : toId("key", call.key_id),
    keyName: call.key_name ?? undefined,
    attempts: call.attempts.map((one) => one.outcome),
    usage: {
      input: Number(call.input_tokens),
      cachedInput: Number(call.cached_input_tokens),
      cacheWrite: Number(call.cache_write_tokens),
      output: Number(call.output_tokens),
      reasoning: Number(call.reasoning_tokens),
      ...call.further_usage,
    },
    usageBasis: call.usage_basis,
    charged: call.charged,
    firstTokenMs: call.first_token_ms ?? undefined,
    totalMs: call.total_ms,
    errorCode: call.error_code ?? undefined,
    errorText: call.error_text ?? undefined,
  };
}
