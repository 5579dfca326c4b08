/** Reads and sets the limits of a workspace, its members and its keys. */
import { sql } from "kysely";
import type { Limit } from "@switchyard/shared/domain/limit";
import type { Role } from "@switchyard/shared/domain/principal";
import { toId, type KeyId, type UserId } from "@switchyard/shared/kernel/id";
import type { PrincipalTx } from "../as-principal.pg.ts";

export interface StoredMemberLimits {
  readonly id: UserId;
  readonly email: string;
  readonly role: Role;
  readonly limits: readonly Limit[];
}

export interface StoredLimits {
  readonly workspace: readonly Limit[];
  readonly members: readonly StoredMemberLimits[];
}

/** More members are not listed at once. */
const MEMBERS_MAX = 500;

export async function getLimits(tx: PrincipalTx): Promise<StoredLimits> {
  const space = await tx.selectFrom("switchyard.workspaces").select("limits").executeTakeFirst();
  const members = await sql<{ id: string; email: string; role: Role; limits: Limit[] }>`
    select m.user_id as id, u.email, m.role, m.limits from switchyard.members m join switchyard.users u on u.id = m.user_id
     order by u.email limit ${MEMBERS_MAX}`.execute(tx);
  return { workspace: space?.limits ?? [], members: members.rows.map((row) => ({ ...row, id: toId("user", row.id) })) };
}

/** The limits of those of the keys that have any and are not revoked. */
export async function keyLimits(tx: PrincipalTx, ids: readonly KeyId[]): Promise<{ id: KeyId; limits: readonly Limit[] }[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .selectFrom("switchyard.api_keys")
    .select(["id", "limits"])
    .where("id", "in", [...ids])
    .where("revoked_at", "is", null)
    .execute();
  return rows.flatMap(({ id, limits }) => (limits.length === 0 ? [] : [{ id: toId("key", id), limits }]));
}

export async function setWorkspaceLimits(tx: PrincipalTx, limits: readonly Limit[]): Promise<void> {
  await tx
    .updateTable("switchyard.workspaces")
    .set({ limits: JSON.stringify(limits) })
    .execute();
}

/** @returns false when the person is no member */
export async function setMemberLimits(tx: PrincipalTx, id: UserId, limits: readonly Limit[]): Promise<boolean> {
  const done = await tx
    .updateTable("switchyard.members")
    .set({ limits: JSON.stringify(limits) })
    .where("user_id", "=", id)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** @returns false when there is no such key, or it is revoked: a revoked key stays what it is */
export async function setKeyLimits(tx: PrincipalTx, id: KeyId, limits: readonly Limit[]): Promise<boolean> {
  const done = await tx
    .updateTable("switchyard.api_keys")
    .set({ limits: JSON.stringify(limits) })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}
