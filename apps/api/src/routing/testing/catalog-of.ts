/** A small catalog for tests: models by `provider/model`, groups by name. */
import type { CatalogAlias, CatalogGroup, CatalogModel, CatalogProvider, Target } from "@switchyard/shared/domain/catalog";
import { DEFAULT_OWNER, DEFAULT_ROUTING, type OwnerPolicy, type RoutingPolicy } from "@switchyard/shared/domain/routing";
import { type Strategy } from "@switchyard/shared/domain/strategy";
import { toId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import { nano } from "@switchyard/shared/kernel/money";
import { buildSnapshot, type CatalogSnapshot } from "../../catalog/snapshot.ts";

export const PLATFORM: WorkspaceId = toId("workspace", "00000000-0000-7000-8000-000000000001");
export const ACME: WorkspaceId = toId("workspace", "00000000-0000-7000-8000-00000000000a");
export const OTHER: WorkspaceId = toId("workspace", "00000000-0000-7000-8000-00000000000b");

/** The same text has the same id, and two texts never share one. */
const uuids = new Map<string, string>();
const uuidOf = (text: string): string => {
  const known = uuids.get(text) ?? `00000000-0000-7000-9000-${(uuids.size + 1).toString(16).padStart(12, "0")}`;
  uuids.set(text, known);
  return known;
};

/** `perMillion` in nano-dollars, undefined for a model without a price. */
export function modelOf(
  name: string,
  options: { owner?: WorkspaceId; perMillion?: bigint | undefined; enabled?: boolean; local?: boolean } = {},
): CatalogModel {
  const { owner = PLATFORM, enabled = true } = options;
  const perMillion = "perMillion" in options ? options.perMillion : 1_000n;
  const [providerName = "", modelName = ""] = name.split("/");
  const provider: CatalogProvider = {
    id: toId("provider", uuidOf(`${owner}${providerName}`)),
    workspaceId: owner,
    name: providerName,
    kind: "openai",
    baseUrl: "",
    enabled: true,
    limits: [],
    local: options.local ?? false,
    probeSeconds: undefined,
    probeFailures: 3,
  };
  const each = nano(perMillion ?? 0n);
  return {
    id: toId("model", uuidOf(`${owner}${name}`)),
    provider,
    name: modelName,
    contextWindow: undefined,
    maxOutput: undefined,
    capabilities: ["chat"],
    enabled,
    price:
      perMillion === undefined
        ? undefined
        : {
            id: toId("price", uuidOf("p")),
            inputPerMillion: each,
            cachedInputPerMillion: each,
            cacheWritePerMillion: each,
            outputPerMillion: each,
            reasoningPerMillion: each,
            perCall: nano(0n),
          },
  };
}

export const targetOf = (model: CatalogModel, priority = 1, weight = 1): Target => ({ model, priority, weight });

export const groupOf = (
  name: string,
  targets: readonly (readonly [CatalogModel, number])[],
  owner: WorkspaceId = PLATFORM,
  more: { strategy?: Strategy; policy?: RoutingPolicy } = {},
): CatalogGroup => ({
  id: toId("group", uuidOf(`${owner}${name}`)),
  workspaceId: owner,
  name,
  strategy: more.strategy ?? "priority",
  policy: more.policy ?? DEFAULT_ROUTING,
  targets: targets.map(([model, priority]) => targetOf(model, priority)),
});

export const snapshotOf = (
  models: readonly CatalogModel[],
  groups: readonly CatalogGroup[],
  aliases: readonly CatalogAlias[] = [],
  policy: OwnerPolicy = DEFAULT_OWNER,
): CatalogSnapshot => buildSnapshot({ models, groups, aliases, policyOf: () => policy }, PLATFORM);
