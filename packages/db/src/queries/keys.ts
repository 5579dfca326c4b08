/** Reads and changes API keys; their hashes go in and never come out. */
import { sql } from "kysely";
import type { Limit } from "@switchyard/shared/domain/limit";
import type { Scope } from "@switchyard/shared/domain/principal";
import { toId, type BudgetId, type KeyId, type UserId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import type { Kysely } from "kysely";
import type { PrincipalTx } from "../as-principal.pg.ts";
import type { Database } from "../schema.ts";

/** A key as the console shows it, with the id of the database. */
export type StoredKeyRow = Omit<KeyRow, "id"> & { readonly id: KeyId };

export interface KeyPage {
  readonly items: readonly StoredKeyRow[];
  readonly next: KeyId | undefined;
}

interface KeyColumns {
  id: string;
  name: string;
  prefix: string;
  last_four: string;
  scopes: Scope[];
  groups: string[] | null;
  limits: Limit[];
  cache_seconds: number | null;
  enabled: boolean;
  expires_at: Date | null;
  revoked_at: Date | null;
  created_at: Date;
  last_used_at: Date | null;
  expired: boolean;
  cap: bigint | null;
  used: bigint | null;
  held: bigint | null;
  window_days: number | null;
}

// A window that is over counts from zero: the ledger itself begins the new one with the next hold.
const selectKeys = sql`
  select k.id, k.name, k.prefix, k.last_four, k.scopes, k.groups, k.limits, k.cache_seconds, k.enabled, k.expires_at, k.revoked_at, k.created_at, k.last_used_at,
         coalesce(k.expires_at <= clock_timestamp(), false) as expired, b.cap, b.held, b.window_days,
         case when b.window_days is not null and b.window_start + b.window_days * interval '1 day' <= clock_timestamp() then 0 else b.used end as used
    from switchyard.api_keys k left join ledger.budgets b on b.workspace_id = k.workspace_id and b.key_id = k.id`;

/** A page of keys, newest first. */
export async function listKeys(tx: PrincipalTx, ask: { before?: KeyId | undefined; limit: number }): Promise<KeyPage> {
  const older = ask.before === undefined ? sql`true` : sql`k.id < ${ask.before}::uuid`;
  const found = await sql<KeyColumns>`${selectKeys} where ${older} order by k.id desc limit ${ask.limit + 1}`.execute(tx);
  const items = found.rows.slice(0, ask.limit).map(keyRow);
  return { items, next: found.rows.length > ask.limit ? items.at(-1)?.id : undefined };
}

export async function getKey(tx: PrincipalTx, id: KeyId): Promise<StoredKeyRow | undefined> {
  const found = await sql<KeyColumns>`${selectKeys} where k.id = ${id}::uuid`.execute(tx);
  return found.rows[0] && keyRow(found.rows[0]);
}

export interface KeyToInsert {
  readonly id: KeyId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  /** SHA-256 of the secret. */
  readonly hash: Buffer;
  readonly prefix: string;
  readonly lastFour: string;
  readonly groups: readonly string[] | undefined;
  readonly limits: readonly Limit[];
  readonly cacheSeconds: number | undefined;
  readonly expiresAt: Date | undefined;
  readonly createdBy: UserId | undefined;
}

/** @returns false when a key that is not revoked has this name already */
export async function insertKey(tx: PrincipalTx, key: KeyToInsert): Promise<boolean> {
  const done = await sql<{ id: string }>`
    insert into switchyard.api_keys (workspace_id, id, name, hash, prefix, last_four, groups, limits, cache_seconds, expires_at, created_by)
    values (${key.workspaceId}::uuid, ${key.id}::uuid, ${key.name}, ${key.hash}, ${key.prefix}, ${key.lastFour}, ${key.groups ?? null}::text[],
            ${JSON.stringify(key.limits)}::jsonb, ${key.cacheSeconds ?? null}, ${key.expiresAt ?? null}, ${key.createdBy ?? null}::uuid)
    on conflict (workspace_id, name) where revoked_at is null do nothing returning id`.execute(tx);
  return done.rows.length === 1;
}

/** @returns false when there is no such key, or it is revoked: a revoked key stays what it is */
export async function setKeyEnabled(tx: PrincipalTx, id: KeyId, enabled: boolean): Promise<boolean> {
  const done = await tx.updateTable("switchyard.api_keys").set({ enabled }).where("id", "=", id).where("revoked_at", "is", null).executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** @param seconds how long answers are kept; undefined for what the group says @returns false when there is no such key, or it is revoked */
export async function setKeyCache(tx: PrincipalTx, id: KeyId, seconds: number | undefined): Promise<boolean> {
  const change = tx.updateTable("switchyard.api_keys").set({ cache_seconds: seconds ?? null });
  const done = await change.where("id", "=", id).where("revoked_at", "is", null).executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** @returns false when there is no such key, or it is revoked already */
export async function revokeKey(tx: PrincipalTx, id: KeyId): Promise<boolean> {
  const done = await tx
    .updateTable("switchyard.api_keys")
    .set({ revoked_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Which of these names are neither a group, nor an alias, nor a model, nor `provider/model`, that the workspace may see. */
export async function unknownTargetNames(tx: PrincipalTx, names: readonly string[]): Promise<string[]> {
  const found = await sql<{ name: string }>`
    select n as name from unnest(${names}::text[]) n
     where not exists (select 1 from switchyard.groups g where g.name = n)
       and not exists (select 1 from switchyard.aliases a where a.name = n)
       and not exists (select 1 from switchyard.models m join switchyard.providers p on p.workspace_id = m.workspace_id and p.id = m.provider_id
                        where m.deleted_at is null and (m.name = n or p.name || '/' || m.name = n))`.execute(tx);
  return found.rows.map((row) => row.name);
}

/** Gives a key a budget, in nano-dollars; its wallet is opened where there is none. `worker` may, `sy_app` may not. */
export async function setKeyBudget(
  worker: Kysely<Database>,
  budget: { workspaceId: WorkspaceId; id: BudgetId; keyId: KeyId; cap: bigint; windowDays: number | undefined },
): Promise<void> {
  await sql`select ledger.open_wallet(${budget.workspaceId}::uuid)`.execute(worker);
  await sql`select ledger.set_budget(${budget.workspaceId}::uuid, ${budget.id}::uuid, ${budget.keyId}::uuid, ${budget.cap}, ${budget.windowDays ?? null})`.execute(
    worker,
  );
}

function keyRow(key: KeyColumns): StoredKeyRow {
  return {
    id: toId("key", key.id),
    name: key.name,
    masked: `${key.prefix}…${key.last_four}`,
    state: key.revoked_at !== null ? "revoked" : key.expired ? "expired" : key.enabled ? "active" : "disabled",
    scopes: key.scopes,
    groups: key.groups ?? undefined,
    limits: key.limits,
    cacheSeconds: key.cache_seconds ?? undefined,
    budget: key.cap === null ? undefined : { cap: key.cap, used: BigInt(key.used ?? 0n), held: key.held ?? 0n, windowDays: key.window_days ?? undefined },
    expiresAt: key.expires_at ?? undefined,
    createdAt: key.created_at,
    lastUsedAt: key.last_used_at ?? undefined,
  };
}
