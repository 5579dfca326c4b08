/** Creates, changes, renames and deletes groups while the program runs. */
import { isDeepStrictEqual } from "node:util";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { GroupId } from "@switchyard/shared/kernel/id";
import { logChange, type Editing } from "./change-log.pg.ts";
import { removeAlias, saveAlias } from "./edit-alias.pg.ts";
import { plain, revisionOf } from "./revision.ts";
import { dropGroup, followName, inOrder, keysNaming, modelsOfTargets, readGroup, writeGroup, type GroupState, type StoredGroup } from "./stored-group.pg.ts";

export interface GroupAsk {
  /** The name of the group that is changed; without it one is created. */
  readonly was?: string | undefined;
  /** The state that the asker saw: changes of somebody else in between are not overwritten. */
  readonly revision?: string | undefined;
  /** A renamed group goes on being found by its old name. */
  readonly keepOldName?: boolean | undefined;
}

/**
 * Makes the group as it is to be. Who named it by its old name, in a key's list or an alias, names it by its new one.
 * @throws FailureError `not_found`, `conflict` (the name is taken, or it changed meanwhile), `invalid_request` (a target does not exist)
 */
export async function saveGroup(editing: Editing, wanted: GroupState, ask: GroupAsk): Promise<GroupState> {
  const { tx, owner, ids } = editing;
  const state: GroupState = { ...plain(wanted), targets: wanted.targets.toSorted(inOrder) };
  const present = ask.was === undefined ? undefined : await foundGroup(editing, ask.was, ask.revision);
  if (present?.state.name !== state.name && (await readGroup(tx, owner, { name: state.name })))
    throw new FailureError(failure("conflict", { param: "name", publicText: `A group named ${state.name} exists already.` }));
  await putGroup(editing, present?.id ?? ids.next("group"), present, state);
  if (ask.keepOldName === true && present !== undefined && present.state.name !== state.name)
    await saveAlias(editing, { name: present.state.name, model: state.name }, {});
  return state;
}

/** What would no longer find anything without the group. */
export interface GroupUses {
  readonly aliases: readonly string[];
  /** How many keys list it. */
  readonly keys: number;
}

export async function usesOfGroup({ tx, owner }: Pick<Editing, "tx" | "owner">, name: string): Promise<GroupUses> {
  const aliases = await tx
    .selectFrom("switchyard.aliases")
    .select("name")
    .where("workspace_id", "=", owner)
    .where("stands_for", "=", name)
    .orderBy("name")
    .execute();
  return { aliases: aliases.map((alias) => alias.name), keys: await keysNaming(tx, owner, name) };
}

/**
 * Deletes the group. Aliases for it go with it when that is asked for; a key that lists it keeps the name, which nothing answers to.
 * @throws FailureError `not_found`; `conflict` while aliases stand for it and nobody asked for their end
 */
export async function deleteGroup(editing: Editing, name: string, ask: { readonly revision?: string | undefined; readonly cascade: boolean }): Promise<void> {
  const present = await foundGroup(editing, name, ask.revision);
  const { aliases } = await usesOfGroup(editing, name);
  if (aliases.length > 0 && !ask.cascade)
    throw new FailureError(failure("conflict", { param: "name", publicText: `The group ${name} is what these aliases stand for: ${aliases.join(", ")}.` }));
  for (const alias of aliases) await removeAlias(editing, alias, {});
  await putGroup(editing, present.id, present, undefined);
}

async function foundGroup({ tx, owner }: Editing, name: string, revision: string | undefined): Promise<StoredGroup> {
  const present = await readGroup(tx, owner, { name });
  if (!present) throw new FailureError(failure("not_found", { param: "name", publicText: `There is no group named ${name}.` }));
  refuseStale(revision, present.state);
  return present;
}

/** @throws FailureError `conflict` when the asker saw another state */
export function refuseStale(revision: string | undefined, state: unknown): void {
  if (revision !== undefined && revision !== revisionOf(state))
    throw new FailureError(
      failure("conflict", { param: "revision", publicText: "It was changed by somebody else meanwhile. Look at it again, then change it." }),
    );
}

/** The one step behind every change of a group, and behind taking one back. */
export async function putGroup(
  editing: Editing,
  id: GroupId,
  present: StoredGroup | undefined,
  state: GroupState | undefined,
  undoes?: Parameters<typeof logChange>[3],
): Promise<void> {
  const { tx, owner } = editing;
  if (state !== undefined && present !== undefined && isDeepStrictEqual(present.state, state)) return;
  if (state === undefined) await dropGroup(tx, owner, id);
  else {
    const models = await modelsOfTargets(tx, owner, state);
    if ("wrong" in models)
      throw new FailureError(failure("invalid_request", { param: "targets", publicText: `${models.wrong[0]?.toUpperCase()}${models.wrong.slice(1)}.` }));
    await writeGroup(tx, owner, { id, state }, models.ids);
    if (present && present.state.name !== state.name) await followName(tx, owner, present.state.name, state.name);
  }
  const name = state?.name ?? present?.state.name ?? "";
  await logChange(editing, `group ${name}`, { kind: "group", key: id, before: present?.state ?? null, after: state ?? null }, undoes);
}
