/** Reads providers with their models and groups with their targets, as one workspace sees them: its own and the platform's. */
import { sql } from "kysely";
import type { Capability, ProviderKind } from "@switchyard/shared/domain/catalog";
import type { FailureKeyword, OwnerSettings, RoutingSettings } from "@switchyard/shared/domain/routing";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import { toId, type GroupId, type ModelId, type PriceId, type ProviderId } from "@switchyard/shared/kernel/id";
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import type { PriceRow } from "@switchyard/shared/wire/console/prices";
import type { ModelRow, ProviderRow } from "@switchyard/shared/wire/console/providers";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { readDimensions, type StoredDimensions } from "../price-dimensions.ts";

export type StoredPriceRow = Omit<PriceRow, "id"> & { readonly id: PriceId };
export type StoredModelRow = Omit<ModelRow, "id" | "price" | "health"> & { readonly id: ModelId; readonly price: StoredPriceRow | undefined };
/** A provider with the ids of the database. Who may see `baseUrl` and `hasKey` is decided by the edge; what rests is not known here. */
export type StoredProviderRow = Omit<ProviderRow, "id" | "models" | "baseUrl" | "keys" | "resting" | "health"> & {
  readonly id: ProviderId;
  readonly baseUrl: string;
  readonly models: readonly StoredModelRow[];
};
/** What of a group only the edge knows is added there. */
export type StoredGroupRow = Omit<GroupRow, "id" | "targets" | "revision" | "fromFile"> & {
  readonly id: GroupId;
  readonly targets: readonly (Omit<GroupRow["targets"][number], "price" | "health"> & {
    readonly price: StoredPriceRow | undefined;
    readonly modelId: ModelId;
    readonly providerId: ProviderId;
  })[];
};

interface PriceColumns {
  price_id: string | null;
  effective_at: Date | null;
  source: string | null;
  input_per_million: bigint | null;
  cached_input_per_million: bigint | null;
  cache_write_per_million: bigint | null;
  output_per_million: bigint | null;
  reasoning_per_million: bigint | null;
  per_call: bigint | null;
  further: StoredDimensions["further"] | null;
  tiers: StoredDimensions["tiers"] | null;
  service_tiers: StoredDimensions["service_tiers"] | null;
}

/** A catalog is bounded by hand; this is where the console stops showing it. */
const PROVIDERS_MAX = 500;
const MODELS_MAX = 5_000;
const GROUPS_MAX = 1_000;
const TARGETS_MAX = 10_000;
const ALIASES_MAX = 5_000;

/** Today's price of `m`: the last one that has begun. */
const currentPrice = sql`left join lateral (select x.id as price_id, x.effective_at, x.source, x.input_per_million, x.cached_input_per_million, x.cache_write_per_million,
    x.output_per_million, x.reasoning_per_million, x.per_call, x.further, x.tiers, x.service_tiers from switchyard.prices x
   where x.workspace_id = m.workspace_id and x.model_id = m.id and x.effective_at <= clock_timestamp() order by x.effective_at desc limit 1) p on true`;

export async function listProviders(tx: PrincipalTx): Promise<StoredProviderRow[]> {
  const providers = await sql<{ id: string; name: string; kind: ProviderKind; base_url: string; enabled: boolean; shared: boolean; has_key: boolean | null }>`
    select p.id, p.name, p.kind, p.base_url, p.enabled, p.workspace_id <> (select access.current_workspace()) as shared,
           case when p.workspace_id = (select access.current_workspace()) then p.id in (select access.providers_with_key()) end as has_key
      from switchyard.providers p where p.deleted_at is null order by shared, p.name limit ${PROVIDERS_MAX}`.execute(tx);
  const models = await sql<
    PriceColumns & {
      id: string;
      provider_id: string;
      name: string;
      context_window: number | null;
      max_output: number | null;
      capabilities: Capability[];
      enabled: boolean;
    }
  >`
    select m.id, m.provider_id, m.name, m.context_window, m.max_output, m.capabilities, m.enabled, p.*
      from switchyard.models m ${currentPrice} where m.deleted_at is null order by m.name limit ${MODELS_MAX}`.execute(tx);
  const byProvider = Map.groupBy(models.rows, (model) => model.provider_id);
  return providers.rows.map((provider) => ({
    id: toId("provider", provider.id),
    name: provider.name,
    kind: provider.kind,
    baseUrl: provider.base_url,
    enabled: provider.enabled,
    shared: provider.shared,
    hasKey: provider.has_key ?? undefined,
    models: (byProvider.get(provider.id) ?? []).map((model) => ({
      id: toId("model", model.id),
      name: model.name,
      contextWindow: model.context_window ?? undefined,
      maxOutput: model.max_output ?? undefined,
      capabilities: model.capabilities,
      enabled: model.enabled,
      price: priceRow(model),
    })),
  }));
}

export async function listGroups(tx: PrincipalTx): Promise<StoredGroupRow[]> {
  const groups = await sql<{
    id: string;
    name: string;
    strategy: Strategy;
    own_strategy: Strategy | null;
    settings: RoutingSettings;
    failure_keywords: FailureKeyword[];
    shared: boolean;
  }>`
    select g.id, g.name, coalesce(g.strategy, own.settings->>'strategy', shared.settings->>'strategy', 'priority') as strategy, g.strategy as own_strategy,
           g.settings, g.failure_keywords, g.workspace_id <> (select access.current_workspace()) as shared
      from switchyard.groups g
      left join switchyard.routing_settings own on own.workspace_id = g.workspace_id
      left join switchyard.routing_settings shared on shared.workspace_id = access.platform_workspace() order by 7, g.name limit ${GROUPS_MAX}`.execute(tx);
  const targets = await sql<
    PriceColumns & {
      group_id: string;
      model_id: string;
      provider_id: string;
      provider: string;
      model: string;
      priority: number;
      weight: number;
      enabled: boolean;
    }
  >`
    select t.group_id, m.id as model_id, v.id as provider_id, v.name as provider, m.name as model, t.priority, t.weight, m.enabled and v.enabled as enabled, p.*
      from switchyard.targets t
      join switchyard.models m on m.workspace_id = t.workspace_id and m.id = t.model_id
      join switchyard.providers v on v.workspace_id = m.workspace_id and v.id = m.provider_id
      ${currentPrice} order by t.priority, v.name, m.name limit ${TARGETS_MAX}`.execute(tx);
  const byGroup = Map.groupBy(targets.rows, (target) => target.group_id);
  return groups.rows.map((group) => ({
    id: toId("group", group.id),
    name: group.name,
    strategy: group.strategy,
    ownStrategy: group.own_strategy ?? undefined,
    shared: group.shared,
    settings: group.settings,
    failureKeywords: group.failure_keywords,
    targets: (byGroup.get(group.id) ?? []).map((target) => {
      const price = priceRow(target);
      return {
        modelId: toId("model", target.model_id),
        providerId: toId("provider", target.provider_id),
        provider: target.provider,
        model: target.model,
        priority: target.priority,
        weight: target.weight,
        enabled: target.enabled,
        priced: price !== undefined,
        price,
      };
    }),
  }));
}

function priceRow(row: PriceColumns): StoredPriceRow | undefined {
  if (row.price_id === null || row.effective_at === null) return undefined;
  return {
    id: toId("price", row.price_id),
    effectiveAt: row.effective_at,
    source: row.source ?? "",
    inputPerMillion: row.input_per_million ?? 0n,
    cachedInputPerMillion: row.cached_input_per_million ?? 0n,
    cacheWritePerMillion: row.cache_write_per_million ?? 0n,
    outputPerMillion: row.output_per_million ?? 0n,
    reasoningPerMillion: row.reasoning_per_million ?? 0n,
    perCall: row.per_call ?? 0n,
    ...readDimensions({ further: row.further ?? {}, tiers: row.tiers ?? [], service_tiers: row.service_tiers ?? {} }),
  };
}

/** Another name, as one workspace sees it: its own and the platform's. */
export interface StoredAliasRow {
  readonly name: string;
  readonly model: string;
  readonly shared: boolean;
}

export async function listAliases(tx: PrincipalTx): Promise<StoredAliasRow[]> {
  const rows = await sql<StoredAliasRow>`
    select a.name, a.stands_for as model, a.workspace_id <> (select access.current_workspace()) as shared
      from switchyard.aliases a order by shared, a.name limit ${ALIASES_MAX}`.execute(tx);
  return rows.rows;
}

/** What the platform sets for all groups. */
export async function platformRouting(
  tx: PrincipalTx,
): Promise<{ readonly settings: OwnerSettings; readonly failureKeywords: readonly FailureKeyword[] } | undefined> {
  const found = await sql<{ settings: OwnerSettings; failure_keywords: FailureKeyword[] }>`
    select settings, failure_keywords from switchyard.routing_settings where workspace_id = access.platform_workspace()`.execute(tx);
  const [row] = found.rows;
  return row && { settings: row.settings, failureKeywords: row.failure_keywords };
}
