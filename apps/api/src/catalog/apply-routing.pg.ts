/** Makes groups, aliases and the settings of routing as a configuration says; what it does not name stays. */
import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { Ids } from "@switchyard/shared/kernel/id";
import type { ConfigFile, ConfiguredGroup } from "./config-file.ts";
import { ownerSettingsAfter, settingsAfter } from "./routing-settings.ts";
import { inOrder, modelsOfTargets, readGroup, writeGroup, type GroupState } from "./stored-group.pg.ts";
import { isNameable, readAlias, readOwner, writeAlias, writeOwner } from "./stored-routing.pg.ts";

type Tx = Transaction<Database>;

const unusable = (what: string): FailureError => new FailureError(failure("invalid_request", { publicText: `The configuration cannot be used: ${what}.` }));

export async function applyGroup(ports: { readonly ids: Ids }, tx: Tx, group: ConfiguredGroup, changes: string[]): Promise<void> {
  const present = await readGroup(tx, PLATFORM_WORKSPACE, { name: group.name });
  const strategy = group.strategy ?? present?.state.strategy;
  const wanted: GroupState = {
    name: group.name,
    ...(strategy === undefined ? {} : { strategy }),
    settings: settingsAfter(group, present?.state.settings ?? {}),
    failureKeywords: group.failureKeywords ?? present?.state.failureKeywords ?? [],
    targets: group.targets.map(({ provider, model, priority = 1, weight = 1 }) => ({ provider, model, priority, weight })).toSorted(inOrder),
  };
  const models = await modelsOfTargets(tx, PLATFORM_WORKSPACE, wanted);
  if ("wrong" in models) throw unusable(models.wrong);
  if (present && isDeepStrictEqual(present.state, wanted)) return;
  await writeGroup(tx, PLATFORM_WORKSPACE, { id: present?.id ?? ports.ids.next("group"), state: wanted }, models.ids);
  if (!present) changes.push(`group ${group.name} created`);
  else {
    const { targets, ...rest } = present.state;
    if (!isDeepStrictEqual({ ...rest, targets: [] }, { ...wanted, targets: [] })) changes.push(`group ${group.name} changed`);
    if (!isDeepStrictEqual(targets, wanted.targets)) changes.push(`targets of group ${group.name} changed`);
  }
}

/** Aliases, and what all groups of the platform have in common. */
export async function applyRouting(tx: Tx, config: ConfigFile, changes: string[]): Promise<void> {
  for (const alias of config.aliases ?? []) await applyAlias(tx, alias, changes);
  const { routing } = config;
  if (!routing) return;
  const present = await readOwner(tx, PLATFORM_WORKSPACE);
  const wanted = {
    settings: ownerSettingsAfter(routing, present?.settings ?? {}),
    failureKeywords: routing.failureKeywords ?? present?.failureKeywords ?? [],
  };
  if (present && isDeepStrictEqual(present, wanted)) return;
  await writeOwner(tx, PLATFORM_WORKSPACE, wanted);
  changes.push(`routing ${present ? "changed" : "set"}`);
}

async function applyAlias(tx: Tx, alias: NonNullable<ConfigFile["aliases"]>[number], changes: string[]): Promise<void> {
  const { name, model } = alias;
  if (!(await isNameable(tx, PLATFORM_WORKSPACE, model))) throw unusable(`the alias ${name} stands for ${model}, which is no group and no provider/model`);
  const present = await readAlias(tx, PLATFORM_WORKSPACE, name);
  if (present?.model === model) return;
  await writeAlias(tx, PLATFORM_WORKSPACE, alias);
  changes.push(`alias ${name} ${present ? "changed" : "created"}`);
}
