/** What the overview says, computed from the server's figures: rates, series, what needs attention. */
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import type { Overview, OverviewTotals } from "@switchyard/shared/wire/console/overview";
import type { ProviderRow } from "@switchyard/shared/wire/console/providers";
import type { Wallet } from "@switchyard/shared/wire/console/wallet";
import { shareOf } from "../ui/format.ts";

/** Answered among answered and failed, from 0 to 1; undefined without either. What was refused or left by its client says nothing about health. */
export function successRate(totals: OverviewTotals): number | undefined {
  const decided = totals.answered + totals.failed;
  return decided === 0 ? undefined : totals.answered / decided;
}

/** How large one bucket is, in the largest unit that divides it. */
export function stepUnit(stepSeconds: number): { readonly unit: "minutes" | "hours" | "days"; readonly count: number } {
  if (stepSeconds % 86_400 === 0) return { unit: "days", count: stepSeconds / 86_400 };
  if (stepSeconds % 3_600 === 0) return { unit: "hours", count: stepSeconds / 3_600 };
  return { unit: "minutes", count: Math.round(stepSeconds / 60) };
}

export type Attention =
  | { readonly kind: "frozen" }
  | { readonly kind: "emptyWallet" }
  | { readonly kind: "resting"; readonly provider: string; readonly until: Date; readonly reason: string }
  | { readonly kind: "failing"; readonly provider: string; readonly failed: number; readonly attempts: number }
  | { readonly kind: "budget"; readonly key: KeyRow; readonly used: bigint; readonly cap: bigint; readonly share: number }
  | { readonly kind: "unpriced"; readonly provider: string; readonly model: string };

/** From here on a provider's failures are worth a line. */
const FAILING_SHARE = 0.05;
const FAILING_LEAST = 3;
/** From here on a key's budget is worth a line. */
const BUDGET_SHARE = 0.8;

interface AttentionSources {
  readonly overview: Overview;
  readonly providers: readonly ProviderRow[];
  readonly keys: readonly KeyRow[];
  readonly wallet: Wallet | undefined;
  readonly now: Date;
}

/** A fixed vocabulary of what someone should look at, the gravest first. */
export function attentionOf({ overview, providers, keys, wallet, now }: AttentionSources): readonly Attention[] {
  const money: Attention[] = wallet?.frozen === true ? [{ kind: "frozen" }] : wallet !== undefined && wallet.available <= 0n ? [{ kind: "emptyWallet" }] : [];
  const resting = providers.flatMap(({ name, resting: rest }): Attention[] => (rest && rest.until > now ? [{ kind: "resting", provider: name, ...rest }] : []));
  const failing = overview.providers.flatMap(({ provider, attempts, failed }): Attention[] =>
    failed >= FAILING_LEAST && failed / attempts >= FAILING_SHARE ? [{ kind: "failing", provider, failed, attempts }] : [],
  );
  const budgets = keys.flatMap((key): Attention[] => {
    if (key.state !== "active" || !key.budget) return [];
    const used = key.budget.used + key.budget.held;
    const share = shareOf(used, key.budget.cap);
    return share >= BUDGET_SHARE ? [{ kind: "budget", key, used, cap: key.budget.cap, share }] : [];
  });
  const unpriced = providers.flatMap(({ name, models, enabled }) =>
    models.flatMap((model): Attention[] => (enabled && model.enabled && !model.price ? [{ kind: "unpriced", provider: name, model: model.name }] : [])),
  );
  return [...money, ...resting, ...failing, ...budgets, ...unpriced];
}
