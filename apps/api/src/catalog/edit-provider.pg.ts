/** Creates, changes, renames and deletes providers and their models while the program runs. */
import { sql } from "kysely";
import type { Limit } from "@switchyard/shared/domain/limit";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { applyModel, type WantedModel } from "./apply-model.pg.ts";
import { applyProvider, type ProviderPorts } from "./apply-config.pg.ts";
import { logDeed, type Editing } from "./change-log.pg.ts";
import { KNOWN_BASE_URLS, type ConfiguredProvider } from "./config-file.ts";
import { removeAlias } from "./edit-alias.pg.ts";
import { putGroup, refuseStale } from "./edit-group.pg.ts";
import { followProviderName, usesOfProvider } from "./provider-uses.pg.ts";
import { revisionOf } from "./revision.ts";
import { readGroup } from "./stored-group.pg.ts";

/** A provider as it is to be; its keys and limits stay when they are left out. Null puts a field back to what its address or the settings for all say. */
export interface ProviderWish extends Omit<ConfiguredProvider, "models" | "local" | "probeSeconds" | "apiKey"> {
  readonly local: boolean | null;
  readonly probeSeconds: number | null;
  /** The key that takes the place of those it has; null: none; left out: they stay. */
  readonly apiKey?: string | null | undefined;
}

/** A provider as it is, without what is secret. */
export interface ProviderState {
  readonly name: string;
  readonly kind: ConfiguredProvider["kind"];
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly limits: readonly Limit[];
  readonly local: boolean | null;
  readonly probeSeconds: number | null;
  /** Speaks OpenAI's Responses itself; null: as its address tells. */
  readonly responses: boolean | null;
}

export interface StoredProvider {
  readonly id: string;
  readonly state: ProviderState;
  readonly hasKey: boolean;
}

export async function readProvider({ tx, owner }: Pick<Editing, "tx" | "owner">, name: string): Promise<StoredProvider | undefined> {
  const row = await tx
    .selectFrom("switchyard.providers")
    .selectAll()
    .where("workspace_id", "=", owner)
    .where("name", "=", name)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  if (!row) return undefined;
  const secret = await tx.selectFrom("switchyard.provider_secrets").select("provider_id").where("provider_id", "=", row.id).executeTakeFirst();
  const { kind, base_url: baseUrl, headers, enabled, limits, is_local: local, probe_seconds: probeSeconds, responses } = row;
  return { id: row.id, hasKey: secret !== undefined, state: { name, kind, baseUrl, headers, enabled, limits, local, probeSeconds, responses } };
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
  if (present) refuseStale(ask.revision, present.state);
  if (present?.state.name !== wish.name && (await readProvider(editing, wish.name)))
    throw new FailureError(failure("conflict", { param: "name", publicText: `A provider named ${wish.name} exists already.` }));
  refuseStrayingKey(present, wish);
  if (present && present.state.name !== wish.name) {
    await tx.updateTable("switchyard.providers").set({ name: wish.name }).where("workspace_id", "=", owner).where("id", "=", present.id).execute();
    await followProviderName(editing, present.state.name, wish.name);
  }
  const { apiKey, local, probeSeconds, ...rest } = wish;
  const told: string[] = [];
  await applyProvider(
    ports,
    tx,
    {
      ...rest,
      ...(typeof apiKey === "string" ? { apiKey } : {}),
      ...(local === null ? {} : { local }),
      ...(probeSeconds === null ? {} : { probeSeconds }),
    },
    told,
  );
  const made = await foundProvider(editing, wish.name);
  await tx
    .updateTable("switchyard.providers")
    .set({ is_local: local, probe_seconds: probeSeconds })
    .where("workspace_id", "=", owner)
    .where("id", "=", made.id)
    .execute();
  if (apiKey === null && wish.apiKeys === undefined) await forgetKeys(editing, made.id);
  const after = await foundProvider(editing, wish.name);
  const fields = changedFields(present, after, apiKey !== undefined || wish.apiKeys !== undefined);
  if (fields.length > 0 || !present)
    await logDeed(editing, present ? "provider.changed" : "provider.created", `provider ${wish.name}`, { name: wish.name, ...(present ? { fields } : {}) });
}

/** Names of fields alone: a header may be as secret as a key. */
function changedFields(before: StoredProvider | undefined, after: StoredProvider, keys: boolean): string[] {
  if (!before) return [];
  const names = Object.keys(after.state) as (keyof ProviderState)[];
  return [...names.filter((name) => revisionOf(before.state[name]) !== revisionOf(after.state[name])), ...(keys ? ["keys"] : [])];
}

/** A key that nobody can read is not sent to an address that its owner did not mean. @throws FailureError `invalid_request` */
function refuseStrayingKey(present: StoredProvider | undefined, wish: ProviderWish): void {
  if (!present?.hasKey || wish.apiKey !== undefined || wish.apiKeys !== undefined) return;
  if (originOf(present.state.baseUrl) === originOf(wish.baseUrl ?? KNOWN_BASE_URLS[wish.kind] ?? "")) return;
  throw new FailureError(
    failure("invalid_request", { param: "apiKey", publicText: "The provider has another address now: type its key again, or remove the key." }),
  );
}

export const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : "");

async function foundProvider(editing: Pick<Editing, "tx" | "owner">, name: string): Promise<StoredProvider> {
  const present = await readProvider(editing, name);
  if (!present) throw new FailureError(failure("not_found", { param: "name", publicText: `There is no provider named ${name}.` }));
  return present;
}

async function forgetKeys({ tx, owner }: Editing, id: string): Promise<void> {
  await tx.deleteFrom("switchyard.provider_secrets").where("workspace_id", "=", owner).where("provider_id", "=", id).execute();
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
  refuseStale(ask.revision, present.state);
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
  await forgetKeys(editing, present.id);
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
