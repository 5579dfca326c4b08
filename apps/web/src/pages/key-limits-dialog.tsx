/** The limits of one key. */
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { LimitsDialog } from "./limits-dialog.tsx";
import { useLimitsSaved } from "./limits-saved.ts";

export function KeyLimitsDialog({ apiKey, onClose }: { readonly apiKey: KeyRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { mutate, isPending, error } = useMutation(trpc.keys.setLimits.mutationOptions({ onSuccess: useLimitsSaved(apiKey.name, onClose) }));
  return (
    <LimitsDialog
      title={t("limits.ofKey", { name: apiKey.name })}
      text={t("limits.editText")}
      limits={apiKey.limits}
      saving={isPending}
      error={error}
      onSave={(limits) => mutate({ workspace, id: apiKey.id, limits: [...limits] })}
      onClose={onClose}
    />
  );
}
