/** Revokes a key for ever, after its name has been typed. */
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";

export function KeyRevokeDialog({ apiKey, onClose }: { readonly apiKey: KeyRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const revoke = useMutation(
    trpc.keys.revoke.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.keys.pathFilter());
        notify({ text: t("keys.revokedDone", { name: apiKey.name }), tone: "ok" });
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed === apiKey.name) revoke.mutate({ workspace, id: apiKey.id });
  };
  return (
    <Dialog title={t("keys.revokeTitle", { name: apiKey.name })} text={t("keys.revokeText")} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {revoke.error === null ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {textOf(revoke.error)}
          </p>
        )}
        <Field
          id="revoke-name"
          label={t("keys.revokeType", { name: apiKey.name })}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="danger" disabled={typed !== apiKey.name || revoke.isPending}>
            {revoke.isPending ? t("keys.revoking") : t("keys.revokeConfirm")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
