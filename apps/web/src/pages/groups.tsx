/** The groups with their targets in the order in which they are asked. */
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { useMayChange, usePlace } from "../shell/workspace.tsx";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/empty.tsx";
import { priceMoney } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { HealthBadge } from "./health-badge.tsx";
import { SCOPE_TEXT, STRATEGY_HINT, STRATEGY_TEXT } from "./strategy-text.ts";

const GroupDeleteDialog = lazy(async () => ({ default: (await import("./group-delete-dialog.tsx")).GroupDeleteDialog }));
const GroupEditDialog = lazy(async () => ({ default: (await import("./group-edit-dialog.tsx")).GroupEditDialog }));

type Target = GroupRow["targets"][number];

function TargetState({ target }: { readonly target: Target }) {
  const { t } = useTranslation();
  if (target.enabled && !target.priced) return <Badge tone="bad">{t("groups.unpriced")}</Badge>;
  return <HealthBadge health={target.health} />;
}

function Targets({ group, workspace }: { readonly group: GroupRow; readonly workspace: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isWeighted = group.strategy === "weighted";
  const price = (amount: bigint | undefined): string => (amount === undefined ? "–" : priceMoney(amount, locale));
  return (
    <ScrollRegion label={group.name} className="overflow-x-auto border-t border-line">
      <table className={TABLE.table} aria-label={group.name}>
        <thead>
          <tr>
            <th scope="col" className={`${TABLE.headNumber} w-px`}>
              {t("groups.priority")}
            </th>
            {isWeighted ? (
              <th scope="col" className={`${TABLE.headNumber} w-px`}>
                {t("groups.weight")}
              </th>
            ) : null}
            <th scope="col" className={TABLE.head}>
              {t("groups.target")}
            </th>
            <th scope="col" className={TABLE.head}>
              {t("groups.state")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("groups.input")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("groups.output")}
            </th>
          </tr>
        </thead>
        <tbody>
          {group.targets
            .toSorted((a, b) => a.priority - b.priority)
            .map((target) => (
              <tr key={`${target.provider}/${target.model}`} className={TABLE.row}>
                <td className={`${TABLE.number} font-medium`}>{target.priority}</td>
                {isWeighted ? <td className={TABLE.number}>{target.weight}</td> : null}
                {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- the link in the cell has its text, too deep for the rule */}
                <th scope="row" className={`${TABLE.cell} text-left font-normal whitespace-nowrap`}>
                  <AppLink className="hover:underline" href={paths.calls(workspace, { group: group.name, provider: target.provider, model: target.model })}>
                    <span className="text-muted">{target.provider}/</span>
                    <span className="font-mono text-12">{target.model}</span>
                  </AppLink>
                </th>
                <td className={TABLE.cell}>
                  <TargetState target={target} />
                </td>
                <td className={TABLE.number}>{price(target.price?.inputPerMillion)}</td>
                <td className={TABLE.number}>{price(target.price?.outputPerMillion)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function GroupCard({ group, workspace }: { readonly group: GroupRow; readonly workspace: string }) {
  const { t } = useTranslation();
  const { account } = usePlace();
  const mayChange = useMayChange();
  const [open, setOpen] = useState<"edit" | "delete">();
  const close = (): void => setOpen(undefined);
  const mayEdit = group.shared ? account.operator : mayChange;
  return (
    <section aria-label={group.name} className="overflow-hidden rounded-10 border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
        <h2 className="flex items-center gap-1 text-14 font-semibold">
          {group.name}
          <CopyButton text={group.name} label={t("groups.use")} />
        </h2>
        <span className="text-12 text-muted" data-tip={t(STRATEGY_HINT[group.strategy])}>
          {t(STRATEGY_TEXT[group.strategy])}
        </span>
        <span className="text-12 text-faint" data-tip={group.shared ? t("providers.sharedHint") : t("providers.ownHint")}>
          {group.shared ? t("providers.shared") : t("providers.own")}
        </span>
        <span className="ml-auto flex items-center gap-3">
          {mayEdit ? (
            <>
              <Button onClick={() => setOpen("edit")} aria-label={t("groups.editLabel", { name: group.name })}>
                {t("groups.edit")}
              </Button>
              <Button look="danger" onClick={() => setOpen("delete")} aria-label={t("groups.deleteLabel", { name: group.name })}>
                {t("groups.delete")}
              </Button>
            </>
          ) : null}
          <AppLink className="text-13 text-accent hover:underline" href={paths.calls(workspace, { group: group.name })}>
            {t("groups.calls")}
          </AppLink>
        </span>
      </header>
      {group.targets.length === 0 ? (
        <p className="border-t border-line px-4 py-3 text-13 text-bad">{t("groups.noTargets")}</p>
      ) : (
        <Targets group={group} workspace={workspace} />
      )}
      {group.failureKeywords.length === 0 ? null : (
        <p className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3 text-12 text-muted">
          <span data-tip={t("groups.keywordsHint")}>{t("groups.keywords")}</span>
          {group.failureKeywords.map(({ text, scope }) => (
            <code key={`${scope}${text}`} className="rounded-4 bg-sunken px-1.5 py-0.5 font-mono text-12 text-text" data-tip={t(SCOPE_TEXT[scope])}>
              {text}
            </code>
          ))}
        </p>
      )}
      <Suspense fallback={null}>
        {open === "edit" ? <GroupEditDialog group={group} onClose={close} /> : null}
        {open === "delete" ? <GroupDeleteDialog group={group} onClose={close} /> : null}
      </Suspense>
    </section>
  );
}

export function GroupsPage() {
  const { t } = useTranslation();
  const { workspace, account } = usePlace();
  const [making, setMaking] = useState(false);
  const { data, error, refetch } = useQuery(trpc.groups.list.queryOptions({ workspace }));
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader
          title={t("groups.title")}
          note={data ? <span className="text-13 text-muted">{t("groups.count", { count: data.length })}</span> : undefined}
          actions={
            account.operator ? (
              <Button look="ink" onClick={() => setMaking(true)}>
                {t("groups.new")}
              </Button>
            ) : undefined
          }
        />
        {data === undefined ? (
          error === null ? (
            <SkeletonRows rows={4} className="h-16" />
          ) : (
            <ProblemNote error={error} onRetry={() => void refetch()} />
          )
        ) : data.length === 0 ? (
          <Empty title={t("groups.empty")} text={t("groups.emptyText")} />
        ) : (
          data.map((group) => <GroupCard key={group.id} group={group} workspace={workspace} />)
        )}
      </div>
      <Suspense fallback={null}>{making ? <GroupEditDialog group={undefined} onClose={() => setMaking(false)} /> : null}</Suspense>
    </div>
  );
}
