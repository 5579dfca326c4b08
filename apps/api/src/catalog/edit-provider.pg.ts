/** Creates, changes, renames and deletes providers and their models while the program runs. */
import { sql } from "kysely";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { applyModel, type WantedModel } from "./apply-model.pg.ts";
import { applyProvider, type ProviderPorts } from "./apply-config.pg.ts";
import { logDeed, type Editing } from "./change-log.pg.ts";
import { KNOWN_BASE_URLS, type ConfiguredProvider } from "./config-file.ts";
import { removeAlias } from "./edit-alias.pg.ts";
import { putGroup, refuseStale } from "./edit-group.pg.ts";
import { followProviderName, usesOfProvider } from "./provider-uses.pg.ts";
import type { GivenKeys } from "./provider-keys.ts";
import { revisionOf } from "./revision.ts";
import { readGroup } from "./stored-group.pg.ts";
import { forgetKeys, readProvider, revisedOf, type ProviderState, type StoredProvider } from "./stored-provider.pg.ts";

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
  const fields = changedFields(present, after);
  if (fields.length > 0 || !present)
    await logDeed(editing, present ? "provider.changed" : "provider.created", `provider ${wish.name}`, { name: wish.name, ...(present ? { fields } : {}) });
}

/** Names of fields alone: a header may be as secret as a key. */
function changedFields(before: StoredProvider | undefined, after: StoredProvider): string[] {
  if (!before) return [];
  const names = Object.keys(after.state) as (keyof ProviderState)[];
  const [keysBefore, keysAfter] = [before, after].map(({ keys }) => revisionOf(keys.map(({ id, name, weight }) => [id, name, weight])));
  return [...names.filter((name) => revisionOf(before.state[name]) !== revisionOf(after.state[name])), ...(keysBefore === keysAfter ? [] : ["keys"])];
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

async function foundProvider({ tx, owner }: Pick<Editing, "tx" | "owner">, name: string): Promise<StoredProvider> {
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
  ask: { readonly model?: string | undefined; readonly revision?: string | undefined; readonly cascade: boolean },
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
  const models = tx
    .updateTable("switchyard.models")
    .set({ deleted_at: sql<Date>`clock_timestamp()`, enabled: false })
    .where("workspace_id", "=", owner)
    .where("provider_id", "=", present.id)
    .where("deleted_at", "is", null);
  await (ask.model === undefined ? models : models.where("name", "=", ask.model)).execute();
  if (ask.model !== undefined) return void (await logDeed(editing, "model.deleted", `model ${name}/${ask.model}`, { name: `${name}/${ask.model}` }));
  await forgetKeys(tx, owner, present.id);
  await tx
    .updateTable("switchyard.providers")
    .set({ deleted_at: sql<Date>`clock_timestamp()`, enabled: false, headers: "{}" })
    .where("workspace_id", "=", owner)
    .where("id", "=", present.id)
    .execute();
  await logDeed(editing, "provider.deleted", `provider ${name}`, { name, models: uses.models });
}

/** Takes the provider's models, or one of them, out of a group. */
async function leaveGroup(editing: Editing, group: string, provider: string, model: string | undefined): Promise<void> {
  const present = await readGroup(editing.tx, editing.owner, { name: group });
  if (!present) return;
  const targets = present.state.targets.filter((target) => target.provider !== provider || (model !== undefined && target.model !== model));
  await putGroup(editing, present.id, present, { ...present.state, targets });
}

/** Adds a model by hand, or changes the one of this name. @throws FailureError `not_found`, `conflict` when it is there and should be new */
export async function saveModel(ports: ProviderPorts, editing: Editing, provider: string, wanted: WantedModel, isNew: boolean): Promise<void> {
  const { id, state } = await foundProvider(editing, provider);
  const there = await usesOfProvider(editing, { id, name: provider }, wanted.id);
  if (isNew && there.models > 0)
    throw new FailureError(failure("conflict", { param: "model", publicText: `${provider} has a model named ${wanted.id} already.` }));
  const changes: string[] = [];
  await applyModel(ports, editing.tx, { id, name: provider, kind: state.kind, baseUrl: state.baseUrl }, wanted, "console", changes);
  if (changes.length > 0) await logDeed(editing, there.models > 0 ? "model.change" : "model.created", `model ${provider}/${wanted.id}`, { changes });
}
