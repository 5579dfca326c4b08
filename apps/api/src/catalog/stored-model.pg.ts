/** Models of providers as they stand in the database, without their prices, which are rows of their own. */
import type { Kysely, Selectable } from "kysely";
import type { Database, ModelsTable } from "@switchyard/db/schema";
import type { Capability } from "@switchyard/shared/domain/catalog";
import type { WorkspaceId } from "@switchyard/shared/kernel/id";

export interface ModelState {
  readonly name: string;
  readonly contextWindow: number | null;
  readonly maxOutput: number | null;
  readonly capabilities: readonly Capability[];
  readonly enabled: boolean;
}

export interface StoredModel {
  readonly id: string;
  /** Its provider, which may be deleted. */
  readonly provider: { readonly id: string; readonly name: string; readonly deleted: boolean };
  readonly deleted: boolean;
  readonly state: ModelState;
}

export const modelStateOf = (row: Pick<Selectable<ModelsTable>, "name" | "context_window" | "max_output" | "capabilities" | "enabled">): ModelState => ({
  name: row.name,
  contextWindow: row.context_window,
  maxOutput: row.max_output,
  capabilities: row.capabilities,
  enabled: row.enabled,
});

/** One that is there, or was. */
export async function readModel(tx: Kysely<Database>, owner: WorkspaceId, id: string): Promise<StoredModel | undefined> {
  const row = await tx
    .selectFrom("switchyard.models as m")
    .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
    .selectAll("m")
    .select(["p.name as provider_name", "p.deleted_at as provider_deleted_at"])
    .where("m.workspace_id", "=", owner)
    .where("m.id", "=", id)
    .executeTakeFirst();
  return (
    row && {
      id,
      provider: { id: row.provider_id, name: row.provider_name, deleted: row.provider_deleted_at !== null },
      deleted: row.deleted_at !== null,
      state: modelStateOf(row),
    }
  );
}

/** Makes it as it was, and there. */
export async function writeModel(tx: Kysely<Database>, owner: WorkspaceId, id: string, { contextWindow, maxOutput, capabilities, enabled }: ModelState) {
  await tx
    .updateTable("switchyard.models")
    .set({ context_window: contextWindow, max_output: maxOutput, capabilities: [...capabilities], enabled, deleted_at: null })
    .where("workspace_id", "=", owner)
    .where("id", "=", id)
    .execute();
}
