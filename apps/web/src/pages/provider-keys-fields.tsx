/** The keys of a provider in its form: added, named, weighted, replaced and removed; what is stored is never shown. */
import { Plus, Trash2 } from "lucide-react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { keptKeys, withNewKey, withoutKey, type KeyFault, type KeyFields } from "./provider-keys-form.ts";

const FAULT_TEXT = {
  name: "provider.badKeyName",
  moved: "provider.badKey",
  variable: "provider.badKey",
  missing: "provider.keyMissing",
  same: "provider.keySame",
  weight: "provider.badKeyWeight",
} as const satisfies Record<KeyFault, string>;
const FIELD_OF = { name: "name", moved: "secret", variable: "secret", missing: "secret", same: "secret", weight: "weight" } as const satisfies Record<
  KeyFault,
  string
>;

/** The element in which a fault is corrected. */
export const keyFieldId = (id: number, field: KeyFault | "secret"): string => `provider-key-${id}-${field === "secret" ? field : FIELD_OF[field]}`;

interface KeyRowProps {
  readonly row: KeyFields;
  /** It is one of several, which have names and weights. */
  readonly among: boolean;
  readonly number: number;
  readonly faults: readonly KeyFault[];
  readonly onChange: (part: Partial<KeyFields>) => void;
  /** Undefined where there is nothing to remove. */
  readonly onRemove: (() => void) | undefined;
}

function KeyRow({ row, among, number, faults, onChange, onRemove }: KeyRowProps) {
  const { t } = useTranslation();
  const { id, stored, name, secret, weight } = row;
  const errorAt = (field: "name" | "secret" | "weight"): string | undefined => {
    const fault = faults.find((one) => FIELD_OF[one] === field);
    return fault && t(FAULT_TEXT[fault]);
  };
  const unopened = stored?.masked === null;
  return (
    <li>
      <div
        {...(among ? { role: "group", "aria-label": t("provider.keyNumber", { number }) } : {})}
        className={`grid items-start gap-2 ${among ? "grid-cols-[minmax(0,3fr)_minmax(0,6fr)_72px_auto] max-sm:grid-cols-[minmax(0,1fr)_72px_auto]" : "grid-cols-[minmax(0,1fr)_auto]"}`}
      >
        {among ? (
          <Field
            id={keyFieldId(id, "name")}
            label={t("provider.name")}
            error={errorAt("name")}
            value={name}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => onChange({ name: target.value.trim() })}
          />
        ) : null}
        <Field
          id={keyFieldId(id, "secret")}
          className={among ? "max-sm:order-last max-sm:col-span-full" : ""}
          label={t("provider.apiKey")}
          hint={unopened ? t("provider.keyUnopened") : stored ? t("provider.keyStays") : among ? undefined : t("provider.keyHint")}
          error={errorAt("secret")}
          type="password"
          value={secret}
          placeholder={stored ? t("provider.keyStored", { masked: stored.masked ?? "" }).trim() : undefined}
          autoComplete="new-password"
          spellCheck={false}
          onChange={({ target }) => onChange({ secret: target.value.trim() })}
        />
        {among ? (
          <Field
            id={keyFieldId(id, "weight")}
            label={t("groups.weight")}
            error={errorAt("weight")}
            value={weight}
            inputMode="numeric"
            autoComplete="off"
            onChange={({ target }) => onChange({ weight: target.value.trim() })}
          />
        ) : null}
        {onRemove === undefined ? (
          <span />
        ) : (
          <IconButton label={t("provider.removeKey", { name })} onClick={onRemove} className="mt-6">
            <Trash2 aria-hidden size={16} />
          </IconButton>
        )}
      </div>
    </li>
  );
}

function RemovedKey({ row, onKeep }: { readonly row: KeyFields; readonly onKeep: () => void }) {
  const { t } = useTranslation();
  const name = row.stored?.name ?? "";
  return (
    <li className="flex flex-wrap items-center justify-between gap-2 rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
      <span id={`provider-key-${row.id}-leaves`}>{t("provider.keyLeaves", { name, masked: row.stored?.masked ?? "" })}</span>
      <Button
        id={`provider-key-${row.id}-keep`}
        aria-label={t("provider.keepKeyNamed", { name })}
        aria-describedby={`provider-key-${row.id}-leaves`}
        onClick={onKeep}
      >
        {t("provider.keepKey")}
      </Button>
    </li>
  );
}

interface ProviderKeysFieldsProps {
  readonly rows: readonly KeyFields[];
  readonly faults: ReadonlyMap<number, readonly KeyFault[]>;
  readonly onChange: (rows: readonly KeyFields[]) => void;
}

const ADD_BUTTON = "provider-key-add";

/** Before the dialog finds that what had the focus is gone, and takes it. */
function thenFocus(change: () => void, id: string): void {
  flushSync(change);
  document.getElementById(id)?.focus();
}

export function ProviderKeysFields({ rows, faults, onChange }: ProviderKeysFieldsProps) {
  const { t } = useTranslation();
  const kept = keptKeys(rows);
  const among = kept.length > 1;
  const remove = (row: KeyFields): void => {
    const change = (): void => onChange(withoutKey(rows, row.id));
    thenFocus(change, row.stored ? `provider-key-${row.id}-keep` : ADD_BUTTON);
  };
  const keep = (row: KeyFields): void => {
    const change = (): void => onChange(rows.map((one) => (one === row ? { ...one, removed: false } : one)));
    thenFocus(change, keyFieldId(row.id, "secret"));
  };
  const add = (): void => {
    const next = withNewKey(rows);
    thenFocus(() => onChange(next), keyFieldId(next.at(-1)?.id ?? 0, "secret"));
  };
  return (
    <div className="flex flex-col gap-3">
      {among ? <p className="text-12 text-faint">{t("provider.keysText")}</p> : null}
      {kept.length === 0 ? <p className="text-13 text-muted">{t("provider.noKeys")}</p> : null}
      <ul aria-label={t("provider.keys")} className="flex flex-col gap-3 empty:hidden">
        {rows.map((row) =>
          row.removed ? (
            <RemovedKey key={row.id} row={row} onKeep={() => keep(row)} />
          ) : (
            <KeyRow
              key={row.id}
              row={row}
              among={among}
              number={kept.indexOf(row) + 1}
              faults={faults.get(row.id) ?? []}
              onChange={(part) => onChange(rows.map((one) => (one === row ? { ...one, ...part } : one)))}
              onRemove={among || row.stored !== undefined ? () => remove(row) : undefined}
            />
          ),
        )}
      </ul>
      <Button id={ADD_BUTTON} className="self-start" onClick={add}>
        <Plus aria-hidden size={14} />
        {kept.length === 0 ? t("provider.addFirstKey") : t("provider.addKey")}
      </Button>
    </div>
  );
}
