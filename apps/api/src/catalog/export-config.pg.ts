/** Writes the present state as a configuration file; secrets stand as the variables they will have to come from. */
import { sql, type Kysely, type Selectable } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database, ProviderSecretsTable } from "@switchyard/db/schema";
import type { Limit } from "@switchyard/shared/domain/limit";
import { formatUsd, nano } from "@switchyard/shared/kernel/money";
import { writePrice } from "./price-fields.ts";
import { keyNameAt, variableOf } from "./provider-keys.ts";
import { keywordsWritten, settingsWritten } from "./routing-settings.ts";
import { priceTerms } from "./write-price.pg.ts";

const variable = (...parts: string[]): string => `env:${variableOf(parts.join("_"))}`;

type StoredKey = Pick<Selectable<ProviderSecretsTable>, "name" | "weight">;

/** One key without a name of its own stands as `apiKey`, any others as a list. */
function writeKeys(provider: string, keys: readonly StoredKey[]): Record<string, unknown> {
  const [first] = keys;
  if (!first) return {};
  if (keys.length === 1 && first.name === keyNameAt(0)) return { apiKey: variable(provider, "key") };
  return {
    apiKeys: keys.map(({ name, weight }, index) => ({
      key: name === keyNameAt(index) ? variable(provider, name) : variable(provider, name, "key"),
      name,
      ...(weight === 1 ? {} : { weight }),
    })),
  };
}

/** @returns an object in the shape of the configuration file. People's passwords and the credit once granted are not part of it. */
export async function exportConfig(worker: Kysely<Database>): Promise<Record<string, unknown>> {
  return worker
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => ({
      ...writeLimits("addressLimits", await addressLimits(tx)),
      providers: await exportProviders(tx),
      groups: await exportGroups(tx),
      ...(await exportRouting(tx)),
      workspaces: await exportWorkspaces(tx),
      operatorKeys: (await liveKeys(tx))
        .filter((key) => key.workspace_id === PLATFORM_WORKSPACE)
        .map((key) => ({ name: key.name, secret: variable("operator", key.name, "key") })),
    }));
}

/** The field of the file in which they stand; absent when there are none. */
function writeLimits(field: string, limits: readonly Limit[]): Record<string, unknown> {
  if (limits.length === 0) return {};
  return {
    [field]: limits.map(({ kind, max, windowSeconds }) => ({
      kind,
      max: kind === "cost" ? formatUsd(nano(BigInt(max))) : max,
      ...(kind === "concurrency" ? {} : { windowSeconds }),
    })),
  };
}

async function addressLimits(tx: Kysely<Database>): Promise<readonly Limit[]> {
  const found = await tx.selectFrom("switchyard.workspaces").select("address_limits").where("workspace_id", "=", PLATFORM_WORKSPACE).executeTakeFirst();
  return found?.address_limits ?? [];
}

async function exportProviders(tx: Kysely<Database>): Promise<unknown[]> {
  const providers = await tx
    .selectFrom("switchyard.providers")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("deleted_at", "is", null)
    .orderBy("name")
    .execute();
  const secrets = await tx.selectFrom("switchyard.provider_secrets").select(["provider_id", "name", "weight"]).orderBy("place").orderBy("name").execute();
  const keysOf = Map.groupBy(secrets, (row) => row.provider_id);
  const models = await tx
    .selectFrom("switchyard.models")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("deleted_at", "is", null)
    .orderBy("name")
    .execute();
  const prices = await tx
    .selectFrom("switchyard.prices")
    .selectAll()
    .distinctOn("model_id")
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("effective_at", "<=", sql<Date>`clock_timestamp()`)
    .orderBy("model_id")
    .orderBy("effective_at", "desc")
    .orderBy("id", "desc")
    .execute();
  const priceOf = new Map(prices.map((price) => [price.model_id, price]));
  return providers.map((provider) => ({
    name: provider.name,
    kind: provider.kind,
    ...(provider.base_url ? { baseUrl: provider.base_url } : {}),
    ...writeKeys(provider.name, keysOf.get(provider.id) ?? []),
    ...(Object.keys(provider.headers).length > 0 ? { headers: provider.headers } : {}),
    enabled: provider.enabled,
    ...writeLimits("limits", provider.limits),
    ...(provider.is_local === null ? {} : { local: provider.is_local }),
    ...(provider.probe_seconds === null ? {} : { probeSeconds: provider.probe_seconds }),
    ...(provider.responses === null ? {} : { responses: provider.responses }),
    models: models
      .filter((model) => model.provider_id === provider.id)
      .map((model) => {
        const price = priceOf.get(model.id);
        return {
          id: model.name,
          ...(model.context_window === null ? {} : { contextWindow: model.context_window }),
          ...(model.max_output === null ? {} : { maxOutput: model.max_output }),
          capabilities: model.capabilities,
          enabled: model.enabled,
          ...(price ? { price: writePrice(priceTerms(price)) } : {}),
        };
      }),
  }));
}

async function exportGroups(tx: Kysely<Database>): Promise<unknown[]> {
  const groups = await tx.selectFrom("switchyard.groups").selectAll().where("workspace_id", "=", PLATFORM_WORKSPACE).orderBy("name").execute();
  const targets = await tx
    .selectFrom("switchyard.targets as t")
    .innerJoin("switchyard.models as m", (join) => join.onRef("m.workspace_id", "=", "t.workspace_id").onRef("m.id", "=", "t.model_id"))
    .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
    .select(["t.group_id", "p.name as provider", "m.name as model", "t.priority", "t.weight"])
    .where("t.workspace_id", "=", PLATFORM_WORKSPACE)
    .orderBy("t.priority")
    .orderBy("p.name")
    .execute();
  return groups.map((group) => ({
    name: group.name,
    ...(group.strategy === null ? {} : { strategy: group.strategy }),
    targets: targets.filter((target) => target.group_id === group.id).map(({ provider, model, priority, weight }) => ({ provider, model, priority, weight })),
    ...settingsWritten(group.settings),
    ...(group.failure_keywords.length > 0 ? { failureKeywords: keywordsWritten(group.failure_keywords) } : {}),
  }));
}

async function exportRouting(tx: Kysely<Database>): Promise<Record<string, unknown>> {
  const aliases = await tx.selectFrom("switchyard.aliases").selectAll().where("workspace_id", "=", PLATFORM_WORKSPACE).orderBy("name").execute();
  const set = await tx.selectFrom("switchyard.routing_settings").selectAll().where("workspace_id", "=", PLATFORM_WORKSPACE).executeTakeFirst();
  return {
    ...(aliases.length > 0 ? { aliases: aliases.map((alias) => ({ name: alias.name, model: alias.stands_for })) } : {}),
    ...(set
      ? {
          routing: {
            ...settingsWritten(set.settings),
            ...(set.failure_keywords.length > 0 ? { failureKeywords: keywordsWritten(set.failure_keywords) } : {}),
          },
        }
      : {}),
  };
}

async function exportWorkspaces(tx: Kysely<Database>): Promise<unknown[]> {
  const workspaces = await tx.selectFrom("switchyard.workspaces").selectAll().where("kind", "!=", "platform").orderBy("name").execute();
  const members = await tx
    .selectFrom("switchyard.members as m")
    .innerJoin("switchyard.users as u", "u.id", "m.user_id")
    .select(["m.workspace_id", "m.role", "m.limits", "u.email"])
    .orderBy("u.email")
    .execute();
  const keys = await liveKeys(tx);
  const budgets = new Map((await tx.selectFrom("ledger.budgets").selectAll().execute()).map((budget) => [budget.key_id, budget]));
  return workspaces.map((workspace) => ({
    name: workspace.name,
    ...writeLimits("limits", workspace.limits),
    members: members
      .filter((member) => member.workspace_id === workspace.workspace_id)
      .map(({ email, role, limits }) => ({ email, role, ...writeLimits("limits", limits) })),
    keys: keys
      .filter((key) => key.workspace_id === workspace.workspace_id)
      .map((key) => {
        const budget = budgets.get(key.id);
        return {
          name: key.name,
          secret: variable(workspace.name, key.name, "key"),
          ...(key.groups ? { groups: key.groups } : {}),
          ...writeLimits("limits", key.limits),
          ...(key.cache_seconds === null ? {} : { cache: { ttlSeconds: key.cache_seconds } }),
          ...(budget ? { budget: { max: formatUsd(budget.cap), ...(budget.window_days === null ? {} : { windowDays: budget.window_days }) } } : {}),
          enabled: key.enabled,
          ...(key.expires_at ? { expiresAt: key.expires_at.toISOString() } : {}),
        };
      }),
  }));
}

const liveKeys = (tx: Kysely<Database>) => tx.selectFrom("switchyard.api_keys").selectAll().where("revoked_at", "is", null).orderBy("name").execute();
