/** The wallet: what is there, what is held, what is left, and every entry that made it so. */
import type { EntryRow, Wallet } from "@switchyard/shared/wire/console/wallet";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Badge, type BadgeTone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { callMoney, dateTime, exactMoney, sumMoney } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { Skeleton, SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";

const PAGE_ROWS = 50;
const KINDS = {
  credit: { text: "wallet.kindCredit", tone: "ok" },
  usage: { text: "wallet.kindUsage", tone: "idle" },
  late_usage: { text: "wallet.kindLateUsage", tone: "warn" },
  refund: { text: "wallet.kindRefund", tone: "info" },
  adjustment: { text: "wallet.kindAdjustment", tone: "info" },
} as const satisfies Record<EntryRow["kind"], { text: string; tone: BadgeTone }>;

function Sums({ wallet }: { readonly wallet: Wallet }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const sums = [
    { name: t("wallet.posted"), text: t("wallet.postedText"), amount: wallet.posted },
    {
      name: t("wallet.held"),
      text: wallet.openHolds === 0 ? t("wallet.heldNone") : t("wallet.heldText", { count: wallet.openHolds }),
      amount: wallet.held,
      sign: "−",
    },
    { name: t("wallet.available"), text: t("wallet.availableText"), amount: wallet.available, sign: "=" },
  ];
  return (
    <section
      aria-label={t("wallet.arithmetic", { posted: exactMoney(wallet.posted), held: exactMoney(wallet.held), available: exactMoney(wallet.available) })}
      className="rounded-10 border border-line bg-surface"
    >
      <dl className="grid grid-cols-3 divide-line max-md:grid-cols-1 max-md:divide-y md:divide-x">
        {sums.map(({ name, text, amount, sign }) => (
          <div key={name} className="relative px-5 py-4">
            {sign === undefined ? null : (
              <span
                aria-hidden
                className="absolute top-1/2 -left-2.5 flex size-5 -translate-y-1/2 items-center justify-center rounded-full border border-line bg-surface text-12 text-muted max-md:hidden"
              >
                {sign}
              </span>
            )}
            <dt className="text-13 text-muted">{name}</dt>
            <dd>
              <span className="block text-26 font-semibold tracking-tight" data-tip={`$${exactMoney(amount)}`}>
                {sumMoney(amount, locale)}
              </span>
              <span className="block text-12 text-faint">{text}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p className="border-t border-line px-5 py-2.5 text-12 text-muted">
        {t("wallet.arithmetic", {
          posted: `$${exactMoney(wallet.posted)}`,
          held: `$${exactMoney(wallet.held)}`,
          available: `$${exactMoney(wallet.available)}`,
        })}
      </p>
    </section>
  );
}

function EntryLine({ entry, workspace }: { readonly entry: EntryRow; readonly workspace: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { text, tone } = KINDS[entry.kind];
  return (
    <tr className={`${TABLE.row} cheap-row`}>
      <td className={`${TABLE.cell} whitespace-nowrap text-muted`}>{dateTime(entry.at, locale)}</td>
      <td className={TABLE.cell}>
        <Badge tone={tone}>{t(text)}</Badge>
      </td>
      <td className={TABLE.cell}>
        {entry.callId === undefined ? (
          <span className="text-muted">
            {entry.reason}
            {entry.actor === undefined ? null : <span className="text-faint"> {t("wallet.by", { actor: entry.actor })}</span>}
          </span>
        ) : (
          <AppLink className="font-mono text-12 text-accent hover:underline" href={paths.call(workspace, entry.callId)}>
            {entry.callId}
          </AppLink>
        )}
      </td>
      <td className={`${TABLE.cell} text-12 text-faint`}>{entry.counterAccount}</td>
      <td className={`${TABLE.number} font-medium ${entry.amount > 0n ? "text-ok" : ""}`} data-tip={`$${exactMoney(entry.amount)}`}>
        {entry.amount > 0n ? "+" : ""}
        {callMoney(entry.amount, locale)}
      </td>
    </tr>
  );
}

function Entries({ workspace, wallet }: { readonly workspace: string; readonly wallet: Wallet | undefined }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery(trpc.wallet.entries.infiniteQueryOptions({ workspace, limit: PAGE_ROWS }, { getNextPageParam: (page) => page.nextCursor }));
  const entries = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const sum = entries.reduce((total, { amount }) => total + amount, 0n);
  const whole = list.data !== undefined && !list.hasNextPage;
  if (list.data === undefined) return list.error === null ? <SkeletonRows rows={8} /> : <ProblemNote error={list.error} onRetry={() => void list.refetch()} />;
  if (entries.length === 0) return <Empty title={t("wallet.empty")} text={t("wallet.emptyText")} />;
  return (
    <>
      <ScrollRegion label={t("wallet.entriesTable")} className="overflow-x-auto">
        <table className={TABLE.table} aria-label={t("wallet.entriesTable")}>
          <thead>
            <tr>
              <th scope="col" className={TABLE.head}>{`${t("wallet.time")} (${t("app.utc")})`}</th>
              <th scope="col" className={TABLE.head}>
                {t("wallet.kind")}
              </th>
              <th scope="col" className={TABLE.head}>
                {t("wallet.cause")}
              </th>
              <th scope="col" className={TABLE.head}>
                {t("wallet.account")}
              </th>
              <th scope="col" className={TABLE.headNumber}>
                {t("wallet.amount")}
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <EntryLine key={entry.id} entry={entry} workspace={workspace} />
            ))}
          </tbody>
          <tfoot>
            <tr className="border-t border-line-strong">
              <th scope="row" colSpan={4} className={`${TABLE.cell} text-left font-medium`}>
                {whole && wallet?.posted === sum ? t("wallet.sumAll") : t("wallet.sum")}
              </th>
              <td className={`${TABLE.number} font-semibold`} data-testid="entries-sum">
                ${exactMoney(sum)}
              </td>
            </tr>
          </tfoot>
        </table>
      </ScrollRegion>
      <div className="flex justify-center border-t border-line p-3 text-12 text-faint">
        {list.hasNextPage ? (
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? t("app.loadingMore") : t("app.loadMore")}
          </Button>
        ) : (
          t("wallet.end")
        )}
      </div>
    </>
  );
}

export function WalletPage() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const wallet = useQuery(trpc.wallet.get.queryOptions({ workspace }));
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader title={t("wallet.title")} note={wallet.data?.frozen ? <Badge tone="bad">{t("wallet.frozen")}</Badge> : undefined} />
        {wallet.data?.frozen ? (
          <p role="alert" className="rounded-8 bg-bad-tint px-4 py-3 text-13 text-bad">
            {t("wallet.frozenText")}
          </p>
        ) : null}
        {wallet.data ? (
          <Sums wallet={wallet.data} />
        ) : wallet.error ? (
          <ProblemNote error={wallet.error} onRetry={() => void wallet.refetch()} />
        ) : (
          <Skeleton className="h-36 rounded-10" />
        )}
        <section aria-label={t("wallet.entries")} className="overflow-hidden rounded-10 border border-line bg-surface">
          <h2 className="px-4 pt-3 pb-1 text-14 font-semibold">{t("wallet.entries")}</h2>
          <Entries workspace={workspace} wallet={wallet.data} />
        </section>
      </div>
    </div>
  );
}
