/** Edits the limits of a key, a member or the workspace: rows that are added, changed and removed, and saved as a whole. */
import { LIMIT_KINDS, LIMITS_MAX, type Limit } from "@switchyard/shared/domain/limit";
import { Plus, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, SelectField } from "../ui/field.tsx";
import { useLocale } from "../ui/locale.ts";
import { fieldsOf, isKind, KIND_TEXT, limitOf, NEW_LIMIT, WINDOWS, windowWords, type LimitFields } from "./limit-words.ts";

interface RowProps {
  readonly index: number;
  readonly fields: LimitFields;
  readonly tried: boolean;
  readonly onChange: (part: Partial<LimitFields>) => void;
  readonly onRemove: () => void;
}

function Row({ index, fields, tried, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const windows = WINDOWS.some(({ seconds }) => seconds === fields.windowSeconds)
    ? WINDOWS.map(({ seconds }) => seconds)
    : [fields.windowSeconds, ...WINDOWS.map(({ seconds }) => seconds)];
  const bad = tried && limitOf(fields) === undefined;
  return (
    <li className="grid grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,4fr)_auto] items-start gap-2 max-sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <SelectField
        id={`limit-${index}-kind`}
        label={t("limits.kind")}
        value={fields.kind}
        onChange={({ target }) => (isKind(target.value) ? onChange({ kind: target.value }) : undefined)}
        options={LIMIT_KINDS.map((kind) => ({ value: kind, label: t(KIND_TEXT[kind]) }))}
      />
      <Field
        id={`limit-${index}-max`}
        label={fields.kind === "cost" ? t("limits.maxDollars") : t("limits.max")}
        value={fields.max}
        inputMode={fields.kind === "cost" ? "decimal" : "numeric"}
        autoComplete="off"
        error={bad ? t("limits.maxBad") : undefined}
        onChange={({ target }) => onChange({ max: target.value })}
      />
      {fields.kind === "concurrency" ? (
        <span className="max-sm:hidden" />
      ) : (
        <SelectField
          id={`limit-${index}-window`}
          label={t("limits.window")}
          value={String(fields.windowSeconds)}
          onChange={({ target }) => onChange({ windowSeconds: Number(target.value) })}
          options={windows.map((seconds) => ({ value: String(seconds), label: windowWords(seconds, t, locale) }))}
        />
      )}
      <IconButton label={t("limits.remove", { number: index + 1 })} onClick={onRemove} className="mt-6">
        <Trash2 aria-hidden size={16} />
      </IconButton>
    </li>
  );
}

export interface LimitsDialogProps {
  readonly title: string;
  readonly text: string;
  readonly limits: readonly Limit[];
  readonly saving: boolean;
  /** In words, when saving was refused. */
  readonly refusal: string | undefined;
  readonly onSave: (limits: readonly Limit[]) => void;
  readonly onClose: () => void;
}

export function LimitsDialog({ title, text, limits, saving, refusal, onSave, onClose }: LimitsDialogProps) {
  const { t } = useTranslation();
  const [rows, setRows] = useState<readonly { readonly id: number; readonly fields: LimitFields }[]>(() =>
    limits.length === 0 ? [{ id: 0, fields: NEW_LIMIT }] : limits.map((limit, id) => ({ id, fields: fieldsOf(limit) })),
  );
  const [tried, setTried] = useState(false);
  const change = (id: number, part: Partial<LimitFields>): void =>
    setRows((before) => before.map((row) => (row.id === id ? { id, fields: { ...row.fields, ...part } } : row)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const read = rows.map(({ fields }) => limitOf(fields));
    const wrong = read.indexOf(undefined);
    if (wrong >= 0) document.getElementById(`limit-${wrong}-max`)?.focus();
    else onSave(read.filter((limit) => limit !== undefined));
  };
  return (
    <Dialog title={title} text={text} onClose={onClose} wide>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {refusal === undefined ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {refusal}
          </p>
        )}
        {rows.length === 0 ? <p className="text-13 text-muted">{t("limits.noneText")}</p> : null}
        <ul className="flex flex-col gap-3">
          {rows.map(({ id, fields }, index) => (
            <Row
              key={id}
              index={index}
              fields={fields}
              tried={tried}
              onChange={(part) => change(id, part)}
              onRemove={() => setRows((before) => before.filter((row) => row.id !== id))}
            />
          ))}
        </ul>
        <div className="flex flex-wrap justify-between gap-2">
          <Button
            disabled={rows.length >= LIMITS_MAX}
            onClick={() => setRows((before) => [...before, { id: Math.max(-1, ...before.map((row) => row.id)) + 1, fields: NEW_LIMIT }])}
          >
            <Plus aria-hidden size={14} />
            {t("limits.add")}
          </Button>
          <span className="flex gap-2">
            <Button onClick={onClose}>{t("app.cancel")}</Button>
            <Button type="submit" look="ink" disabled={saving}>
              {saving ? t("limits.saving") : t("limits.save")}
            </Button>
          </span>
        </div>
      </form>
    </Dialog>
  );
}
