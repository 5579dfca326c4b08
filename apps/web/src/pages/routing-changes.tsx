/** Who changed what all workspaces share, newest first; what can be put back can be taken back. */
import type { ChangeRow } from "@switchyard/shared/wire/console/routing";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { dateTime } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { notify } from "../ui/notify.ts";
import { ProblemNote } from "../ui/problem-note.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";

const ROWS = 20;

function Change({ change, pending, onUndo }: { readonly change: ChangeRow; readonly pending: boolean; readonly onUndo: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  // What is not put back is said on a line of its own.
  const fields = change.fields.filter((field) => !change.notPutBack.includes(field));
  return (
    <tr className={TABLE.row}>
      <td className={`${TABLE.cell} whitespace-nowrap text-muted`}>{dateTime(change.at, locale)}</td>
      <td className={`${TABLE.cell} break-all`}>{change.actor}</td>
      <td className={TABLE.cell}>
        <code className="font-mono text-12">{change.verb}</code> {change.object}
        {fields.length === 0 ? null : <span className="text-12 text-muted"> ({fields.join(", ")})</span>}
        {change.undoable && change.notPutBack.length > 0 ? (
          <span className="block text-12 text-muted">{t("changes.notPutBack", { what: change.notPutBack.join(", ") })}</span>
        ) : null}
        {change.undoes === undefined ? null : <span className="text-12 text-muted"> {t("changes.undoes")}</span>}
      </td>
      <td className={TABLE.number}>
        {change.undoable ? (
          <Button disabled={pending} aria-label={t("changes.undoLabel", { verb: change.verb, object: change.object })} onClick={onUndo}>
            {t("changes.undo")}
          </Button>
        ) : null}
      </td>
    </tr>
  );
}

export function ChangesCard() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    trpc.routing.changes.infiniteQueryOptions({ workspace, limit: ROWS }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  const undo = useMutation(
    trpc.routing.undo.mutationOptions({
      onSuccess: (notPutBack) => {
        for (const filter of [
          trpc.routing.pathFilter(),
          trpc.groups.pathFilter(),
          trpc.aliases.pathFilter(),
          trpc.providers.pathFilter(),
          trpc.limits.pathFilter(),
        ])
          void queries.invalidateQueries(filter);
        const what = notPutBack.join(", ");
        notify({ text: what === "" ? t("changes.undone") : t("changes.undoneBut", { what }), tone: "ok" });
      },
    }),
  );
  const changes = data?.pages.flatMap((page) => page.items);
  return (
    <Card title={t("changes.title")} text={t("changes.text")}>
      {undo.error === null ? null : (
        <div className="mt-3">
          <Refusal error={undo.error} />
        </div>
      )}
      {changes === undefined ? (
        error === null ? (
          <SkeletonRows rows={4} className="mt-3 h-9" />
        ) : (
          <ProblemNote error={error} onRetry={() => void refetch()} />
        )
      ) : changes.length === 0 ? (
        <p className="mt-3 text-13 text-muted">{t("changes.empty")}</p>
      ) : (
        <>
          <ScrollRegion label={t("changes.list")} className="-mx-4 mt-3 overflow-x-auto border-t border-line">
            <table className={TABLE.table} aria-label={t("changes.title")}>
              <thead>
                <tr>
                  <th scope="col" className={TABLE.head}>
                    {t("changes.when")}
                  </th>
                  <th scope="col" className={TABLE.head}>
                    {t("changes.who")}
                  </th>
                  <th scope="col" className={TABLE.head}>
                    {t("changes.what")}
                  </th>
                  <th scope="col" className={TABLE.headNumber}>
                    <span className="sr-only">{t("changes.undo")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {changes.map((change) => (
                  <Change key={change.id} change={change} pending={undo.isPending} onUndo={() => undo.mutate({ workspace, id: change.id })} />
                ))}
              </tbody>
            </table>
          </ScrollRegion>
          {hasNextPage ? (
            <Button className="mt-3 self-start" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {isFetchingNextPage ? t("app.loadingMore") : t("app.loadMore")}
            </Button>
          ) : null}
        </>
      )}
    </Card>
  );
}
