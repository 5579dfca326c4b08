/** Creates, changes, renames and deletes providers while the program runs, and deletes their models. */
import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { applyProvider, type ProviderPorts } from "./apply-config.pg.ts";
import type { AuditId } from "@switchyard/shared/kernel/id";
import { logChange, logDeed, type Editing } from "./change-log.pg.ts";
import { KNOWN_BASE_URLS, type ConfiguredProvider } from "./config-file.ts";
import { removeAlias } from "./edit-alias.pg.ts";
import { putGroup, refuseStale } from "./edit-group.pg.ts";
import { followProviderName, usesOfProvider } from "./provider-uses.pg.ts";
import type { GivenKeys } from "./provider-keys.ts";
import { loggedProvider, unloggedChanges } from "./logged-states.ts";
import { readGroup } from "./stored-group.pg.ts";
import { modelStateOf } from "./stored-model.pg.ts";
import { forgetKeys, readProvider, revisedOf, type StoredProvider } from "./stored-provider.pg.ts";

/** A provider as it is to be; its keys and limits stay when they are left out. Null puts a field back to what its address or the settings for all say. */
export interface ProviderWish extends Omit<ConfiguredProvider, "models" | "local" | "probeSeconds" | "responses" | "apiKey" | "apiKeys"> {
  readonly local: boolean | null;
  readonly probeSeconds: number | null;
  readonly responses: boolean | null;
  /** The key that takes the place of those it has; null: none; left out: they stay. */
  readonly apiKey?: string | null | undefined;
  /** All keys it is to have; one without its secret is one it has. */
  readonly apiKeys?: GivenKeys["apiKeys"];
}

/**
 * Makes the provider as it is to be. Who named its models by its old name names them by its new one.
 * @throws FailureError `not_found`, `conflict` (the name is taken, or it changed meanwhile), `invalid_request`
 */
export async function saveProvider(
  ports: ProviderPorts,
  editing: Editing,
  wish: ProviderWish,
  ask: { readonly was?: string | undefined; readonly revision?: string | undefined },
): Promise<void> {
  const { tx, owner } = editing;
  const present = ask.was === undefined ? undefined : await foundProvider(editing, ask.was);
  if (present) refuseStale(ask.revision, revisedOf(present));
  if (present?.state.name !== wish.name && (await readProvider(tx, owner, { name: wish.name })))
    throw new FailureError(failure("conflict", { param: "name", publicText: `A provider named ${wish.name} exists already.` }));
  refuseStrayingKey(present, wish);
  if (present && present.state.name !== wish.name) {
    await tx.updateTable("switchyard.providers").set({ name: wish.name }).where("workspace_id", "=", owner).where("id", "=", present.id).execute();
    await followProviderName(editing, present.state.name, wish.name);
  }
  const { apiKey, local, probeSeconds, responses, ...rest } = wish;
  const told: string[] = [];
  await applyProvider(
    ports,
    tx,
    {
      ...rest,
      ...(typeof apiKey === "string" ? { apiKey } : {}),
      ...(local === null ? {} : { local }),
      ...(probeSeconds === null ? {} : { probeSeconds }),
      ...(responses === null ? {} : { responses }),
    },
    told,
  );
  const made = await foundProvider(editing, wish.name);
  await tx
    .updateTable("switchyard.providers")
    .set({ is_local: local, probe_seconds: probeSeconds, responses })
    .where("workspace_id", "=", owner)
    .where("id", "=", made.id)
    .execute();
  if (apiKey === null && wish.apiKeys === undefined) await forgetKeys(tx, owner, made.id);
  const after = await foundProvider(editing, wish.name);
  await logProvider(editing, present, after);
}

/** Writes down what a provider was and became. Making one is not taken back with a key press: that would destroy its keys. */
export async function logProvider(editing: Editing, before: StoredProvider | undefined, after: StoredProvider, undoes?: AuditId): Promise<void> {
  const object = `provider ${after.state.name}`;
  if (!before) return void (await logDeed(editing, "provider.created", object, { name: after.state.name }, undoes));
  const [was, is] = [loggedProvider(before.state), loggedProvider(after.state)];
  const lost = unloggedChanges(before, after);
  if (!isDeepStrictEqual(was, is)) await logChange(editing, object, { kind: "provider", key: after.id, before: was, after: is, lost }, undoes);
  else if (lost.length > 0) await logDeed(editing, "provider.changed", object, { name: after.state.name, lost });
}

/** A key that nobody can read is not sent to an address that its owner did not mean. @throws FailureError `invalid_request` */
function refuseStrayingKey(present: StoredProvider | undefined, wish: ProviderWish): void {
  const stays = wish.apiKeys?.some(({ key }) => key === undefined) ?? wish.apiKey === undefined;
  if (!stays || present === undefined || present.keys.length === 0) return;
  if (originOf(present.state.baseUrl) === originOf(wish.baseUrl ?? KNOWN_BASE_URLS[wish.kind] ?? "")) return;
  throw new FailureError(
    failure("invalid_request", { param: "apiKey", publicText: "The provider has another address now: type its key again, or remove the key." }),
  );
}

export const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : "");

export async function foundProvider({ tx, owner }: Pick<Editing, "tx" | "owner">, name: string): Promise<StoredProvider> {
  const present = await readProvider(tx, owner, { name });
  if (!present) throw new FailureError(failure("not_found", { param: "name", publicText: `There is no provider named ${name}.` }));
  return present;
}

/**
 * Deletes a provider with its models and keys, or one of its models. Prices and calls keep their rows.
 * @throws FailureError `not_found`; `conflict` while groups or aliases name it and nobody asked for that to end
 */
export async function deleteProvider(
  editing: Editing,
  name: string,
  ask: { readonly model?: string | undefined; readonly revision?: string | undefined; readonly cascade: boolean; readonly undoes?: AuditId | undefined },
): Promise<void> {
  const { tx, owner } = editing;
  const present = await foundProvider(editing, name);
  refuseStale(ask.revision, revisedOf(present));
  const uses = await usesOfProvider(editing, { id: present.id, name }, ask.model);
  if (ask.model !== undefined && uses.models === 0)
    throw new FailureError(failure("not_found", { param: "model", publicText: `${name} has no model named ${ask.model}.` }));
  const users = [...uses.groups.map((group) => `the group ${group.name}`), ...uses.aliases.map((alias) => `the alias ${alias}`)];
  if (users.length > 0 && !ask.cascade) throw new FailureError(failure("conflict", { param: "name", publicText: `It is used by ${users.join(", ")}.` }));
  for (const alias of uses.aliases) await removeAlias(editing, alias, {});
  for (const group of uses.groups) await leaveGroup(editing, group.name, name, ask.model);
  const gone = await deleteModels(editing, present.id, ask.model);
  if (ask.model !== undefined) {
    for (const row of gone)
      await logChange(editing, `model ${name}/${row.name}`, { kind: "model", key: row.id, before: modelStateOf(row), after: null }, ask.undoes);
    return;
  }
  await forgetKeys(tx, owner, present.id);
  await tx
    .updateTable("switchyard.providers")
    .set({ deleted_at: sql<Date>`clock_timestamp()`, enabled: false, headers: "{}" })
    .where("workspace_id", "=", owner)
    .where("id", "=", present.id)
    .execute();
  const lost = [...(present.keys.length > 0 ? ["keys"] : []), ...(Object.keys(present.state.headers).length > 0 ? ["headers"] : [])];
  const models = gone.map(({ id, enabled }) => ({ id, enabled }));
  await logChange(editing, `provider ${name}`, { kind: "provider", key: present.id, before: { ...loggedProvider(present.state), models }, after: null, lost });
}

/** @param name one of them alone @returns them as they were */
async function deleteModels({ tx, owner }: Editing, provider: string, name: string | undefined) {
  const there = await tx
    .selectFrom("switchyard.models")
    .select(["id", "name", "enabled", "context_window", "max_output", "capabilities"])
    .where("workspace_id", "=", owner)
    .where("provider_id", "=", provider)
    .where("deleted_at", "is", null)
    .orderBy("name")
    .execute();
  const gone = there.filter((model) => name === undefined || model.name === name);
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0)
    await tx
      .updateTable("switchyard.models")
      .set({ deleted_at: sql<Date>`clock_timestamp()`, enabled: false })
      .where("workspace_id", "=", owner)
      .where("id", "in", ids)
      .execute();
  return gone;
}

/** Takes the provider's models, or one of them, out of a group. */
async function leaveGroup(editing: Editing, group: string, provider: string, model: string | undefined): Promise<void> {
  const present = await readGroup(editing.tx, editing.owner, { name: group });
  if (!present) return;
  const targets = present.state.targets.filter((target) => target.provider !== provider || (model !== undefined && target.model !== model));
  await putGroup(editing, present.id, present, { ...present.state, targets });
}
