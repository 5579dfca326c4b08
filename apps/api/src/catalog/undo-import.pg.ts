/** Takes imports of models back. */
import type { Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { failure } from "@switchyard/shared/kernel/failure";
import type { AuditId, Ids } from "@switchyard/shared/kernel/id";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { lockCatalog } from "./catalog-lock.pg.ts";
import { logDeed, type Editing } from "./change-log.pg.ts";
import { IMPORTED, type Imported } from "./imported.ts";

/** @returns how many models were switched off and aliases removed; doing it twice does nothing more */
export async function undoImport(
  ports: { readonly worker: Kysely<Database>; readonly ids: Ids },
  importId: AuditId,
  actor: string,
): Promise<Result<UndoneImport>> {
  return ports.worker.transaction().execute(async (tx) => {
    await lockCatalog(tx, PLATFORM_WORKSPACE);
    const row = await tx
      .selectFrom("switchyard.audit_log")
      .select(["detail", "object"])
      .where("workspace_id", "=", PLATFORM_WORKSPACE)
      .where("id", "=", importId)
      .where("verb", "=", IMPORTED)
      .executeTakeFirst();
    if (!row) return refused(failure("not_found", { param: "importId", publicText: "There is no such import." }));
    return ok(await takeImportBack({ tx, owner: PLATFORM_WORKSPACE, actor, ids: ports.ids }, importId, row));
  });
}

export interface UndoneImport {
  readonly models: number;
  readonly aliases: number;
}

/** Its models are switched off, because calls and prices keep pointing at them, and its aliases removed. */
export async function takeImportBack(
  editing: Editing,
  importId: AuditId,
  { detail, object }: { readonly detail: Readonly<Record<string, unknown>>; readonly object: string },
): Promise<UndoneImport> {
  const { tx, owner } = editing;
  const { created = [], switchedOn = [], aliases = [], provider = "" } = detail as Partial<Imported>;
  const ids = [...created, ...switchedOn];
  const off =
    ids.length === 0
      ? undefined
      : await tx
          .updateTable("switchyard.models")
          .set({ enabled: false })
          .where("workspace_id", "=", owner)
          .where("id", "in", ids)
          .where("enabled", "=", true)
          .executeTakeFirst();
  const gone =
    aliases.length === 0
      ? undefined
      : await tx
          .deleteFrom("switchyard.aliases")
          .where("workspace_id", "=", owner)
          .where("name", "in", aliases)
          .where("stands_for", "like", `${likeText(provider)}/%`)
          .executeTakeFirst();
  const done = { models: Number(off?.numUpdatedRows ?? 0n), aliases: Number(gone?.numDeletedRows ?? 0n) };
  if (done.models + done.aliases > 0) await logDeed(editing, "models.import.undo", object, { ...done }, importId);
  return done;
}

const likeText = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
