/** Groups as they stand in the database: read as one value and written as one, whoever changes them. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import type { FailureKeyword, RoutingSettings } from "@switchyard/shared/domain/routing";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import type { GroupId, WorkspaceId } from "@switchyard/shared/kernel/id";
import { toId } from "@switchyard/shared/kernel/id";

export interface TargetState {
  readonly provider: string;
  readonly model: string;
  readonly priority: number;
  readonly weight: number;
}

/** All that makes a group; the order of its targets says nothing. */
export interface GroupState {
  readonly name: string;
  /** As its owner's routing says when left out. */
  readonly strategy?: Strategy | undefined;
  readonly settings: RoutingSettings;
  readonly failureKeywords: readonly FailureKeyword[];
  readonly targets: readonly TargetState[];
}

export interface StoredGroup {
  readonly id: GroupId;
  readonly state: GroupState;
}

/** @param by its id, or its name */
export async function readGroup(tx: Kysely<Database>, owner: WorkspaceId, by: { id: string } | { name: string }): Promise<StoredGroup | undefined> {
  const query = tx.selectFrom("switchyard.groups").selectAll().where("workspace_id", "=", owner);
  const row = await ("id" in by ? query.where("id", "=", by.id) : query.where("name", "=", by.name)).executeTakeFirst();
  if (!row) return undefined;
  const targets = await tx
    .selectFrom("switchyard.targets as t")
    .innerJoin("switchyard.models as m", (join) => join.onRef("m.workspace_id", "=", "t.workspace_id").onRef("m.id", "=", "t.model_id"))
    .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
    .select(["p.name as provider", "m.name as model", "t.priority", "t.weight"])
    .where("t.workspace_id", "=", owner)
    .where("t.group_id", "=", row.id)
    .execute();
  const state = { name: row.name, settings: row.settings, failureKeywords: row.failure_keywords, targets: targets.toSorted(inOrder) };
  return { id: toId("group", row.id), state: row.strategy === null ? state : { ...state, strategy: row.strategy } };
}

/** By priority, then by name. */
export const inOrder = (a: TargetState, b: TargetState): number =>
  a.priority - b.priority || (`${a.provider}/${a.model}` < `${b.provider}/${b.model}` ? -1 : 1);

/** Writes the group as it is to be. @param models the ids of its targets' models, in the order of the targets */
export async function writeGroup(tx: Kysely<Database>, owner: WorkspaceId, { id, state }: StoredGroup, models: readonly string[]): Promise<void> {
  const columns = {
    name: state.name,
    strategy: state.strategy ?? null,
    settings: JSON.stringify(state.settings),
    failure_keywords: JSON.stringify(state.failureKeywords),
  };
  await tx
    .insertInto("switchyard.groups")
    .values({ workspace_id: owner, id, ...columns })
    .onConflict((conflict) => conflict.columns(["workspace_id", "id"]).doUpdateSet(columns))
    .execute();
  await tx.deleteFrom("switchyard.targets").where("workspace_id", "=", owner).where("group_id", "=", id).execute();
  if (state.targets.length === 0) return;
  const rows = state.targets.map(({ priority, weight }, at) => ({ workspace_id: owner, group_id: id, model_id: models[at] ?? "", priority, weight }));
  await tx.insertInto("switchyard.targets").values(rows).execute();
}

export async function dropGroup(tx: Kysely<Database>, owner: WorkspaceId, id: GroupId): Promise<void> {
  await tx.deleteFrom("switchyard.groups").where("workspace_id", "=", owner).where("id", "=", id).execute();
}

/** The ids of the models that the targets name, in their order, or in words what is wrong with them. */
export async function modelsOfTargets(
  tx: Kysely<Database>,
  owner: WorkspaceId,
  { name, targets }: Pick<GroupState, "name" | "targets">,
): Promise<{ readonly ids: readonly string[] } | { readonly wrong: string }> {
  const ids: string[] = [];
  for (const { provider, model } of targets) {
    const id = await modelNamed(tx, owner, provider, model);
    if (id === undefined) return { wrong: `the group ${name} names ${provider}/${model}, which does not exist` };
    if (ids.includes(id)) return { wrong: `the group ${name} names ${provider}/${model} twice` };
    ids.push(id);
  }
  return { ids };
}

export async function modelNamed(tx: Kysely<Database>, owner: WorkspaceId, provider: string, model: string): Promise<string | undefined> {
  const found = await tx
    .selectFrom("switchyard.models as m")
    .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
    .select("m.id")
    .where("m.workspace_id", "=", owner)
    .where("p.name", "=", provider)
    .where("m.name", "=", model)
    .where("m.deleted_at", "is", null)
    .where("p.deleted_at", "is", null)
    .executeTakeFirst();
  return found?.id;
}

/** Whoever named the group goes on naming it: aliases of its owner, and keys that list it and mean this one. */
export async function followName(tx: Kysely<Database>, owner: WorkspaceId, before: string, after: string): Promise<void> {
  await tx.updateTable("switchyard.aliases").set({ stands_for: after }).where("workspace_id", "=", owner).where("stands_for", "=", before).execute();
  await sql`
    update switchyard.api_keys k set groups = array_replace(k.groups, ${before}, ${after})
     where ${before} = any(k.groups) and k.revoked_at is null and ${meansThis(owner, before)}`.execute(tx);
}

/** Live keys that list the group and mean this one. */
export async function keysNaming(tx: Kysely<Database>, owner: WorkspaceId, name: string): Promise<number> {
  const found = await sql<{ count: string }>`
    select count(*) as count from switchyard.api_keys k where ${name} = any(k.groups) and k.revoked_at is null and ${meansThis(owner, name)}`.execute(tx);
  return Number(found.rows[0]?.count ?? 0);
}

/** A workspace's own group goes before one of the platform: its keys mean that one. */
const meansThis = (owner: WorkspaceId, name: string) => sql`(k.workspace_id = ${owner}::uuid or (${owner}::uuid = access.platform_workspace()
   and not exists (select 1 from switchyard.groups g where g.workspace_id = k.workspace_id and g.name = ${name})))`;
