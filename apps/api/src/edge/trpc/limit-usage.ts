/** Says how much of limits is used now, for whoever may see them. */
import type { EpochMs } from "@switchyard/shared/kernel/time";
import type { LimitUsageRow } from "@switchyard/shared/wire/console/limits";
import type { Bound, BoundUsage, Limiter } from "../../limits/limiter.ts";

/** Asked of the counts at once. */
const BOUNDS_MOST = 200;

export interface UsageOwner {
  /** What it is called in the answer. */
  readonly id: string;
  readonly bounds: readonly Bound[];
}

/** @returns for each owner the use of its limits; what is counted as one limit is one row */
export async function usageOf(
  limiter: Pick<Limiter, "usage">,
  owners: readonly UsageOwner[],
  now: EpochMs,
): Promise<readonly { readonly id: string; readonly usage: readonly LimitUsageRow[] }[]> {
  const all = owners.flatMap(({ bounds }) => bounds);
  const known: BoundUsage[] = [];
  for (let from = 0; from < all.length; from += BOUNDS_MOST) known.push(...(await limiter.usage(all.slice(from, from + BOUNDS_MOST))));
  let place = 0;
  return owners.map(({ id, bounds }) => ({
    id,
    usage: bounds.map(({ limit: { kind, windowSeconds } }): LimitUsageRow => {
      const { used, resetMs, shared } = known[place++] ?? { used: 0, resetMs: 0, shared: true };
      return { kind, windowSeconds, used, freeAt: resetMs > 0 ? new Date(now + resetMs) : undefined, shared };
    }),
  }));
}
