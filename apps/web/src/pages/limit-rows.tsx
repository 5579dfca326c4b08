/** The rows of a form in which limits are added, changed and removed. */
import { LIMIT_KINDS, LIMITS_MAX } from "@switchyard/shared/domain/limit";
import { Plus, Trash2 } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../ui/button.tsx";
import { Field, SelectField } from "../ui/field.tsx";
import { useLocale } from "../ui/locale.ts";
import { limitMaxId, withNewLimit, type LimitRow } from "./limit-form.ts";
import { isKind, KIND_TEXT, limitOf, WINDOWS, windowWords, type LimitFields } from "./limit-words.ts";

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
        id={limitMaxId(index)}
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

interface LimitRowsProps {
  readonly rows: readonly LimitRow[];
  /** Somebody has tried to save: what is wrong is said. */
  readonly tried: boolean;
  readonly onChange: (rows: readonly LimitRow[]) => void;
}

export function LimitRows({ rows, tried, onChange }: LimitRowsProps) {
  const { t } = useTranslation();
  const add = useRef<HTMLButtonElement>(null);
  return (
    <>
      {rows.length === 0 ? <p className="text-13 text-muted">{t("limits.noneText")}</p> : null}
      <ul className="flex flex-col gap-3 empty:hidden">
        {rows.map(({ id, fields }, index) => (
          <Row
            key={id}
            index={index}
            fields={fields}
            tried={tried}
            onChange={(part) => onChange(rows.map((row) => (row.id === id ? { id, fields: { ...row.fields, ...part } } : row)))}
            onRemove={() => {
              onChange(rows.filter((row) => row.id !== id));
              add.current?.focus();
            }}
          />
        ))}
      </ul>
      <Button ref={add} className="self-start" disabled={rows.length >= LIMITS_MAX} onClick={() => onChange(withNewLimit(rows))}>
        <Plus aria-hidden size={14} />
        {t("limits.add")}
      </Button>
    </>
  );
}
