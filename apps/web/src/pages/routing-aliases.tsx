/** Further names for groups and models: listed, made, changed, deleted. */
import type { AliasRow } from "@switchyard/shared/wire/console/groups";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Badge } from "../ui/badge.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";

const AliasDialog = lazy(async () => ({ default: (await import("./alias-dialog.tsx")).AliasDialog }));
const AliasDeleteDialog = lazy(async () => ({ default: (await import("./alias-dialog.tsx")).AliasDeleteDialog }));

type Open = { readonly kind: "edit"; readonly alias: AliasRow | undefined } | { readonly kind: "delete"; readonly alias: AliasRow };

export function AliasesCard({ mayEdit }: { readonly mayEdit: boolean }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { data, error, refetch } = useQuery(trpc.aliases.list.queryOptions({ workspace }));
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  return (
    <Card
      title={t("aliases.title")}
      text={t("aliases.text")}
      aside={
        <Button disabled={!mayEdit} onClick={() => setOpen({ kind: "edit", alias: undefined })}>
          {t("aliases.new")}
        </Button>
      }
    >
      {data === undefined ? (
        error === null ? (
          <SkeletonRows rows={2} className="mt-3 h-9" />
        ) : (
          <ProblemNote error={error} onRetry={() => void refetch()} />
        )
      ) : data.length === 0 ? (
        <p className="mt-3 text-13 text-muted">{t("aliases.empty")}</p>
      ) : (
        <ScrollRegion label={t("aliases.list")} className="-mx-4 mt-3 -mb-4 overflow-x-auto border-t border-line">
          <table className="w-full text-13" aria-label={t("aliases.title")}>
            <thead>
              <tr>
                <th scope="col" className={TABLE.head}>
                  {t("aliases.name")}
                </th>
                <th scope="col" className={TABLE.head}>
                  {t("aliases.standsFor")}
                </th>
                <th scope="col" className={TABLE.headNumber}>
                  <span className="sr-only">{t("aliases.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map((alias) => (
                <tr key={`${alias.name} ${alias.shared}`} className={TABLE.row}>
                  <th scope="row" className={`${TABLE.cell} text-left font-mono text-12 font-normal break-all`}>
                    {alias.name}
                  </th>
                  <td className={`${TABLE.cell} font-mono text-12 break-all text-muted`}>
                    {alias.model}{" "}
                    {alias.fromFile ? (
                      <Badge tone="warn" tip={t("routing.fromFile")}>
                        {t("routing.file")}
                      </Badge>
                    ) : null}
                  </td>
                  <td className={TABLE.number}>
                    {mayEdit ? (
                      <>
                        <IconButton label={t("aliases.edit", { name: alias.name })} onClick={() => setOpen({ kind: "edit", alias })}>
                          <Pencil aria-hidden size={14} />
                        </IconButton>
                        <IconButton label={t("aliases.remove", { name: alias.name })} onClick={() => setOpen({ kind: "delete", alias })}>
                          <Trash2 aria-hidden size={14} />
                        </IconButton>
                      </>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      <Suspense fallback={null}>
        {open?.kind === "edit" ? <AliasDialog alias={open.alias} onClose={close} /> : null}
        {open?.kind === "delete" ? <AliasDeleteDialog alias={open.alias} onClose={close} /> : null}
      </Suspense>
    </Card>
  );
}
