/** The four figures at the top of the overview, each compared with the span before and each a link. */
import type { Overview } from "@switchyard/shared/wire/console/overview";
import { TrendingDown, TrendingUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { paths } from "../paths.ts";
import { Sparkline } from "../ui/bars.tsx";
import { changeOf, chartDollars, count, latency, latencyChange, percent, pointsOf, sumMoney, UNKNOWN } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { successRate } from "./overview-figures.ts";

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly change: string | undefined;
  /** Whether the change is welcome; a change of volume or spend is neither. */
  readonly mood: "good" | "bad" | "neutral";
  readonly versus: string;
  readonly values: readonly (number | undefined)[];
  readonly color: string;
  readonly href: string;
  readonly hint?: string;
}

const MOODS = { good: "text-ok", bad: "text-bad", neutral: "text-muted" } as const;

function Tile({ label, value, change, mood, versus, values, color, href, hint }: TileProps) {
  const { t } = useTranslation();
  const Trend = change?.startsWith("+") ? TrendingUp : TrendingDown;
  return (
    <AppLink href={href} data-tip={hint} className="flex min-w-0 flex-col bg-surface px-4 pt-4 pb-3 hover:bg-hover">
      <span className="truncate text-13 text-muted">{label}</span>
      <span className="mt-1 truncate text-26 font-semibold tracking-tight max-sm:text-20">{value}</span>
      <span className="mt-0.5 mb-2 flex items-center gap-1.5 text-12 text-muted">
        {change === undefined ? (
          <span className="truncate">{t("overview.noComparison")}</span>
        ) : (
          <>
            <span className={`inline-flex shrink-0 items-center gap-1 ${MOODS[mood]}`}>
              <Trend aria-hidden size={13} />
              {change}
            </span>
            <span className="truncate">{versus}</span>
          </>
        )}
      </span>
      <Sparkline values={values} color={color} />
    </AppLink>
  );
}

/** More is better here; no change is neither good nor bad. */
const moodOf = (gain: number): TileProps["mood"] => (gain > 0 ? "good" : gain < 0 ? "bad" : "neutral");

const VERSUS = { "1h": "range.before1h", "24h": "range.before24h", "7d": "range.before7d", "30d": "range.before30d" } as const;

interface TilesProps {
  readonly overview: Overview;
  readonly range: keyof typeof VERSUS;
  readonly workspace: string;
}

export function Tiles({ overview, range, workspace }: TilesProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { totals, previous, buckets } = overview;
  const versus = t(VERSUS[range]);
  const rate = successRate(totals);
  const rateBefore = successRate(previous);
  const first = totals.firstTokenP95Ms;
  const firstBefore = previous.firstTokenP95Ms;
  return (
    <section aria-label={t("overview.title")} className="grid grid-cols-4 gap-px overflow-hidden rounded-10 border border-line bg-line max-lg:grid-cols-2">
      <Tile
        label={t("overview.calls")}
        value={count(totals.calls, locale)}
        change={changeOf(totals.calls, previous.calls, locale)}
        mood="neutral"
        versus={versus}
        values={buckets.map((bucket) => bucket.calls)}
        color="series-1"
        href={paths.calls(workspace, { range })}
      />
      <Tile
        label={t("overview.success")}
        value={rate === undefined ? UNKNOWN : percent(rate, locale)}
        change={rate === undefined || rateBefore === undefined ? undefined : pointsOf(rate, rateBefore, locale)}
        mood={moodOf((rate ?? 0) - (rateBefore ?? 0))}
        versus={versus}
        values={buckets.map(successRate)}
        color="series-3"
        href={paths.calls(workspace, { range, outcome: "failed" })}
        hint={t("overview.successHint")}
      />
      <Tile
        label={t("overview.firstTokenP95")}
        value={latency(first, locale)}
        change={first === undefined || firstBefore === undefined ? undefined : latencyChange(first, firstBefore, locale)}
        mood={moodOf((firstBefore ?? 0) - (first ?? 0))}
        versus={versus}
        values={buckets.map((bucket) => bucket.firstTokenP95Ms)}
        color="series-4"
        href={paths.calls(workspace, { range })}
      />
      <Tile
        label={t("overview.spend")}
        value={sumMoney(totals.charged, locale)}
        change={changeOf(chartDollars(totals.charged), chartDollars(previous.charged), locale)}
        mood="neutral"
        versus={versus}
        values={buckets.map((bucket) => chartDollars(bucket.charged))}
        color="series-5"
        href={paths.wallet(workspace)}
      />
    </section>
  );
}

/** How many answers were kept ones, and the way to them; nothing where there are none. */
export function KeptNote({ overview, range, workspace }: TilesProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { answered, cached } = overview.totals;
  if (cached === 0) return null;
  return (
    <p className="text-13 text-muted">
      <AppLink className="text-accent hover:underline" href={paths.calls(workspace, { range, outcome: "cached" })}>
        {t("overview.keptNote", { share: percent(cached / answered, locale), count: cached, calls: count(cached, locale) })}
      </AppLink>
    </p>
  );
}
