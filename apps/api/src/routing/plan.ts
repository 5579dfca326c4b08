/** The bounded, ordered list of attempts for one call. */
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import { isCallable } from "../catalog/snapshot.ts";
import type { HealthBook, Rest } from "./health.ts";

/** No call is tried at more targets than this, however long its group is. */
export const ATTEMPTS_MAX = 8;

export type SkipReason = "disabled" | "unpriced" | "unsupported" | "resting";

export interface Skipped {
  readonly target: Target;
  readonly reason: SkipReason;
  readonly rest?: Rest;
}

export interface Plan {
  readonly attempts: readonly Target[];
  readonly skipped: readonly Skipped[];
}

/**
 * Lowest priority number first; within one priority the cheaper first, then by name, so that the order never depends on chance.
 * @param supported whether there is an adapter for the provider's kind
 */
export function planAttempts(targets: readonly Target[], health: HealthBook, now: EpochMs, supported: (model: CatalogModel) => boolean): Plan {
  const skipped: Skipped[] = [];
  const usable: Target[] = [];
  for (const target of targets) {
    const { model } = target;
    const rest = health.restOf(model, now);
    if (!supported(model)) skipped.push({ target, reason: "unsupported" });
    else if (!isCallable(model)) skipped.push({ target, reason: model.price ? "disabled" : "unpriced" });
    else if (rest) skipped.push({ target, reason: "resting", rest });
    else usable.push(target);
  }
  if (usable.length > 1) usable.sort(inOrder);
  return { attempts: usable.slice(0, ATTEMPTS_MAX), skipped };
}

function inOrder(a: Target, b: Target): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const price = priceOf(a) - priceOf(b);
  if (price !== 0n) return price < 0n ? -1 : 1;
  return a.model.provider.name < b.model.provider.name ? -1 : 1;
}

const priceOf = ({ model }: Target): bigint => (model.price ? model.price.inputPerMillion + model.price.outputPerMillion : 0n);
