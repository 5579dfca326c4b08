/** The API keys of the workspace: who may call, with which limits, and who did last. */
import type { KeyRow, KeyState } from "@switchyard/shared/wire/console/keys";
import type { LimitUsageRow } from "@switchyard/shared/wire/console/limits";
import { PAGE_ROWS_MAX } from "@switchyard/shared/wire/console/page";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Ellipsis, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { useMayChange, useWorkspace } from "../shell/workspace.tsx";
import { Badge, type BadgeTone } from "../ui/badge.tsx";
import { ShareBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { nowMs } from "../ui/clock.ts";
import { Empty } from "../ui/empty.tsx";
import { count, dateTime, day, relative, shareOf, sumMoney } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import type { MenuEntry } from "../ui/menu-entry.ts";
import { MenuButton } from "../ui/menu.tsx";
import { notify } from "../ui/notify.ts";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote, useProblemText } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";
import { LimitList, useLimitsUsage } from "./limit-list.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";

const KeyCreateDialog = lazy(async () => ({ default: (await import("./key-create-dialog.tsx")).KeyCreateDialog }));
const KeyCacheDialog = lazy(async () => ({ default: (await import("./key-cache-dialog.tsx")).KeyCacheDialog }));
const KeyLimitsDialog = lazy(async () => ({ default: (await import("./key-limits-dialog.tsx")).KeyLimitsDialog }));
const KeyRevokeDialog = lazy(async () => ({ default: (await import("./key-revoke-dialog.tsx")).KeyRevokeDialog }));

const STATES = {
  active: { text: "keys.active", tone: "ok" },
  disabled: { text: "keys.disabled", tone: "idle" },
  expired: { text: "keys.expiredState", tone: "warn" },
  revoked: { text: "keys.revoked", tone: "bad" },
} as const satisfies Record<KeyState, { text: string; tone: BadgeTone }>;

const PAGE_ROWS = 200;

function Budget({ budget }: { readonly budget: NonNullable<KeyRow["budget"]> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const share = shareOf(budget.used, budget.cap);
  const held = shareOf(budget.held, budget.cap);
  return (
    <div className="w-44" data-tip={budget.held > 0n ? t("keys.budgetHeld", { held: sumMoney(budget.held, locale) }) : undefined}>
      <div className="mb-1 flex justify-between gap-2 text-12">
        <span className={share + held >= 1 ? "text-bad" : share + held >= 0.8 ? "text-warn" : ""}>
          {t("keys.budgetLeft", { used: sumMoney(budget.used, locale), cap: sumMoney(budget.cap, locale) })}
        </span>
      </div>
      <ShareBar share={share} color={share + held >= 1 ? "bad-mark" : share + held >= 0.8 ? "warn-mark" : "series-1"} />
      <div className="mt-1 text-11 text-faint">
        {budget.windowDays === undefined ? t("keys.budgetForever") : t("keys.budgetWindow", { days: budget.windowDays })}
      </div>
    </div>
  );
}

interface KeyActions {
  readonly onRevoke: (key: KeyRow) => void;
  readonly onLimits: (key: KeyRow) => void;
  readonly onCache: (key: KeyRow) => void;
}

function useKeyMenu({ onRevoke, onLimits, onCache }: KeyActions): (key: KeyRow) => readonly MenuEntry[] {
  const { t } = useTranslation();
  const router = useRouter();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const mayChange = useMayChange();
  const { mutate } = useMutation(
    trpc.keys.setEnabled.mutationOptions({
      onSuccess: (key) => {
        void queries.invalidateQueries(trpc.keys.pathFilter());
        notify({ text: key.state === "disabled" ? t("keys.disabledDone", { name: key.name }) : t("keys.enabledDone", { name: key.name }), tone: "ok" });
      },
      onError: (error) => notify({ text: textOf(error), tone: "bad" }),
    }),
  );
  return (key) => {
    const enabled = key.state === "disabled";
    const show: MenuEntry = { kind: "action", label: t("keys.viewCalls"), onSelect: () => router.history.push(paths.calls(workspace, { key: key.id })) };
    if (key.state === "revoked") return [show];
    return [
      show,
      { kind: "separator" },
      {
        kind: "action",
        label: enabled ? t("keys.enable") : t("keys.disable"),
        disabled: !mayChange,
        onSelect: () => mutate({ workspace, id: key.id, enabled }),
      },
      { kind: "action", label: t("limits.editMenu"), disabled: !mayChange, onSelect: () => onLimits(key) },
      { kind: "action", label: t("keys.cacheMenu"), disabled: !mayChange, onSelect: () => onCache(key) },
      { kind: "action", label: t("keys.revoke"), danger: true, disabled: !mayChange, onSelect: () => onRevoke(key) },
    ];
  };
}

interface KeyLineProps {
  readonly apiKey: KeyRow;
  readonly usage: readonly LimitUsageRow[] | undefined;
  readonly menu: readonly MenuEntry[];
}

function KeyLine({ apiKey, usage, menu }: KeyLineProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { text, tone } = STATES[apiKey.state];
  return (
    <tr className={TABLE.row}>
      <th scope="row" className={`${TABLE.cell} text-left font-normal`}>
        <span className="block font-medium">{apiKey.name}</span>
        <code className="font-mono text-12 text-muted">{apiKey.masked}</code>
      </th>
      <td className={TABLE.cell}>
        <span className="flex flex-wrap gap-1">
          <Badge tone={tone}>{t(text)}</Badge>
          {apiKey.scopes.includes("operator") ? <Badge tone="info">{t("keys.operator")}</Badge> : null}
        </span>
        {apiKey.expiresAt === undefined || apiKey.state === "revoked" ? null : (
          <span className="mt-0.5 block text-11 text-faint">
            {apiKey.state === "expired"
              ? t("keys.expired", { date: day(apiKey.expiresAt, locale) })
              : t("keys.expires", { date: day(apiKey.expiresAt, locale) })}
          </span>
        )}
      </td>
      <td className={`${TABLE.cell} max-w-60 text-muted`}>{apiKey.groups === undefined ? t("keys.anyModel") : apiKey.groups.join(", ")}</td>
      <td className={TABLE.cell}>
        <LimitList limits={apiKey.limits} usage={usage} />
        {apiKey.cacheSeconds === undefined ? null : (
          <span className="mt-1 block text-11 text-faint">
            {apiKey.cacheSeconds === 0 ? t("keys.cacheNever") : t("keys.cacheFor", { seconds: count(apiKey.cacheSeconds, locale) })}
          </span>
        )}
      </td>
      <td className={TABLE.cell}>{apiKey.budget ? <Budget budget={apiKey.budget} /> : <span className="text-muted">{t("keys.unlimited")}</span>}</td>
      <td
        className={`${TABLE.cell} whitespace-nowrap text-muted`}
        data-tip={apiKey.lastUsedAt ? `${dateTime(apiKey.lastUsedAt, locale)} ${t("app.utc")}` : undefined}
      >
        {apiKey.lastUsedAt ? relative(apiKey.lastUsedAt.getTime(), nowMs(), locale) : t("keys.never")}
      </td>
      <td className={`${TABLE.cell} text-right`}>
        <MenuButton
          label={t("keys.actionsOf", { name: apiKey.name })}
          entries={menu}
          align="end"
          className="inline-flex size-8 items-center justify-center rounded-6 text-muted hover:bg-hover hover:text-text"
        >
          <Ellipsis aria-hidden size={16} />
        </MenuButton>
      </td>
    </tr>
  );
}

type Open = { readonly kind: "create" } | { readonly kind: "revoke" | "limits" | "cache"; readonly key: KeyRow };

function KeyTable({ keys, ...actions }: KeyActions & { readonly keys: readonly KeyRow[] }) {
  const { t } = useTranslation();
  const menuOf = useKeyMenu(actions);
  const limited = keys.filter(({ limits }) => limits.length > 0).map(({ id }) => id);
  const usage = useLimitsUsage(useWorkspace(), limited.slice(0, PAGE_ROWS_MAX));
  const heads = [t("keys.name"), t("keys.state"), t("keys.access"), t("keys.limits"), t("keys.budget"), t("keys.lastUsed")];
  return (
    <ScrollRegion label={t("keys.title")} className="overflow-x-auto rounded-10 border border-line bg-surface">
      <table className={TABLE.table} aria-label={t("keys.title")}>
        <thead>
          <tr>
            {heads.map((name) => (
              <th key={name} scope="col" className={TABLE.head}>
                {name}
              </th>
            ))}
            <th scope="col" className={TABLE.headNumber}>
              <span className="sr-only">{t("keys.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyLine key={key.id} apiKey={key} usage={usage?.keys.find(({ id }) => id === key.id)?.usage} menu={menuOf(key)} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

export function KeysPage() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const mayChange = useMayChange();
  const list = useInfiniteQuery(trpc.keys.list.infiniteQueryOptions({ workspace, limit: PAGE_ROWS }, { getNextPageParam: (page) => page.nextCursor }));
  const [open, setOpen] = useState<Open>();
  const [withRevoked, setWithRevoked] = useState(false);
  const all = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = withRevoked ? all : all.filter(({ state }) => state !== "revoked");
  const close = (): void => setOpen(undefined);
  const create = (
    <Button look="ink" disabled={!mayChange} data-tip={mayChange ? undefined : t("app.onlyAdmins")} onClick={() => setOpen({ kind: "create" })}>
      <Plus aria-hidden size={14} />
      {t("keys.create")}
    </Button>
  );
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader
          title={t("keys.title")}
          note={list.data && !list.hasNextPage ? <span className="text-13 text-muted">{t("keys.count", { count: shown.length })}</span> : undefined}
          actions={create}
        />
        {mayChange ? null : <p className="text-12 text-muted">{t("app.onlyAdmins")}</p>}
        {list.data === undefined ? (
          list.error === null ? (
            <SkeletonRows rows={5} className="h-12" />
          ) : (
            <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
          )
        ) : shown.length === 0 ? (
          <Empty
            title={all.length > 0 ? t("keys.noneActive") : t("keys.empty")}
            text={all.length > 0 ? t("keys.noneActiveText") : t("keys.emptyText")}
            action={create}
          />
        ) : (
          <KeyTable
            keys={shown}
            onRevoke={(key) => setOpen({ kind: "revoke", key })}
            onLimits={(key) => setOpen({ kind: "limits", key })}
            onCache={(key) => setOpen({ kind: "cache", key })}
          />
        )}
        <div className="flex flex-wrap items-center justify-between gap-3">
          {all.some(({ state }) => state === "revoked") ? (
            <label className="flex min-h-6 items-center gap-2 text-13 text-muted">
              <input type="checkbox" checked={withRevoked} onChange={(event) => setWithRevoked(event.target.checked)} className="size-4 accent-focus" />
              {t("keys.showRevoked")}
            </label>
          ) : null}
          {list.hasNextPage ? (
            <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {list.isFetchingNextPage ? t("app.loadingMore") : t("app.loadMore")}
            </Button>
          ) : null}
        </div>
      </div>
      <Suspense fallback={null}>
        {open?.kind === "create" ? <KeyCreateDialog onClose={close} /> : null}
        {open?.kind === "limits" ? <KeyLimitsDialog apiKey={open.key} onClose={close} /> : null}
        {open?.kind === "cache" ? <KeyCacheDialog apiKey={open.key} onClose={close} /> : null}
        {open?.kind === "revoke" ? <KeyRevokeDialog apiKey={open.key} onClose={close} /> : null}
      </Suspense>
    </div>
  );
}
