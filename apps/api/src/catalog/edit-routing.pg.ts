/** Changes what holds for all groups while the program runs. */
import { isDeepStrictEqual } from "node:util";
import type { AuditId } from "@switchyard/shared/kernel/id";
import { logChange, type Editing } from "./change-log.pg.ts";
import { refuseStale } from "./edit-group.pg.ts";
import { plain } from "./revision.ts";
import { readOwner, writeOwner, type OwnerState } from "./stored-routing.pg.ts";

export const NOTHING_SET: OwnerState = { settings: {}, failureKeywords: [] };

/** Replaces what the owner sets. @throws FailureError `conflict` when it changed meanwhile */
export async function saveRouting(editing: Editing, state: OwnerState, ask: { readonly revision?: string | undefined }): Promise<void> {
  const present = (await readOwner(editing.tx, editing.owner)) ?? NOTHING_SET;
  refuseStale(ask.revision, present);
  await putRouting(editing, present, plain(state));
}

/** The one step behind every change of routing, and behind taking one back. */
export async function putRouting(editing: Editing, present: OwnerState, state: OwnerState, undoes?: AuditId): Promise<void> {
  if (isDeepStrictEqual(present, state)) return;
  await writeOwner(editing.tx, editing.owner, state);
  await logChange(editing, "routing", { kind: "routing", key: "", before: present, after: state }, undoes);
}
