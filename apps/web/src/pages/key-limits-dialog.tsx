/** The limits of one key. */
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";
import { LimitsDialog } from "./limits-dialog.tsx";

export function KeyLimitsDialog({ apiKey, onClose }: { readonly apiKey: KeyRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation(
    trpc.keys.setLimits.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.keys.pathFilter());
        notify({ text: t("limits.saved", { name: apiKey.name }), tone: "ok" });
        onClose();
      },
    }),
  );
  return (
    <LimitsDialog
      title={t("limits.ofKey", { name: apiKey.name })}
      text={t("limits.editText")}
      limits={apiKey.limits}
      saving={isPending}
      refusal={error === null ? undefined : textOf(error)}
      onSave={(limits) => mutate({ workspace, id: apiKey.id, limits: [...limits] })}
      onClose={onClose}
    />
  );
}
