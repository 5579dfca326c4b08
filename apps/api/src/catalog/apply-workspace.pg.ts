/** Makes a workspace, its people and its keys as a configuration says. */
import { sql, type Kysely, type Transaction } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { sameLimits } from "@switchyard/shared/domain/limit";
import { applyKey, type Place } from "./apply-key.pg.ts";
import type { ApplyPorts } from "./apply-ports.ts";
import type { ConfiguredWorkspace } from "./config-file.ts";
import { derivedUuid } from "./derived-uuid.ts";

type Tx = Transaction<Database>;

/** @param changes gets a line for each thing that was made or changed */
export async function applyWorkspace(ports: ApplyPorts, tx: Tx, workspace: ConfiguredWorkspace, changes: string[]): Promise<void> {
  const present = await tx.selectFrom("switchyard.workspaces").select(["workspace_id", "limits"]).where("name", "=", workspace.name).executeTakeFirst();
  const workspaceId = present?.workspace_id ?? ports.ids.next("workspace");
  if (!present) {
    await tx.insertInto("switchyard.workspaces").values({ workspace_id: workspaceId, name: workspace.name, kind: "team" }).execute();
    changes.push(`workspace ${workspace.name} created`);
  }
  if (workspace.limits !== undefined && !sameLimits(present?.limits ?? [], workspace.limits)) {
    await tx
      .updateTable("switchyard.workspaces")
      .set({ limits: JSON.stringify(workspace.limits) })
      .where("workspace_id", "=", workspaceId)
      .execute();
    changes.push(`limits of workspace ${workspace.name} changed`);
  }
  await sql`select ledger.open_wallet(${workspaceId}::uuid)`.execute(tx);
  if (workspace.credit !== undefined && workspace.credit > 0n) {
    const granted = await sql<{
      credit: string;
    }>`select ledger.credit(${derivedUuid(workspaceId, "opening credit")}::uuid, ${workspaceId}::uuid, ${workspace.credit.toString()}::bigint, 'credit', 'platform:promo', ${ports.actor}, 'opening credit') as credit`.execute(
      tx,
    );
    if (granted.rows[0]?.credit === "ok") changes.push(`opening credit of workspace ${workspace.name} granted`);
  }
  for (const member of workspace.members ?? []) await applyMember(ports, tx, { workspaceId, workspaceName: workspace.name }, member, changes);
  for (const key of workspace.keys ?? []) await applyKey(ports, tx, { workspaceId, workspaceName: workspace.name }, key, ["inference"], changes);
}

async function applyMember(
  ports: ApplyPorts,
  tx: Tx,
  place: Place,
  member: NonNullable<ConfiguredWorkspace["members"]>[number],
  changes: string[],
): Promise<void> {
  const userId = await ensureUser(ports, tx, { email: member.email, password: member.password, operator: false }, changes);
  const present = await tx
    .selectFrom("switchyard.members")
    .select(["role", "limits"])
    .where("workspace_id", "=", place.workspaceId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  const wanted = { role: member.role, ...(member.limits ? { limits: JSON.stringify(member.limits) } : {}) };
  const sameLimitsAsBefore = member.limits === undefined || sameLimits(present?.limits ?? [], member.limits);
  if (present?.role === member.role && sameLimitsAsBefore) return;
  await tx
    .insertInto("switchyard.members")
    .values({ workspace_id: place.workspaceId, user_id: userId, ...wanted })
    .onConflict((conflict) => conflict.columns(["workspace_id", "user_id"]).doUpdateSet(wanted))
    .execute();
  if (present?.role !== member.role) changes.push(`member ${member.email} of ${place.workspaceName} is ${member.role}`);
  if (!sameLimitsAsBefore) changes.push(`limits of member ${member.email} of ${place.workspaceName} changed`);
}

/** A password is only set for a person who has none: one that was changed since stays. @returns the person's id */
export async function ensureUser(
  ports: Pick<ApplyPorts, "ids" | "derivePassword">,
  tx: Kysely<Database>,
  person: { email: string; password: string | undefined; operator: boolean },
  changes: string[],
): Promise<string> {
  const present = await tx.selectFrom("switchyard.users").select("id").where("email", "=", person.email).executeTakeFirst();
  const id = present?.id ?? ports.ids.next("user");
  if (!present) {
    await tx.insertInto("switchyard.users").values({ id, email: person.email, operator: person.operator }).execute();
    changes.push(`person ${person.email} created`);
  }
  if (person.password !== undefined) {
    const has = await sql<{ has: boolean }>`select access.has_password(${id}::uuid) as has`.execute(tx);
    if (has.rows[0]?.has !== true) {
      const { salt, derived } = await ports.derivePassword(person.password);
      await sql`select access.set_password(${id}::uuid, ${salt}, ${derived}, null)`.execute(tx);
    }
  }
  return id;
}
