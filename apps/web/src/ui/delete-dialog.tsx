/** Asks before something is deleted: says what goes with it and has its name typed. */
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { Refusal } from "./refusal.tsx";

interface DeleteDialogProps {
  readonly title: string;
  readonly text: string;
  /** What has to be typed. */
  readonly name: string;
  readonly error: unknown;
  /** False until it is known what goes with it. */
  readonly ready: boolean;
  readonly pending: boolean;
  readonly onDelete: () => void;
  readonly onClose: () => void;
  /** What goes with it. */
  readonly children: ReactNode;
}

export function DeleteDialog({ title, text, name, error, ready, pending, onDelete, onClose, children }: DeleteDialogProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && typed === name) onDelete();
  };
  return (
    <Dialog title={title} text={text} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Refusal error={error} />
        <div className="flex flex-col gap-2 text-13 empty:hidden">{children}</div>
        <Field
          id="delete-name"
          label={t("app.typeName", { name })}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="danger" disabled={!ready || typed !== name || pending}>
            {t("app.delete")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
