/** Notices when the health of a provider or a model is not what it was a moment ago. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { HealthState } from "@switchyard/shared/domain/routing";
import type { ModelId, ProviderId, ProviderKeyId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { qualifiedName, type CatalogSnapshot } from "../catalog/snapshot.ts";
import { stateOfRest, type HealthBook } from "./health.ts";

export interface HealthChange {
  /** `provider` or `provider/model`. */
  readonly name: string;
  readonly from: HealthState;
  readonly to: HealthState;
}

/** What is switched off, or belongs to what is, has no other state. */
export const stateOfModel = (model: CatalogModel, health: HealthBook, now: EpochMs): HealthState =>
  model.enabled && model.provider.enabled ? health.evidenceOf(model, now).state : "disabled";

/**
 * A provider's own rest, else what its models are: as ill as all of them, or degraded when some are, or one of its keys rests.
 * @param models states of its models
 */
export function stateOfProvider(
  provider: { readonly id: ProviderId; readonly enabled: boolean; readonly keys?: readonly { readonly id: ProviderKeyId }[] | undefined },
  models: readonly HealthState[],
  health: HealthBook,
  now: EpochMs,
): HealthState {
  if (!provider.enabled) return "disabled";
  const rest = health.restOfProvider(provider.id);
  const own = rest && stateOfRest(rest, now);
  if (own && own !== "degraded") return own;
  const used = models.filter((state) => state !== "disabled");
  for (const state of ["down", "resting"] as const) if (used.length > 0 && used.every((one) => one === state)) return state;
  const keyIsIll = provider.keys?.some(({ id }) => health.restOfKey(id) !== undefined) === true;
  return own === "degraded" || keyIsIll || used.some((state) => state !== "healthy") ? "degraded" : "healthy";
}

export class HealthWatch {
  #states = new Map<ModelId | ProviderId, HealthState>();

  /** @returns what changed since the last look; nothing at the first, and nothing about what is new */
  look(catalog: CatalogSnapshot, health: HealthBook, now: EpochMs): HealthChange[] {
    const states = new Map<ModelId | ProviderId, HealthState>();
    const changes: HealthChange[] = [];
    const note = (id: ModelId | ProviderId, name: string, to: HealthState): void => {
      const from = this.#states.get(id);
      states.set(id, to);
      if (from !== undefined && from !== to) changes.push({ name, from, to });
    };
    for (const shelf of catalog.byWorkspace.values()) {
      const byProvider = Map.groupBy(shelf.models.values(), (model) => model.provider);
      for (const [provider, models] of byProvider) {
        const modelStates = models.map((model) => stateOfModel(model, health, now));
        models.forEach((model, index) => note(model.id, qualifiedName(model), modelStates[index] ?? "healthy"));
        note(provider.id, provider.name, stateOfProvider(provider, modelStates, health, now));
      }
    }
    this.#states = states;
    return changes;
  }
}
