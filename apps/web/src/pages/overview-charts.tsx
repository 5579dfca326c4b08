/** The overview's charts over time: traffic, first token, total time, tokens, spend. */
import type { Overview } from "@switchyard/shared/wire/console/overview";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { paths } from "../paths.ts";
import { axisMoney, callMoney, chartDollars, compactCount, count, hourMinute, latency, shortDay } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import type { TimeChartProps } from "../ui/time-chart-props.ts";
import { TimeChart } from "../ui/time-chart.tsx";
import { rangeBetween } from "./calls-range.ts";

const NANO_PER_DOLLAR = 1_000_000_000;
const LONG_STEP_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

interface ChartsProps {
  readonly overview: Overview;
  readonly workspace: string;
  /** The size of a bucket in words. */
  readonly step: string;
}

function useTimeFormat(overview: Overview): (at: Date) => string {
  const locale = useLocale();
  if (overview.stepSeconds >= DAY_SECONDS) return (at) => shortDay(at, locale);
  if (overview.stepSeconds > LONG_STEP_SECONDS / 2) return (at) => `${shortDay(at, locale)} ${hourMinute(at, locale)}`;
  return (at) => hourMinute(at, locale);
}

export function Charts({ overview, workspace, step }: ChartsProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const router = useRouter();
  const { buckets, stepSeconds } = overview;
  const shared = {
    times: buckets.map(({ at }) => at),
    stepSeconds,
    formatTime: useTimeFormat(overview),
    onPick: (index: number) => {
      const at = buckets[index]?.at;
      if (at) router.history.push(paths.calls(workspace, { range: rangeBetween(at, new Date(at.getTime() + stepSeconds * 1_000)) }));
    },
  } satisfies Partial<TimeChartProps>;
  const counted = { whole: true, formatValue: (value: number) => count(value, locale), formatAxis: (value: number) => compactCount(value, locale) };
  const timed = { formatValue: (value: number) => latency(value, locale), formatAxis: (value: number) => latency(value, locale) };
  return (
    <>
      <TimeChart
        {...shared}
        {...counted}
        kind="bars"
        title={t("overview.traffic")}
        text={t("overview.trafficText", { step })}
        series={[
          { label: t("overview.answered"), color: "quiet", values: buckets.map((one) => one.answered - one.failedOver - one.cached) },
          { label: t("overview.kept"), color: "series-3", values: buckets.map((one) => one.cached) },
          { label: t("overview.notSent"), color: "idle-mark", values: buckets.map((one) => one.refused + one.aborted) },
          { label: t("overview.afterFailover"), color: "warn-mark", values: buckets.map((one) => one.failedOver) },
          { label: t("overview.failed"), color: "bad-mark", values: buckets.map((one) => one.failed) },
        ]}
      />
      <TimeChart
        {...shared}
        {...timed}
        kind="lines"
        title={t("overview.firstToken")}
        text={t("overview.firstTokenText")}
        series={[
          { label: t("overview.p50"), color: "series-3", values: buckets.map((one) => one.firstTokenP50Ms) },
          { label: t("overview.p95"), color: "series-1", values: buckets.map((one) => one.firstTokenP95Ms), dashed: true },
        ]}
      />
      <TimeChart
        {...shared}
        {...counted}
        kind="bars"
        title={t("overview.tokens")}
        text={t("overview.tokensText", { step })}
        series={[
          { label: t("overview.tokensInput"), color: "quiet", values: buckets.map((one) => one.inputTokens - one.cachedInputTokens) },
          { label: t("overview.tokensCached"), color: "series-3", values: buckets.map((one) => one.cachedInputTokens) },
          { label: t("overview.tokensOutput"), color: "series-1", values: buckets.map((one) => one.outputTokens) },
        ]}
      />
      <TimeChart
        {...shared}
        {...timed}
        kind="lines"
        title={t("overview.total")}
        text={t("overview.totalText")}
        series={[
          { label: t("overview.p50"), color: "series-3", values: buckets.map((one) => one.totalP50Ms) },
          { label: t("overview.p95"), color: "series-1", values: buckets.map((one) => one.totalP95Ms), dashed: true },
        ]}
      />
      <TimeChart
        {...shared}
        kind="bars"
        title={t("overview.spendChart")}
        text={t("overview.spendText", { step })}
        formatValue={(value) => callMoney(BigInt(Math.round(value * NANO_PER_DOLLAR)), locale)}
        formatAxis={(value) => axisMoney(value, locale)}
        series={[{ label: t("overview.charged"), color: "series-5", values: buckets.map((one) => chartDollars(one.charged)) }]}
      />
    </>
  );
}
