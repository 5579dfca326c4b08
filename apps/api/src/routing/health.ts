/** Which targets are left alone for now, and why. One program's memory; time is given, never read. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { ModelId, ProviderId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";

export interface Rest {
  readonly until: EpochMs;
  readonly reason: ProviderFailureKind;
}

export class HealthBook {
  readonly #models = new Map<ModelId, Rest>();
  readonly #providers = new Map<ProviderId, Rest>();

  /** A rest never becomes shorter by a later, milder failure. */
  restModel(model: ModelId, rest: Rest): void {
    if ((this.#models.get(model)?.until ?? 0) < rest.until) this.#models.set(model, rest);
  }

  restProvider(provider: ProviderId, rest: Rest): void {
    if ((this.#providers.get(provider)?.until ?? 0) < rest.until) this.#providers.set(provider, rest);
  }

  /** An answer came: whatever was wrong is over. */
  recovered(model: CatalogModel): void {
    if (this.#models.size > 0) this.#models.delete(model.id);
    if (this.#providers.size > 0) this.#providers.delete(model.provider.id);
  }

  restOf(model: CatalogModel, now: EpochMs): Rest | undefined {
    const rests = [this.#models.get(model.id), this.#providers.get(model.provider.id)].filter((rest) => rest !== undefined && rest.until > now);
    return rests.reduce<Rest | undefined>((longest, rest) => (!longest || (rest && rest.until > longest.until) ? rest : longest), undefined);
  }

  restOfProvider(provider: ProviderId, now: EpochMs): Rest | undefined {
    const rest = this.#providers.get(provider);
    return rest && rest.until > now ? rest : undefined;
  }
}
