/** Knows which workspaces a person may open, before one is chosen. */
import { sql, type Kysely } from "kysely";
import type { Role } from "@switchyard/shared/domain/principal";
import { toId, type UserId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { PrincipalTx } from "../as-principal.pg.ts";

export interface OpenWorkspace {
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly role: Role;
}

/** The workspaces a person may open, their own first; operators see all of them. At most 500. */
export async function workspacesOf(tx: PrincipalTx, userId: UserId): Promise<OpenWorkspace[]> {
  const found = await sql<{
    workspace_id: string;
    name: string;
    role: Role;
  }>`select workspace_id, name, role from access.workspaces_of(${userId}::uuid)`.execute(tx);
  return found.rows.map((row) => ({ workspaceId: toId("workspace", row.workspace_id), name: row.name, role: row.role }));
}

export interface EnteredWorkspace {
  readonly workspaceId: WorkspaceId;
  readonly role: Role;
  /** False for an operator who is no member: such a visit is written down. */
  readonly member: boolean;
}

/** @returns undefined for a workspace that is not theirs, exactly as for one that does not exist */
export async function enterWorkspace(tx: PrincipalTx, userId: UserId, name: string): Promise<EnteredWorkspace | undefined> {
  const found = await sql<{
    workspace_id: string;
    role: Role;
    member: boolean;
  }>`select workspace_id, role, member from access.enter_workspace(${userId}::uuid, ${name})`.execute(tx);
  const row = found.rows[0];
  return row && { workspaceId: toId("workspace", row.workspace_id), role: row.role, member: row.member };
}

/** Sets a password and ends every session of the person but one. `db` is the worker's. */
export async function setPassword<T>(db: Kysely<T>, change: { userId: UserId; salt: Buffer; derived: Buffer; keepSession: Buffer }): Promise<void> {
  await sql`select access.set_password(${change.userId}::uuid, ${change.salt}, ${change.derived}, ${change.keepSession})`.execute(db);
}
