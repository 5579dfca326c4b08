/** Changes what holds for all groups while the program runs, and takes changes of routing back. */
import { isDeepStrictEqual } from "node:util";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { toId, type AuditId } from "@switchyard/shared/kernel/id";
import { logChange, readDetail, type Editing, type UndoableChange } from "./change-log.pg.ts";
import { putAlias } from "./edit-alias.pg.ts";
import { putGroup, refuseStale } from "./edit-group.pg.ts";
import { plain } from "./revision.ts";
import { readGroup, type GroupState } from "./stored-group.pg.ts";
import { readAlias, readOwner, writeOwner, type AliasState, type OwnerState } from "./stored-routing.pg.ts";

export const NOTHING_SET: OwnerState = { settings: {}, failureKeywords: [] };

/** Replaces what the owner sets. @throws FailureError `conflict` when it changed meanwhile */
export async function saveRouting(editing: Editing, state: OwnerState, ask: { readonly revision?: string | undefined }): Promise<void> {
  const present = (await readOwner(editing.tx, editing.owner)) ?? NOTHING_SET;
  refuseStale(ask.revision, present);
  await putRouting(editing, present, plain(state));
}

async function putRouting(editing: Editing, present: OwnerState, state: OwnerState, undoes?: AuditId): Promise<void> {
  if (isDeepStrictEqual(present, state)) return;
  await writeOwner(editing.tx, editing.owner, state);
  await logChange(editing, "routing", { kind: "routing", key: "", before: present, after: state }, undoes);
}

/**
 * Makes what one change made as it was before it; that again is a change, which can be taken back.
 * @throws FailureError `not_found`; `conflict` when it cannot be taken back, or was changed again since
 */
export async function undoChange(editing: Editing, id: AuditId): Promise<void> {
  const { tx, owner } = editing;
  const row = await tx
    .selectFrom("switchyard.audit_log")
    .select(["object", "detail"])
    .where("workspace_id", "=", owner)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw new FailureError(failure("not_found", { param: "id", publicText: "There is no such change." }));
  const { change } = readDetail(row.detail);
  if (!change) throw new FailureError(failure("conflict", { param: "id", publicText: "This change cannot be taken back." }));
  await UNDO[change.kind](editing, change, id);
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
};

function refuseChanged(present: unknown, after: unknown): void {
  if (!isDeepStrictEqual(present ?? null, after))
    throw new FailureError(
      failure("conflict", { param: "id", publicText: "It was changed again since. Take the later changes back first, or change it by hand." }),
    );
}
