/** The overview's lists: what needs attention, who was paid, how the providers do. */
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import type { Overview } from "@switchyard/shared/wire/console/overview";
import type { ProviderRow } from "@switchyard/shared/wire/console/providers";
import type { Wallet } from "@switchyard/shared/wire/console/wallet";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { paths } from "../paths.ts";
import { HealthBars, ShareBar } from "../ui/bars.tsx";
import { Card } from "../ui/card.tsx";
import { nowMs } from "../ui/clock.ts";
import { clockTime, count, percent, wholePercent, shareOf, sumMoney } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { seriesColors } from "../ui/series-color.ts";
import { attentionOf, type Attention } from "./overview-figures.ts";

interface Line {
  readonly title: string;
  readonly text: string;
  readonly href: string;
}

function useAttentionLine(workspace: string, range: string): (one: Attention) => Line {
  const { t } = useTranslation();
  const locale = useLocale();
  return (one) => {
    switch (one.kind) {
      case "frozen":
        return { title: t("overview.attentionFrozen"), text: t("overview.attentionFrozenText"), href: paths.wallet(workspace) };
      case "emptyWallet":
        return { title: t("overview.attentionEmptyWallet"), text: t("overview.attentionEmptyWalletText"), href: paths.wallet(workspace) };
      case "resting":
        return {
          title: t("overview.attentionResting", { provider: one.provider, time: clockTime(one.until, locale) }),
          text: one.reason,
          href: paths.providers(workspace),
        };
      case "failing":
        return {
          title: t("overview.attentionFailing", { provider: one.provider, failed: count(one.failed, locale), attempts: count(one.attempts, locale) }),
          text: t("overview.attentionFailingText", { rate: percent(1 - one.failed / one.attempts, locale) }),
          href: paths.calls(workspace, { range, outcome: "failed,failed_over" }),
        };
      case "budget":
        return {
          title: t("overview.attentionBudget", { key: one.key.name, share: percent(one.share, locale) }),
          text: t("overview.attentionBudgetText", { used: sumMoney(one.used, locale), cap: sumMoney(one.cap, locale) }),
          href: paths.keys(workspace),
        };
      case "unpriced":
        return {
          title: t("overview.attentionUnpriced", { model: `${one.provider}/${one.model}` }),
          text: t("overview.attentionUnpricedText"),
          href: paths.providers(workspace),
        };
    }
  };
}

interface AttentionCardProps {
  readonly workspace: string;
  readonly range: string;
  readonly overview: Overview;
  readonly providers: readonly ProviderRow[];
  readonly keys: readonly KeyRow[];
  readonly wallet: Wallet | undefined;
}

export function AttentionCard({ workspace, range, ...sources }: AttentionCardProps) {
  const { t } = useTranslation();
  const lineOf = useAttentionLine(workspace, range);
  const lines = attentionOf({ ...sources, now: new Date(nowMs()) }).map(lineOf);
  if (lines.length === 0) {
    return (
      <p className="flex items-center gap-2 px-1 text-13 text-muted">
        <CircleCheck aria-hidden size={15} className="text-ok-mark" />
        {t("overview.attentionNone")}
      </p>
    );
  }
  return (
    <section aria-label={t("overview.attention")} className="rounded-10 border border-line bg-surface">
      <h2 className="flex items-center gap-2 px-4 py-3 text-14 font-semibold">
        {t("overview.attention")}
        <span className="rounded-full bg-warn-tint px-2 text-12 font-medium text-warn">{lines.length}</span>
      </h2>
      <ul>
        {lines.map((line) => (
          <li key={line.title} className="border-t border-line">
            <AppLink href={line.href} className="flex items-start gap-3 px-4 py-3 last:rounded-b-10 hover:bg-hover">
              <TriangleAlert aria-hidden size={15} className="mt-0.5 shrink-0 text-warn-mark" />
              <span className="min-w-0">
                <span className="block text-13 font-medium">{line.title}</span>
                <span className="block text-12 text-muted">{line.text}</span>
              </span>
            </AppLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ListCardProps {
  readonly workspace: string;
  readonly range: string;
  readonly overview: Overview;
}

const MODELS_SHOWN = 6;

export function ModelMix({ workspace, range, overview }: ListCardProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const charged = overview.models.reduce((sum, one) => sum + one.charged, 0n);
  const calls = overview.models.reduce((sum, one) => sum + one.calls, 0);
  const models = overview.models.slice(0, MODELS_SHOWN);
  const colors = seriesColors(models.map((one) => `${one.provider}/${one.model}`));
  return (
    <Card title={t("overview.models")} text={charged > 0n ? t("overview.modelsText") : t("overview.modelsByCalls")}>
      <ul className="mt-3 flex flex-col gap-3">
        {models.map((one, index) => {
          const share = charged > 0n ? shareOf(one.charged, charged) : one.calls / Math.max(1, calls);
          return (
            <li key={`${one.provider}/${one.model}`}>
              <AppLink href={paths.calls(workspace, { range, provider: one.provider, model: one.model })} className="group block rounded-4">
                <span className="mb-1 flex items-baseline gap-2 text-13">
                  <code className="min-w-0 truncate font-mono text-12 group-hover:underline">{one.model}</code>
                  <span className="truncate text-12 text-muted">{one.provider}</span>
                  <span className="ml-auto shrink-0 text-12 text-muted">{wholePercent(share, locale)}</span>
                  <span className="shrink-0 font-medium" data-tip={t("calls.inRange", { count: one.calls })}>
                    {charged > 0n ? sumMoney(one.charged, locale) : count(one.calls, locale)}
                  </span>
                </span>
                <ShareBar share={share} color={colors[index] ?? "idle-mark"} />
              </AppLink>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

export function ProviderHealth({ workspace, range, overview, step }: ListCardProps & { readonly step: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Card className="lg:col-span-2" title={t("overview.health")} text={t("overview.healthText", { step })}>
      <ul className="mt-3 flex flex-col gap-4">
        {overview.providers.map((one) => {
          const rate = one.attempts === 0 ? undefined : 1 - one.failed / one.attempts;
          return (
            <li key={one.provider}>
              <AppLink
                href={paths.calls(workspace, { range, provider: one.provider })}
                className="group grid grid-cols-[minmax(72px,120px)_1fr_64px] items-center gap-3 rounded-4 text-13"
              >
                <span className="truncate font-medium group-hover:underline">{one.provider}</span>
                <HealthBars buckets={one.buckets} />
                <span className={`text-right ${rate !== undefined && rate < 0.95 ? "font-medium text-warn" : ""}`}>
                  {rate === undefined ? "–" : percent(rate, locale)}
                </span>
                <span className="sr-only">
                  {rate === undefined
                    ? t("overview.healthIdle")
                    : t("overview.healthRow", { rate: percent(rate, locale), attempts: count(one.attempts, locale) })}
                </span>
              </AppLink>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
