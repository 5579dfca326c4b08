/** Writes the account of who changed what, in the transaction of the change itself. */
import type { Id, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { firstIdAt } from "./calls.ts";

/** Never a secret in `detail`. */
export interface AuditRow {
  readonly id: Id<"audit">;
  readonly workspaceId: WorkspaceId;
  /** `user:<email>` */
  readonly actor: string;
  /** Noun and verb, such as `key.created`. */
  readonly verb: string;
  /** The public id of what was changed. */
  readonly object: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export async function writeAudit(tx: PrincipalTx, row: AuditRow): Promise<void> {
  await tx
    .insertInto("switchyard.audit_log")
    .values({ workspace_id: row.workspaceId, id: row.id, actor: row.actor, verb: row.verb, object: row.object, detail: JSON.stringify(row.detail ?? {}) })
    .execute();
}

const HOUR_MS = 3_600_000;

/** Writes down that an operator looked at a workspace that is not theirs, once an hour and not for each glance. */
export async function writeVisit(tx: PrincipalTx, row: AuditRow, nowMs: number): Promise<void> {
  const noted = await tx
    .selectFrom("switchyard.audit_log")
    .select("id")
    .where("id", ">", firstIdAt(nowMs - HOUR_MS))
    .where("actor", "=", row.actor)
    .where("verb", "=", row.verb)
    .limit(1)
    .executeTakeFirst();
  if (!noted) await writeAudit(tx, row);
}
