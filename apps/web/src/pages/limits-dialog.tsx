/** Edits the limits of a key, a member, the workspace or everybody, which are saved as a whole. */
import type { Limit } from "@switchyard/shared/domain/limit";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { limitMaxId, limitRowsOf, limitsOf, withNewLimit, wrongLimitAt } from "./limit-form.ts";
import { LimitRows } from "./limit-rows.tsx";

export interface LimitsDialogProps {
  readonly title: string;
  readonly text: string;
  readonly limits: readonly Limit[];
  readonly saving: boolean;
  /** Why saving was refused. */
  readonly error: unknown;
  readonly onSave: (limits: readonly Limit[]) => void;
  readonly onClose: () => void;
}

export function LimitsDialog({ title, text, limits, saving, error, onSave, onClose }: LimitsDialogProps) {
  const { t } = useTranslation();
  const [rows, setRows] = useState(() => (limits.length === 0 ? withNewLimit([]) : limitRowsOf(limits)));
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const wrong = wrongLimitAt(rows);
    if (wrong >= 0) document.getElementById(limitMaxId(wrong))?.focus();
    else onSave(limitsOf(rows));
  };
  return (
    <Dialog title={title} text={text} onClose={onClose} wide>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Refusal error={error} />
        <LimitRows rows={rows} tried={tried} onChange={setRows} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={saving}>
            {saving ? t("limits.saving") : t("limits.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
