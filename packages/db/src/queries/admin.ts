/** What operators read across workspaces. */
import { toId, type Id, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { OperatorTx } from "../as-principal.pg.ts";
import { entryRow, type StoredEntryRow } from "./entry-row.ts";

export interface WorkspaceWallet {
  readonly workspaceId: WorkspaceId;
  readonly workspace: string;
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
  readonly frozen: boolean;
}

/** Every workspace that has a wallet, by name; amounts in nano-dollars. */
export async function listWallets(tx: OperatorTx): Promise<WorkspaceWallet[]> {
  const rows = await tx
    .selectFrom("ledger.wallets as w")
    .innerJoin("switchyard.workspaces as s", "s.workspace_id", "w.workspace_id")
    .select(["w.workspace_id", "s.name", "w.posted", "w.held", "w.overdraft", "w.frozen"])
    .orderBy("s.name")
    .execute();
  return rows.map((row) => ({
    workspaceId: toId("workspace", row.workspace_id),
    workspace: row.name,
    posted: row.posted,
    held: row.held,
    available: row.posted - row.held + row.overdraft,
    frozen: row.frozen,
  }));
}

export interface OperatorEntryPage {
  readonly items: readonly StoredEntryRow[];
  readonly next: Id<"entry"> | undefined;
}

/** A page of one workspace's entries, newest first. */
export async function listEntriesOf(
  tx: OperatorTx,
  ask: { workspaceId: WorkspaceId; before?: Id<"entry"> | undefined; limit: number },
): Promise<OperatorEntryPage | "no such workspace" | "no such cursor"> {
  const { workspaceId, before, limit } = ask;
  const workspace = await tx.selectFrom("switchyard.workspaces").select("name").where("workspace_id", "=", workspaceId).executeTakeFirst();
  if (!workspace) return "no such workspace";
  const from =
    before === undefined
      ? undefined
      : await tx.selectFrom("ledger.entries").select("seq").where("workspace_id", "=", workspaceId).where("id", "=", before).executeTakeFirst();
  if (before !== undefined && !from) return "no such cursor";
  let query = tx
    .selectFrom("ledger.entries")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .orderBy("seq", "desc")
    .limit(limit + 1);
  if (from) query = query.where("seq", "<", from.seq);
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(entryRow);
  return { items, next: rows.length > limit ? items.at(-1)?.id : undefined };
}

/** Who a call would come from: a workspace, and what its key may use. */
export interface Caller {
  readonly workspaceId: WorkspaceId;
  readonly workspace: string;
  readonly key: string | undefined;
  /** Undefined: everything. */
  readonly groups: readonly string[] | undefined;
}

/** @param named a workspace, or `workspace/key` by their names */
export async function findCaller(tx: OperatorTx, named: string): Promise<Caller | undefined> {
  const [workspace = "", ...rest] = named.split("/");
  const space = await tx.selectFrom("switchyard.workspaces").select(["workspace_id", "name"]).where("name", "=", workspace).executeTakeFirst();
  if (!space) return undefined;
  const caller = { workspaceId: toId("workspace", space.workspace_id), workspace: space.name };
  if (rest.length === 0) return { ...caller, key: undefined, groups: undefined };
  const key = await tx
    .selectFrom("switchyard.api_keys")
    .select(["name", "groups"])
    .where("workspace_id", "=", space.workspace_id)
    .where("name", "=", rest.join("/"))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return key && { ...caller, key: key.name, groups: key.groups ?? undefined };
}
