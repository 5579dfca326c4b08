/** How a call came to its targets: what its model's name meant, who was considered in which order, who was left out and why. */
import type { RouteMeaning, RouteRecord, SkipReason } from "@switchyard/shared/domain/call";
import type { Strategy } from "@switchyard/shared/domain/strategy";
import { useTranslation } from "react-i18next";
import { clockTime, count, latency, priceMoney } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { FAILURE_TEXT, isFailureWord } from "./call-story.ts";
import { STRATEGY_TEXT } from "./strategy-text.ts";

const MEANING_TEXT = {
  group: "route.group",
  alias: "route.alias",
  model: "route.model",
  bare_model: "route.bareModel",
  auto: "route.auto",
} as const satisfies Record<RouteMeaning, string>;

const SKIP_TEXT = {
  disabled: "route.disabled",
  unpriced: "route.unpriced",
  unsupported: "route.unsupported",
  incapable: "route.incapable",
  resting: "route.resting",
  beyond_bound: "route.beyondBound",
} as const satisfies Record<SkipReason, string>;

function useFigure(strategy: Strategy | undefined): (figure: number | undefined) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (figure) => {
    if (figure === undefined || strategy === undefined) return "";
    switch (strategy) {
      case "lowest_cost":
        return priceMoney(BigInt(Math.round(figure)), locale);
      case "lowest_latency":
        return figure === 0 ? t("route.unmeasured") : latency(figure, locale);
      case "highest_throughput":
        return figure === 0 ? t("route.unmeasured") : t("health.speed", { tokens: count(figure, locale) });
      case "local_first":
      case "remote_first":
        return t(figure === 1 ? "route.local" : "route.remote");
      case "weighted":
        return `${t("groups.weight")} ${figure}`;
      case "priority":
      case "round_robin":
        return `${t("groups.priority")} ${figure}`;
    }
  };
}

export function CallRoute({ route }: { readonly route: RouteRecord }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const figureOf = useFigure(route.strategy);
  return (
    <div className="flex flex-col gap-2 text-13">
      <p className="text-muted">
        {t(MEANING_TEXT[route.by], { alias: route.alias ?? "" })}
        {route.strategy === undefined ? null : ` ${t("route.by", { strategy: t(STRATEGY_TEXT[route.strategy]).toLocaleLowerCase(locale) })}`}
        {route.sticky === true ? ` ${t("route.sticky")}` : null}
      </p>
      <ol className="flex flex-col gap-1">
        {route.order.map((target, index) => (
          <li key={target} className="flex justify-between gap-4">
            <span className="min-w-0 truncate">
              <span className="mr-2 text-faint">{index + 1}</span>
              <span className="font-mono text-12">{target}</span>
            </span>
            <span className="text-12 whitespace-nowrap text-muted">{figureOf(route.figures?.[index])}</span>
          </li>
        ))}
      </ol>
      {route.skipped === undefined ? null : (
        <ul aria-label={t("route.skipped")} className="flex flex-col gap-1 border-t border-line pt-2">
          {route.skipped.map(({ target, reason, because, until }) => (
            <li key={target} className="flex justify-between gap-4">
              <span className="min-w-0 truncate font-mono text-12 text-faint line-through">{target}</span>
              <span className="text-12 text-muted">
                {t(SKIP_TEXT[reason], {
                  because: because === undefined ? "" : isFailureWord(because) ? t(FAILURE_TEXT[because]) : because,
                  time: until === undefined ? "" : clockTime(new Date(until), locale),
                })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
