/** Brings the prices that came from the price book up to date: shows what would change, then changes it. */
import type { RefreshedPricesRow } from "@switchyard/shared/wire/console/prices";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { problemOf } from "../problem.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { day, priceMoney } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";

type Change = RefreshedPricesRow["changes"][number];

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const amounts = (price: Change["before"]): string =>
    price === undefined ? t("providers.noPrice") : `${priceMoney(price.inputPerMillion, locale)} / ${priceMoney(price.outputPerMillion, locale)}`;
  return (
    <ScrollRegion label={t("prices.changes")} className="max-h-80 overflow-auto rounded-8 border border-line">
      <table className="w-full text-13" aria-label={t("prices.changes")}>
        <thead>
          <tr>
            <th scope="col" className={TABLE.head}>
              {t("providers.model")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("prices.before")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("prices.after")}
            </th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={`${change.provider}/${change.model}`} className={TABLE.row}>
              <th scope="row" className={`${TABLE.cell} text-left font-mono text-12 font-normal break-all`}>
                {change.provider}/{change.model}
              </th>
              <td className={`${TABLE.number} text-muted`}>{amounts(change.before)}</td>
              <td className={TABLE.number}>{amounts(change.after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

export function PricesDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const locale = useLocale();
  const queries = useQueryClient();
  const [online, setOnline] = useState(false);
  const look = useMutation(trpc.models.refreshPrices.mutationOptions());
  const apply = useMutation(
    trpc.models.refreshPrices.mutationOptions({
      onSuccess: ({ changes }) => {
        void queries.invalidateQueries(trpc.providers.pathFilter());
        notify({ text: t("prices.applied", { count: changes.length }), tone: "ok" });
        onClose();
      },
    }),
  );
  // What keeps a book from being fetched is of another place: only the server's own words say it.
  const wordsOf = (thrown: unknown): string => {
    const { kind, text } = problemOf(thrown);
    return kind === "internal" && text !== undefined ? text : textOf(thrown);
  };
  const begun = useRef(false);
  const { mutate } = look;
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate({ workspace, ask: { dryRun: true } });
  }, [mutate, workspace]);
  const error = apply.error ?? look.error;
  const found = look.data;
  return (
    <Dialog title={t("prices.title")} text={t("prices.text")} onClose={onClose} wide>
      <div className="flex flex-col gap-4">
        {error === null ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {wordsOf(error)}
          </p>
        )}
        {found === undefined ? (
          look.isPending ? (
            <SkeletonRows rows={3} className="h-8" />
          ) : null
        ) : (
          <>
            <output className="block text-13 text-muted">
              {t("prices.found", { count: found.changes.length })} {t("prices.kept", { count: found.kept })}{" "}
              {found.newer > 0 ? `${t("prices.newer", { count: found.newer })} ` : null}
              {found.unpriced.length > 0 ? t("prices.unpriced", { count: found.unpriced.length }) : null}
            </output>
            {found.changes.length > 0 ? <Changes changes={found.changes} /> : null}
            <p className="text-12 text-faint">{t("prices.dataOf", { source: found.source, date: day(new Date(`${found.day}T12:00:00Z`), locale) })}</p>
          </>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button
            className="mr-auto"
            disabled={look.isPending || apply.isPending}
            onClick={() => {
              setOnline(true);
              look.mutate({ workspace, ask: { dryRun: true, online: true } });
            }}
          >
            {look.isPending && online ? t("prices.fetching") : t("prices.fetch")}
          </Button>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button
            look="ink"
            disabled={apply.isPending || look.isPending || (found?.changes.length ?? 0) === 0}
            onClick={() => apply.mutate({ workspace, ask: { dryRun: false } })}
          >
            {t("prices.apply")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
