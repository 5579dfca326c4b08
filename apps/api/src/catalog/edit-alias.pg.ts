/** Creates, changes and deletes aliases while the program runs. */
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { AuditId } from "@switchyard/shared/kernel/id";
import { logChange, type Editing } from "./change-log.pg.ts";
import { dropAlias, isNameable, readAlias, writeAlias, type AliasState } from "./stored-routing.pg.ts";

/** `model` it stood for when the asker looked; null: there was none. Not compared when left out. */
export interface AliasAsk {
  readonly seen?: string | null | undefined;
}

/** @throws FailureError `invalid_request` when it would stand for nothing; `conflict` when it is not what the asker saw */
export async function saveAlias(editing: Editing, alias: AliasState, { seen }: AliasAsk): Promise<void> {
  const { tx, owner } = editing;
  const present = await readAlias(tx, owner, alias.name);
  refuseUnlike(alias.name, seen, present);
  await putAlias(editing, alias.name, present, alias);
}

/** @throws FailureError `not_found`; `conflict` when it is not what the asker saw */
export async function removeAlias(editing: Editing, name: string, { seen }: AliasAsk): Promise<void> {
  const present = await readAlias(editing.tx, editing.owner, name);
  if (!present) throw new FailureError(failure("not_found", { param: "name", publicText: `There is no alias named ${name}.` }));
  refuseUnlike(name, seen, present);
  await putAlias(editing, name, present, undefined);
}

function refuseUnlike(name: string, seen: string | null | undefined, present: AliasState | undefined): void {
  if (seen === undefined || (present?.model ?? null) === seen) return;
  const what = present ? `stands for ${present.model}` : "does not exist any more";
  throw new FailureError(failure("conflict", { param: "name", publicText: `The alias ${name} ${what}.` }));
}

/** The one step behind every change of an alias, and behind taking one back. */
export async function putAlias(
  editing: Editing,
  name: string,
  present: AliasState | undefined,
  state: AliasState | undefined,
  undoes?: AuditId,
): Promise<void> {
  const { tx, owner } = editing;
  if (state !== undefined && present?.model === state.model) return;
  if (state === undefined) await dropAlias(tx, owner, name);
  else {
    if (!(await isNameable(tx, owner, state.model)))
      throw new FailureError(failure("invalid_request", { param: "model", publicText: `${state.model} is no group and no provider/model.` }));
    await writeAlias(tx, owner, state);
  }
  await logChange(editing, `alias ${name}`, { kind: "alias", key: name, before: present ?? null, after: state ?? null }, undoes);
}
