/** The limits of the workspace and of each member; those of keys are with the keys. */
import type { Limit } from "@switchyard/shared/domain/limit";
import type { WorkspaceLimits } from "@switchyard/shared/wire/console/limits";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { useMayChange, usePlace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { AppLink } from "../ui/link.tsx";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { LimitList, useLimitsUsage } from "./limit-list.tsx";
import { useLimitsSaved } from "./limits-saved.ts";
import { LimitsTable } from "./limits-table.tsx";
import { PlatformLimits } from "./platform-limits.tsx";

const LimitsDialog = lazy(async () => ({ default: (await import("./limits-dialog.tsx")).LimitsDialog }));

type Member = WorkspaceLimits["members"][number];

interface EditorProps {
  readonly workspace: string;
  /** Whose limits; the workspace's own without it. */
  readonly member: Member | undefined;
  readonly limits: readonly Limit[];
  readonly onClose: () => void;
}

function Editor({ workspace, member, limits, onClose }: EditorProps) {
  const { t } = useTranslation();
  const name = member?.email ?? workspace;
  const onSuccess = useLimitsSaved(name, onClose);
  const ofWorkspace = useMutation(trpc.limits.setWorkspace.mutationOptions({ onSuccess }));
  const ofMember = useMutation(trpc.limits.setMember.mutationOptions({ onSuccess }));
  return (
    <LimitsDialog
      title={member ? t("limits.ofMember", { name }) : t("limits.ofWorkspace", { name })}
      text={t("limits.editText")}
      limits={limits}
      saving={ofWorkspace.isPending || ofMember.isPending}
      error={ofWorkspace.error ?? ofMember.error}
      onSave={(next) => (member ? ofMember.mutate({ workspace, id: member.id, limits: [...next] }) : ofWorkspace.mutate({ workspace, limits: [...next] }))}
      onClose={onClose}
    />
  );
}

type Open = { readonly member: Member | undefined; readonly limits: readonly Limit[] };

export function LimitsPage() {
  const { t } = useTranslation();
  const { workspace, account } = usePlace();
  const mayChange = useMayChange();
  const usage = useLimitsUsage(workspace);
  const limits = useQuery(trpc.limits.get.queryOptions({ workspace }));
  const [open, setOpen] = useState<Open>();
  const { data } = limits;
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader title={t("limits.title")} />
        {mayChange ? null : <p className="text-12 text-muted">{t("app.onlyAdmins")}</p>}
        {data === undefined ? (
          limits.error === null ? (
            <SkeletonRows rows={5} className="h-12" />
          ) : (
            <ProblemNote error={limits.error} onRetry={() => void limits.refetch()} />
          )
        ) : (
          <>
            <Card
              title={t("limits.workspaceTitle")}
              text={t("limits.workspaceText")}
              aside={
                <Button
                  disabled={!mayChange}
                  aria-label={t("limits.editOf", { name: workspace })}
                  onClick={() => setOpen({ member: undefined, limits: data.workspace })}
                >
                  {t("limits.edit")}
                </Button>
              }
            >
              <div className="mt-3 text-13">
                <LimitList limits={data.workspace} usage={usage?.workspace} />
              </div>
            </Card>
            <Card title={t("limits.members")} text={t("limits.membersText")}>
              <LimitsTable
                label={t("limits.members")}
                head={t("limits.member")}
                owners={data.members.map((member) => ({ ...member, name: member.email, usage: usage?.members.find(({ id }) => id === member.id)?.usage }))}
                onEdit={mayChange ? (member) => setOpen({ member, limits: member.limits }) : undefined}
              />
            </Card>
            <p className="text-13 text-muted">
              {t("limits.keysText")}{" "}
              <AppLink className="text-accent underline" href={paths.keys(workspace)}>
                {t("nav.keys")}
              </AppLink>
            </p>
            {account.operator ? <PlatformLimits workspace={workspace} /> : null}
          </>
        )}
      </div>
      <Suspense fallback={null}>{open ? <Editor workspace={workspace} {...open} onClose={() => setOpen(undefined)} /> : null}</Suspense>
    </div>
  );
}
