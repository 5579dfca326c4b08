/** How what may rest stands: open, resting, or waiting for somebody to find out whether it is well again. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { ModelId, ProviderId, ProviderKeyId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";

export interface Rest {
  readonly since: EpochMs;
  readonly until: EpochMs;
  readonly reason: ProviderFailureKind;
  /** How many rests came before it without an answer between. */
  readonly level: number;
}

/** What may rest: a model, a provider, one key of it, or a model at one key. Ids never meet: all are UUIDs. */
export type RestId = ModelId | ProviderId | ProviderKeyId | `${ProviderKeyId}/${ModelId}`;

/** A model and its provider, as far as health is concerned. */
export interface HealthSubject {
  readonly id: ModelId;
  readonly provider: { readonly id: ProviderId; readonly keys?: readonly { readonly id: ProviderKeyId }[] | undefined };
}

export type Standing =
  | { readonly kind: "open" }
  | { readonly kind: "resting"; readonly rest: Rest }
  /** The rest is over and nobody has had an answer yet. */
  | { readonly kind: "half_open"; readonly rest: Rest; readonly probed: boolean };

export const OPEN: Standing = { kind: "open" };

export const targetIds = (model: HealthSubject): readonly RestId[] => [model.id, model.provider.id];
export const atKey = (model: Pick<HealthSubject, "id">, key: ProviderKeyId): `${ProviderKeyId}/${ModelId}` => `${key}/${model.id}`;
export const keyIds = (model: Pick<HealthSubject, "id">, key: ProviderKeyId): readonly RestId[] => [key, atKey(model, key)];
/** @param key which of several keys; undefined where there is no choice */
export const idsOf = (model: HealthSubject, key: ProviderKeyId | undefined): readonly RestId[] =>
  key === undefined ? targetIds(model) : [...targetIds(model), ...keyIds(model, key)];

/** Of several keys the one that may serve soonest tells for all of them. */
export const best = (standings: readonly Standing[]): Standing => standings.reduce((one, other) => (graver(one, other) === one ? other : one));

/** The one that keeps calls off for longer; the first of equals. */
export function graver(one: Standing, other: Standing): Standing {
  if (one.kind === "open") return other;
  if (other.kind === "open") return one;
  if (one.kind !== other.kind) return one.kind === "resting" ? one : other;
  if (isProbed(one) !== isProbed(other)) return isProbed(one) ? one : other;
  return other.rest.until > one.rest.until ? other : one;
}

const isProbed = (standing: Standing): boolean => standing.kind === "half_open" && standing.probed;
