/** Every call of the workspace, newest first: found by filters, followed live, opened beside the list. */
import { CALLS_LOOKED_AT } from "@switchyard/shared/wire/console/calls";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { ArrowUp } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths, type CallsSearch } from "../paths.ts";
import { LiveDot } from "../shell/live-note.tsx";
import { useLiveState } from "../shell/live.tsx";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { nowMs } from "../ui/clock.ts";
import { Empty } from "../ui/empty.tsx";
import { useHotkeys } from "../ui/hotkeys.ts";
import { AppLink } from "../ui/link.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { CallPanel } from "./call-panel.tsx";
import { filterOf, isNarrowed, withoutFilters } from "./calls-filter.ts";
import { Histogram } from "./calls-histogram.tsx";
import { useCallsList } from "./calls-list.ts";
import { isRelative, RANGE_ALL, RANGE_DEFAULT, rangeBetween } from "./calls-range.ts";
import { CallsTable } from "./calls-table.tsx";
import { CallsToolbar } from "./calls-toolbar.tsx";

const route = getRouteApi("/w/$workspace/calls");

/** A filter stays the same object while its address does, and with it the question to the server. */
function useFilter(search: CallsSearch) {
  const { range, outcome, group, provider, model, key, error, q } = search;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the open call is not part of the filter
  return useMemo(() => filterOf(search, nowMs()), [range, outcome, group, provider, model, key, error, q]);
}

function Nothing({ workspace, search }: { readonly workspace: string; readonly search: CallsSearch }) {
  const { t } = useTranslation();
  const { data } = useQuery(trpc.calls.list.queryOptions({ workspace, filter: {}, limit: 1 }));
  if (!data) return null;
  const never = data.items.length === 0;
  const href = never
    ? paths.keys(workspace)
    : isNarrowed(search)
      ? paths.calls(workspace, withoutFilters(search))
      : paths.calls(workspace, { range: RANGE_ALL });
  return (
    <Empty
      title={never ? t("calls.emptyTitle") : t("calls.noneTitle")}
      text={never ? t("calls.emptyText") : t("calls.noneText")}
      action={
        <AppLink className={buttonClass("ink")} href={href}>
          {never ? t("overview.makeKey") : isNarrowed(search) ? t("calls.clearFilters") : t("range.all")}
        </AppLink>
      }
    />
  );
}

function LiveSwitch({ on, onToggle }: { readonly on: boolean; readonly onToggle: () => void }) {
  const { t } = useTranslation();
  const connected = useLiveState() === "on";
  return (
    <Button aria-pressed={on} aria-label={on ? t("live.pause") : t("live.resume")} onClick={onToggle}>
      <LiveDot on={on && connected} />
      {on ? (connected ? t("live.on") : t("live.connecting")) : t("live.off")}
    </Button>
  );
}

interface HeadProps {
  readonly workspace: string;
  readonly search: CallsSearch;
  readonly onChange: (next: CallsSearch, replace?: boolean) => void;
  readonly following: boolean;
  readonly onToggleLive: () => void;
  readonly searchField: React.RefObject<HTMLInputElement | null>;
}

function Head({ workspace, search, onChange, following, onToggleLive, searchField }: HeadProps) {
  const { t } = useTranslation();
  const range = search.range ?? RANGE_DEFAULT;
  const whole = isRelative(range) && !isNarrowed(search);
  // Only an unfiltered range has a histogram: the figures behind it know no filters, and a picture must not show other calls than the list.
  const overview = useQuery(trpc.overview.get.queryOptions({ workspace, range: isRelative(range) ? range : RANGE_DEFAULT }, { enabled: whole }));
  return (
    <div className="flex flex-col gap-3 border-b border-line px-6 pt-6 pb-3 max-md:px-4 max-md:pt-4">
      <PageHeader
        title={t("nav.calls")}
        note={whole && overview.data ? <span className="text-13 text-muted">{t("calls.inRange", { count: overview.data.totals.calls })}</span> : undefined}
        actions={<LiveSwitch on={following} onToggle={onToggleLive} />}
      />
      <CallsToolbar workspace={workspace} search={search} onChange={onChange} searchField={searchField} />
      {whole && overview.data && overview.data.totals.calls > 0 ? (
        <Histogram overview={overview.data} onPick={(from, to) => onChange({ ...search, range: rangeBetween(from, to) })} />
      ) : null}
    </div>
  );
}

export function CallsPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const workspace = useWorkspace();
  const search = route.useSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const [following, setFollowing] = useState(true);
  const { list, rows, goesOn, waiting, letIn, fresh } = useCallsList({
    workspace,
    filter: useFilter(search),
    mayInsert: () => following && search.call === undefined && (scroller.current?.scrollTop ?? 0) < 8,
  });
  const go = (next: CallsSearch, replace = false): void => {
    const href = paths.calls(workspace, next);
    if (replace) router.history.replace(href);
    else router.history.push(href);
  };
  const at = rows.findIndex(({ id }) => id === search.call);
  const step = (by: number): void => {
    const next = rows[at < 0 ? 0 : at + by];
    if (!next) return;
    go({ ...search, call: next.id }, search.call !== undefined);
    document.getElementById(`call-${next.id}`)?.scrollIntoView({ block: "nearest" });
  };
  const closePanel = (): void => {
    const opener = search.call;
    go({ ...search, call: undefined });
    if (opener !== undefined) document.getElementById(`call-${opener}`)?.focus();
  };
  const showNew = (): void => {
    letIn();
    setFollowing(true);
    scroller.current?.scrollTo({ top: 0 });
  };
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    "/": () => searchField.current?.focus(),
    l: () => setFollowing(!following),
    o: () => (search.call === undefined ? undefined : router.history.push(paths.call(workspace, search.call))),
    Escape: () => (search.call === undefined ? undefined : closePanel()),
  });
  return (
    <div className="flex h-full min-w-0">
      <div className="@container flex min-h-0 min-w-0 flex-1 flex-col">
        <Head
          workspace={workspace}
          search={search}
          onChange={go}
          following={following}
          onToggleLive={() => setFollowing(!following)}
          searchField={searchField}
        />
        <div className="relative min-h-0 flex-1">
          {waiting > 0 ? (
            <button
              type="button"
              onClick={showNew}
              className="absolute top-11 left-1/2 z-20 inline-flex h-8 -translate-x-1/2 animate-appear items-center gap-2 rounded-full bg-ink px-4 text-13 font-medium text-on-ink shadow-float"
            >
              <ArrowUp aria-hidden size={14} />
              {t("live.newCalls", { count: waiting })}
            </button>
          ) : null}
          <div ref={scroller} aria-busy={list.isPlaceholderData} className={`h-full overflow-auto ${list.isPlaceholderData ? "opacity-60" : ""}`}>
            {list.error !== null && (list.data === undefined || goesOn) ? (
              <ProblemNote error={list.error} onRetry={() => void (goesOn ? list.fetchNextPage() : list.refetch())} />
            ) : list.data === undefined ? (
              <SkeletonRows rows={12} />
            ) : goesOn ? (
              <>
                <output className="block px-6 pt-4 text-13 text-muted max-md:px-4">
                  {t("calls.lookingFurther", { count: list.data.pages.length * CALLS_LOOKED_AT })}
                </output>
                <SkeletonRows rows={12} />
              </>
            ) : rows.length === 0 ? (
              <Nothing workspace={workspace} search={search} />
            ) : (
              <>
                <CallsTable
                  rows={rows}
                  selected={search.call}
                  fresh={fresh}
                  hrefOf={(id) => paths.calls(workspace, { ...search, call: id })}
                  onOpen={(id) => go({ ...search, call: id }, search.call !== undefined)}
                />
                <div className="flex justify-center p-4 text-12 text-faint">
                  {list.hasNextPage ? (
                    <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                      {list.isFetchingNextPage ? t("app.loadingMore") : t("app.loadMore")}
                    </Button>
                  ) : (
                    t("calls.end")
                  )}
                </div>
              </>
            )}
          </div>
        </div>
        <output className="sr-only">{waiting > 0 ? t("live.announce", { count: waiting }) : ""}</output>
      </div>
      {search.call === undefined ? null : (
        <CallPanel
          workspace={workspace}
          id={search.call}
          onClose={closePanel}
          onPrevious={at > 0 ? () => step(-1) : undefined}
          onNext={at >= 0 && at < rows.length - 1 ? () => step(1) : undefined}
        />
      )}
    </div>
  );
}
