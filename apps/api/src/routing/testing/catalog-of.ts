/** A small catalog for tests: models by `provider/model`, groups by name. */
import type { CatalogGroup, CatalogModel, CatalogProvider } from "@switchyard/shared/domain/catalog";
import { toId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import { nano } from "@switchyard/shared/kernel/money";
import { buildSnapshot, type CatalogSnapshot } from "../../catalog/snapshot.ts";

export const PLATFORM: WorkspaceId = toId("workspace", "00000000-0000-7000-8000-000000000001");
export const ACME: WorkspaceId = toId("workspace", "00000000-0000-7000-8000-00000000000a");
export const OTHER: WorkspaceId = toId("workspace", "00000000-0000-7000-8000-00000000000b");

const uuidOf = (text: string): string => `00000000-0000-7000-8000-${Buffer.from(text).toString("hex").padStart(12, "0").slice(-12)}`;

/** `perMillion` in nano-dollars, undefined for a model without a price. */
export function modelOf(name: string, options: { owner?: WorkspaceId; perMillion?: bigint | undefined; enabled?: boolean } = {}): CatalogModel {
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

export const groupOf = (name: string, targets: readonly (readonly [CatalogModel, number])[], owner: WorkspaceId = PLATFORM): CatalogGroup => ({
  id: toId("group", uuidOf(`${owner}${name}`)),
  workspaceId: owner,
  name,
  strategy: "priority",
  failureKeywords: [],
  targets: targets.map(([model, priority]) => ({ model, priority })),
});

export const snapshotOf = (models: readonly CatalogModel[], groups: readonly CatalogGroup[]): CatalogSnapshot => buildSnapshot(models, groups, PLATFORM);
