/** One call on a page of its own, to link to. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { problemOf } from "../problem.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { buttonClass } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/empty.tsx";
import { AppLink } from "../ui/link.tsx";
import { Outcome, shownOutcome } from "../ui/outcome.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { CallDetail } from "./call-detail.tsx";

const route = getRouteApi("/w/$workspace/calls/$callId");

export function CallPage() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { callId: id } = route.useParams();
  const { data: call, error, refetch } = useQuery(trpc.calls.get.queryOptions({ workspace, id }));
  const toCalls = (
    <AppLink className={buttonClass("outline")} href={paths.calls(workspace)}>
      <ArrowLeft aria-hidden size={14} />
      {t("call.toCalls")}
    </AppLink>
  );
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-200 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader title={t("call.title")} note={call ? <Outcome outcome={shownOutcome(call)} /> : undefined} actions={toCalls} />
        <h2 className="flex items-center gap-1 font-normal">
          <code className="font-mono text-12 break-all text-muted">{id}</code>
          <CopyButton text={id} label={id} />
        </h2>
        <div className="rounded-10 border border-line bg-surface p-4">
          {call ? (
            <CallDetail call={call} workspace={workspace} />
          ) : error === null ? (
            <SkeletonRows rows={8} />
          ) : problemOf(error).kind === "notFound" ? (
            <Empty title={t("call.notFound")} text={t("call.notFoundText")} action={toCalls} />
          ) : (
            <ProblemNote error={error} title={t("call.loadFailed")} onRetry={() => void refetch()} />
          )}
        </div>
      </div>
    </div>
  );
}
