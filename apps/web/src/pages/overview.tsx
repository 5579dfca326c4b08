/** The first page: is it fine, what changed, what does it cost. */
import { OVERVIEW_RANGES, type Overview, type OverviewRange } from "@switchyard/shared/wire/console/overview";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { LiveNote } from "../shell/live-note.tsx";
import { useWorkspace } from "../shell/workspace.tsx";
import { buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { AppLink } from "../ui/link.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { RangePicker } from "../ui/range-picker.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { AttentionCard, ModelMix, ProviderHealth } from "./overview-cards.tsx";
import { Charts } from "./overview-charts.tsx";
import { stepUnit } from "./overview-figures.ts";
import { KeptNote, Tiles } from "./overview-tiles.tsx";

const route = getRouteApi("/w/$workspace/overview");
const RANGE_TEXT = { "1h": "range.h1", "24h": "range.h24", "7d": "range.d7", "30d": "range.d30" } as const satisfies Record<OverviewRange, string>;
const STEP_TEXT = { minutes: "overview.minutes", hours: "overview.hours", days: "overview.days" } as const;
const GRID = "grid grid-cols-2 gap-4 max-lg:grid-cols-1";

function Waiting() {
  const { t } = useTranslation();
  return (
    <output aria-label={t("app.loading")} className="flex flex-col gap-4">
      <Skeleton className="h-38 rounded-10" />
      <div className={GRID}>
        {Array.from({ length: 4 }, (_, card) => (
          <Skeleton key={card} className="h-74 rounded-10" />
        ))}
      </div>
    </output>
  );
}

function NoCalls({ workspace, range }: { readonly workspace: string; readonly range: OverviewRange }) {
  const { t } = useTranslation();
  const widest = range === "30d";
  return (
    <div className="rounded-10 border border-line bg-surface">
      <Empty
        title={widest ? t("overview.emptyTitle") : t("overview.emptyRange")}
        text={widest ? t("overview.emptyText") : t("overview.emptyRangeText")}
        action={
          <AppLink className={buttonClass("ink")} href={widest ? paths.keys(workspace) : paths.overview(workspace, "30d")}>
            {widest ? t("overview.makeKey") : t("overview.showLonger")}
          </AppLink>
        }
      />
    </div>
  );
}

function Figures({ overview, range, workspace }: { readonly overview: Overview; readonly range: OverviewRange; readonly workspace: string }) {
  const { t } = useTranslation();
  const providers = useQuery(trpc.providers.list.queryOptions({ workspace }));
  const keys = useQuery(trpc.keys.list.queryOptions({ workspace }));
  const wallet = useQuery(trpc.wallet.get.queryOptions({ workspace }));
  const { unit, count } = stepUnit(overview.stepSeconds);
  const step = t(STEP_TEXT[unit], { count });
  return (
    <>
      <Tiles overview={overview} range={range} workspace={workspace} />
      <KeptNote overview={overview} range={range} workspace={workspace} />
      <AttentionCard
        workspace={workspace}
        range={range}
        overview={overview}
        providers={providers.data ?? []}
        keys={keys.data?.items ?? []}
        wallet={wallet.data}
      />
      <div className={GRID}>
        <Charts overview={overview} workspace={workspace} step={step} />
        <ModelMix workspace={workspace} range={range} overview={overview} />
        <ProviderHealth workspace={workspace} range={range} overview={overview} step={step} />
      </div>
    </>
  );
}

export function OverviewPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const workspace = useWorkspace();
  const { range = "24h" } = route.useSearch();
  const { data, error, refetch, isPlaceholderData } = useQuery(trpc.overview.get.queryOptions({ workspace, range }, { placeholderData: keepPreviousData }));
  const choose = (value: string): void => {
    const next = OVERVIEW_RANGES.find((one) => one === value);
    if (next) router.history.push(paths.overview(workspace, next));
  };
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader
          title={t("overview.title")}
          note={<LiveNote />}
          actions={<RangePicker value={range} onChange={choose} options={OVERVIEW_RANGES.map((value) => ({ value, label: t(RANGE_TEXT[value]) }))} />}
        />
        {error !== null && data === undefined ? (
          <ProblemNote error={error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Waiting />
        ) : (
          <div aria-busy={isPlaceholderData} className={`flex flex-col gap-4 ${isPlaceholderData ? "opacity-60" : ""}`}>
            {data.totals.calls === 0 ? <NoCalls workspace={workspace} range={range} /> : <Figures overview={data} range={range} workspace={workspace} />}
          </div>
        )}
      </div>
    </div>
  );
}
