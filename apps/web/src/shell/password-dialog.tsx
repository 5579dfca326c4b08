/** Changes the password of whoever is signed in. */
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { problemOf } from "../problem.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { textOf as valueIn } from "../ui/form-value.ts";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";

const LENGTH_MIN = 12;

interface Faults {
  readonly current?: string;
  readonly next?: string;
  readonly again?: string;
}

export function PasswordDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const textOf = useProblemText();
  const [faults, setFaults] = useState<Faults>({});
  const change = useMutation(
    trpc.account.changePassword.mutationOptions({
      onSuccess: () => {
        notify({ text: t("password.done"), tone: "ok" });
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [current, next, again] = ["current", "next", "again"].map((name) => valueIn(form, name));
    const found: Faults = {
      ...(current ? {} : { current: t("password.missing") }),
      ...((next ?? "").length >= LENGTH_MIN ? {} : { next: t("password.short") }),
      ...(next === again ? {} : { again: t("password.different") }),
    };
    setFaults(found);
    if (Object.keys(found).length === 0 && current && next) change.mutate({ current, next });
  };
  return (
    <Dialog title={t("password.title")} onClose={onClose}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {change.error === null ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {problemOf(change.error).kind === "credentials" ? t("password.wrong") : textOf(change.error)}
          </p>
        )}
        <Field id="password-current" name="current" type="password" autoComplete="current-password" label={t("password.current")} error={faults.current} />
        <Field
          id="password-next"
          name="next"
          type="password"
          autoComplete="new-password"
          label={t("password.next")}
          hint={t("password.rule")}
          error={faults.next}
        />
        <Field id="password-again" name="again" type="password" autoComplete="new-password" label={t("password.again")} error={faults.again} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={change.isPending}>
            {change.isPending ? t("password.submitting") : t("password.submit")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
