/** Takes changes of the catalog back: what one change made is as it was before it, as long as nothing came after. */
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { toId, type AuditId } from "@switchyard/shared/kernel/id";
import { readDetail, type Editing, type UndoableChange } from "./change-log.pg.ts";
import { putAlias } from "./edit-alias.pg.ts";
import { putGroup } from "./edit-group.pg.ts";
import { NOTHING_SET, putRouting } from "./edit-routing.pg.ts";
import { IMPORTED } from "./imported.ts";
import { readGroup, type GroupState } from "./stored-group.pg.ts";
import { readAlias, readOwner, type AliasState, type OwnerState } from "./stored-routing.pg.ts";
import { takeImportBack } from "./undo-import.pg.ts";
import { undoModel, undoPrice, undoPrices } from "./undo-model.pg.ts";
import { undoProvider } from "./undo-provider.pg.ts";
import { refuseChanged } from "./undo-refusals.ts";

/**
 * Makes what one change made as it was before it; that again is a change.
 * @returns what of it is not put back: secrets, which are written down nowhere
 * @throws FailureError `not_found`; `conflict` when it cannot be taken back, or was changed again since
 */
export async function undoChange(editing: Editing, id: AuditId): Promise<readonly string[]> {
  const { tx, owner } = editing;
  const row = await tx
    .selectFrom("switchyard.audit_log")
    .select(["verb", "object", "detail"])
    .where("workspace_id", "=", owner)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw new FailureError(failure("not_found", { param: "id", publicText: "There is no such change." }));
  if (row.verb === IMPORTED) {
    const done = await takeImportBack(editing, id, row);
    if (done.models + done.aliases === 0) throw new FailureError(failure("conflict", { param: "id", publicText: "This import is taken back already." }));
    return [];
  }
  const { change } = readDetail(row.detail);
  if (!change) throw new FailureError(failure("conflict", { param: "id", publicText: "This change cannot be taken back." }));
  await UNDO[change.kind](editing, change, id);
  return change.lost ?? [];
}

type Undo = (editing: Editing, change: UndoableChange, undoes: AuditId) => Promise<void>;

/** What was written down by this program itself is trusted to have its shape. */
const UNDO: Record<UndoableChange["kind"], Undo> = {
  async group(editing, { key, before, after }, undoes) {
    const present = await readGroup(editing.tx, editing.owner, { id: key });
    refuseChanged(present?.state, after);
    const wanted = before as GroupState | null;
    const taken = wanted && wanted.name !== present?.state.name ? await readGroup(editing.tx, editing.owner, { name: wanted.name }) : undefined;
    if (taken) throw new FailureError(failure("conflict", { param: "id", publicText: `Another group is named ${wanted?.name} now.` }));
    await putGroup(editing, toId("group", key), present, wanted ?? undefined, undoes);
  },
  async alias(editing, { key, before, after }, undoes) {
    const present = await readAlias(editing.tx, editing.owner, key);
    refuseChanged(present, after);
    await putAlias(editing, key, present, (before as AliasState | null) ?? undefined, undoes);
  },
  async routing(editing, { before, after }, undoes) {
    const present = (await readOwner(editing.tx, editing.owner)) ?? NOTHING_SET;
    refuseChanged(present, after);
    await putRouting(editing, present, before as OwnerState, undoes);
  },
  provider: undoProvider,
  model: undoModel,
  price: undoPrice,
  prices: undoPrices,
};
