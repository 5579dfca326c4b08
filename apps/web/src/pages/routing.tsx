/** Routing: what a name means, what holds for all groups, further names, and who changed what. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { usePlace } from "../shell/workspace.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { AliasesCard } from "./routing-aliases.tsx";
import { ChangesCard } from "./routing-changes.tsx";
import { ExplainCard } from "./routing-explain.tsx";
import { SettingsCard } from "./routing-settings.tsx";

export function RoutingPage() {
  const { t } = useTranslation();
  const { workspace, account } = usePlace();
  const { data, error, refetch } = useQuery(trpc.routing.get.queryOptions({ workspace }));
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader title={t("routing.title")} />
        {account.operator ? null : <p className="text-12 text-muted">{t("routing.onlyOperators")}</p>}
        <ExplainCard />
        {data === undefined ? (
          error === null ? (
            <SkeletonRows rows={5} className="h-12" />
          ) : (
            <ProblemNote error={error} onRetry={() => void refetch()} />
          )
        ) : (
          <SettingsCard routing={data} mayEdit={account.operator} />
        )}
        <AliasesCard mayEdit={account.operator} />
        {account.operator ? <ChangesCard /> : null}
      </div>
    </div>
  );
}
