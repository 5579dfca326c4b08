/** What operators bound for everybody: each address that calls come from, and what is sent to each shared provider. */
import type { Limit } from "@switchyard/shared/domain/limit";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { LimitList } from "./limit-list.tsx";
import { useLimitsSaved } from "./limits-saved.ts";
import { LimitsTable } from "./limits-table.tsx";

const LimitsDialog = lazy(async () => ({ default: (await import("./limits-dialog.tsx")).LimitsDialog }));
const USAGE_EVERY_MS = 5_000;

/** Without a provider it is every address. */
interface Open {
  readonly provider: { readonly id: string; readonly name: string } | undefined;
  readonly limits: readonly Limit[];
}

function Editor({ workspace, open, onClose }: { readonly workspace: string; readonly open: Open; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { provider } = open;
  const name = provider?.name ?? t("limits.addresses");
  const onSuccess = useLimitsSaved(name, onClose);
  const ofAddress = useMutation(trpc.limits.setAddress.mutationOptions({ onSuccess }));
  const ofProvider = useMutation(trpc.limits.setProvider.mutationOptions({ onSuccess }));
  return (
    <LimitsDialog
      title={provider ? t("limits.ofProvider", { name }) : t("limits.ofAddresses")}
      text={provider ? t("limits.ofProviderText") : t("limits.ofAddressesText")}
      limits={open.limits}
      saving={ofAddress.isPending || ofProvider.isPending}
      error={ofAddress.error ?? ofProvider.error}
      onSave={(limits) =>
        provider ? ofProvider.mutate({ workspace, id: provider.id, limits: [...limits] }) : ofAddress.mutate({ workspace, limits: [...limits] })
      }
      onClose={onClose}
    />
  );
}

export function PlatformLimits({ workspace }: { readonly workspace: string }) {
  const { t } = useTranslation();
  const found = useQuery(trpc.limits.platform.queryOptions({ workspace }, { refetchInterval: USAGE_EVERY_MS }));
  const [open, setOpen] = useState<Open>();
  const { data } = found;
  if (data === undefined) {
    return found.error === null ? <SkeletonRows rows={3} className="h-12" /> : <ProblemNote error={found.error} onRetry={() => void found.refetch()} />;
  }
  return (
    <>
      <Card
        title={t("limits.addresses")}
        text={t("limits.addressesText")}
        aside={
          <Button aria-label={t("limits.editOf", { name: t("limits.addresses") })} onClick={() => setOpen({ provider: undefined, limits: data.address })}>
            {t("limits.edit")}
          </Button>
        }
      >
        <div className="mt-3 text-13">
          <LimitList limits={data.address} usage={undefined} />
        </div>
      </Card>
      <Card title={t("limits.providers")} text={t("limits.providersText")}>
        <LimitsTable
          label={t("limits.providers")}
          head={t("limits.provider")}
          owners={data.providers}
          onEdit={(provider) => setOpen({ provider, limits: provider.limits })}
        />
      </Card>
      <Suspense fallback={null}>{open ? <Editor workspace={workspace} open={open} onClose={() => setOpen(undefined)} /> : null}</Suspense>
    </>
  );
}
