/** Makes groups, aliases and the settings of routing as a configuration says; what it does not name stays. */
import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { Ids } from "@switchyard/shared/kernel/id";
import type { ConfigFile, ConfiguredGroup } from "./config-file.ts";
import { settingsAfter } from "./routing-settings.ts";

type Tx = Transaction<Database>;

const unusable = (what: string): FailureError => new FailureError(failure("invalid_request", { publicText: `The configuration cannot be used: ${what}.` }));

export async function applyGroup(ports: { readonly ids: Ids }, tx: Tx, group: ConfiguredGroup, changes: string[]): Promise<void> {
  const present = await tx
    .selectFrom("switchyard.groups")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("name", "=", group.name)
    .executeTakeFirst();
  const strategy = group.strategy ?? present?.strategy ?? "priority";
  const settings = settingsAfter(group, present?.settings ?? {});
  const keywords = group.failureKeywords ?? present?.failure_keywords ?? [];
  const wanted = { strategy, settings: JSON.stringify(settings), failure_keywords: JSON.stringify(keywords) };
  const id = present?.id ?? ports.ids.next("group");
  if (!present) {
    await tx
      .insertInto("switchyard.groups")
      .values({ workspace_id: PLATFORM_WORKSPACE, id, name: group.name, ...wanted })
      .execute();
    changes.push(`group ${group.name} created`);
  } else if (present.strategy !== strategy || !isDeepStrictEqual(present.settings, settings) || !isDeepStrictEqual(present.failure_keywords, keywords)) {
    await tx.updateTable("switchyard.groups").set(wanted).where("workspace_id", "=", PLATFORM_WORKSPACE).where("id", "=", id).execute();
    changes.push(`group ${group.name} changed`);
  }
  if ((await applyTargets(tx, id, group)) && present) changes.push(`targets of group ${group.name} changed`);
}

/** @returns whether anything changed */
async function applyTargets(tx: Tx, groupId: string, group: ConfiguredGroup): Promise<boolean> {
  const targets: { model_id: string; priority: number; weight: number }[] = [];
  for (const { provider, model, priority = 1, weight = 1 } of group.targets) {
    const found = await modelNamed(tx, provider, model);
    if (!found) throw unusable(`the group ${group.name} names ${provider}/${model}, which does not exist`);
    if (targets.some((one) => one.model_id === found)) throw unusable(`the group ${group.name} names ${provider}/${model} twice`);
    targets.push({ model_id: found, priority, weight });
  }
  const before = await tx
    .selectFrom("switchyard.targets")
    .select(["model_id", "priority", "weight"])
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("group_id", "=", groupId)
    .execute();
  const shape = (rows: typeof targets): string =>
    rows
      .map((row) => `${row.model_id}:${row.priority}:${row.weight}`)
      .sort()
      .join();
  if (shape(before) === shape(targets)) return false;
  await tx.deleteFrom("switchyard.targets").where("workspace_id", "=", PLATFORM_WORKSPACE).where("group_id", "=", groupId).execute();
  if (targets.length > 0)
    await tx
      .insertInto("switchyard.targets")
      .values(targets.map((target) => ({ workspace_id: PLATFORM_WORKSPACE, group_id: groupId, ...target })))
      .execute();
  return true;
}

async function modelNamed(tx: Tx, provider: string, model: string): Promise<string | undefined> {
  const found = await tx
    .selectFrom("switchyard.models as m")
    .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
    .select("m.id")
    .where("m.workspace_id", "=", PLATFORM_WORKSPACE)
    .where("p.name", "=", provider)
    .where("m.name", "=", model)
    .executeTakeFirst();
  return found?.id;
}

/** Aliases, and what all groups of the platform have in common. */
export async function applyRouting(tx: Tx, config: ConfigFile, changes: string[]): Promise<void> {
  for (const alias of config.aliases ?? []) await applyAlias(tx, alias, changes);
  const { routing } = config;
  if (!routing) return;
  const present = await tx.selectFrom("switchyard.routing_settings").selectAll().where("workspace_id", "=", PLATFORM_WORKSPACE).executeTakeFirst();
  const settings = settingsAfter(routing, present?.settings ?? {});
  const keywords = routing.failureKeywords ?? present?.failure_keywords ?? [];
  if (present && isDeepStrictEqual(present.settings, settings) && isDeepStrictEqual(present.failure_keywords, keywords)) return;
  const wanted = { settings: JSON.stringify(settings), failure_keywords: JSON.stringify(keywords) };
  await tx
    .insertInto("switchyard.routing_settings")
    .values({ workspace_id: PLATFORM_WORKSPACE, ...wanted })
    .onConflict((conflict) => conflict.column("workspace_id").doUpdateSet(wanted))
    .execute();
  changes.push(`routing ${present ? "changed" : "set"}`);
}

async function applyAlias(tx: Tx, { name, model }: NonNullable<ConfigFile["aliases"]>[number], changes: string[]): Promise<void> {
  const group = await tx
    .selectFrom("switchyard.groups")
    .select("id")
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("name", "=", model)
    .executeTakeFirst();
  const [provider = "", ...rest] = model.split("/");
  if (!group && !(await modelNamed(tx, provider, rest.join("/"))))
    throw unusable(`the alias ${name} stands for ${model}, which is no group and no provider/model`);
  const present = await tx
    .selectFrom("switchyard.aliases")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("name", "=", name)
    .executeTakeFirst();
  if (present?.stands_for === model) return;
  await tx
    .insertInto("switchyard.aliases")
    .values({ workspace_id: PLATFORM_WORKSPACE, name, stands_for: model })
    .onConflict((conflict) => conflict.columns(["workspace_id", "name"]).doUpdateSet({ stands_for: model }))
    .execute();
  changes.push(`alias ${name} ${present ? "changed" : "created"}`);
}
