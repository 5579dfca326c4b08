/** Aliases and what an owner sets for all of its groups, as they stand in the database. */
import type { Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import type { FailureKeyword, OwnerSettings } from "@switchyard/shared/domain/routing";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";
import { modelNamed } from "./stored-group.pg.ts";

export interface AliasState {
  readonly name: string;
  /** A group, or `provider/model`, of the same owner. */
  readonly model: string;
}

export async function readAlias(tx: Kysely<Database>, owner: WorkspaceId, name: string): Promise<AliasState | undefined> {
  const row = await tx.selectFrom("switchyard.aliases").selectAll().where("workspace_id", "=", owner).where("name", "=", name).executeTakeFirst();
  return row && { name: row.name, model: row.stands_for };
}

export async function writeAlias(tx: Kysely<Database>, owner: WorkspaceId, { name, model }: AliasState): Promise<void> {
  await tx
    .insertInto("switchyard.aliases")
    .values({ workspace_id: owner, name, stands_for: model })
    .onConflict((conflict) => conflict.columns(["workspace_id", "name"]).doUpdateSet({ stands_for: model }))
    .execute();
}

export async function dropAlias(tx: Kysely<Database>, owner: WorkspaceId, name: string): Promise<void> {
  await tx.deleteFrom("switchyard.aliases").where("workspace_id", "=", owner).where("name", "=", name).execute();
}

/** Whether an alias of this owner may stand for it: a group or `provider/model` that exists. */
export async function isNameable(tx: Kysely<Database>, owner: WorkspaceId, name: string): Promise<boolean> {
  const group = await tx.selectFrom("switchyard.groups").select("id").where("workspace_id", "=", owner).where("name", "=", name).executeTakeFirst();
  const [provider = "", ...rest] = name.split("/");
  return group !== undefined || (await modelNamed(tx, owner, provider, rest.join("/"))) !== undefined;
}

/** What an owner sets; empty where nothing is. */
export interface OwnerState {
  readonly settings: OwnerSettings;
  readonly failureKeywords: readonly FailureKeyword[];
}

export async function readOwner(tx: Kysely<Database>, owner: WorkspaceId): Promise<OwnerState | undefined> {
  const row = await tx.selectFrom("switchyard.routing_settings").selectAll().where("workspace_id", "=", owner).executeTakeFirst();
  return row && { settings: row.settings, failureKeywords: row.failure_keywords };
}

export async function writeOwner(tx: Kysely<Database>, owner: WorkspaceId, { settings, failureKeywords }: OwnerState): Promise<void> {
  const columns = { settings: JSON.stringify(settings), failure_keywords: JSON.stringify(failureKeywords) };
  await tx
    .insertInto("switchyard.routing_settings")
    .values({ workspace_id: owner, ...columns })
    .onConflict((conflict) => conflict.column("workspace_id").doUpdateSet(columns))
    .execute();
}
