/** The models that a provider lists: which to import, and at which price. */
import type { ImportOutcomeRow } from "@switchyard/shared/wire/console/imports";
import { useTranslation } from "react-i18next";
import { Badge } from "../ui/badge.tsx";
import { INPUT } from "../ui/field.tsx";
import { count } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { TABLE } from "../ui/table.ts";
import { isPrice, proposed, type TypedPrice, type TypedPrices } from "./import-form.ts";

type Listed = ImportOutcomeRow["models"][number];

const CHANGES = {
  new: { text: "import.new", tone: "ok" },
  present: { text: "import.present", tone: "idle" },
  off: { text: "import.off", tone: "warn" },
} as const satisfies Record<Listed["change"], { text: string; tone: "ok" | "idle" | "warn" }>;

interface TableProps {
  readonly models: readonly Listed[];
  readonly chosen: ReadonlySet<string>;
  readonly typed: TypedPrices;
  readonly disabled: boolean;
  readonly onChosen: (chosen: ReadonlySet<string>) => void;
  readonly onTyped: (typed: TypedPrices) => void;
}

export function ImportTable({ models, chosen, typed, disabled, onChosen, onTyped }: TableProps) {
  const { t } = useTranslation();
  const all = models.length > 0 && models.every(({ id }) => chosen.has(id));
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChosen(next);
  };
  return (
    <ScrollRegion label={t("import.models")} className="max-h-96 overflow-auto rounded-8 border border-line">
      <table className="w-full text-13" aria-label={t("import.models")}>
        <thead>
          <tr>
            <th scope="col" className={TABLE.head}>
              <input
                type="checkbox"
                aria-label={t("import.all")}
                checked={all}
                disabled={disabled}
                onChange={() => onChosen(all ? new Set() : new Set(models.map(({ id }) => id)))}
                className="size-4 align-middle accent-focus"
              />
            </th>
            <th scope="col" className={TABLE.head}>
              {t("providers.model")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("providers.context")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("providers.input")}
            </th>
            <th scope="col" className={TABLE.headNumber}>
              {t("providers.output")}
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <Line
              key={model.id}
              model={model}
              checked={chosen.has(model.id)}
              typed={typed[model.id] ?? proposed(model)}
              disabled={disabled}
              onToggle={() => toggle(model.id)}
              onTyped={(price) => onTyped({ ...typed, [model.id]: price })}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

interface LineProps {
  readonly model: Listed;
  readonly checked: boolean;
  readonly typed: TypedPrice;
  readonly disabled: boolean;
  readonly onToggle: () => void;
  readonly onTyped: (price: TypedPrice) => void;
}

function Line({ model, checked, typed, disabled, onToggle, onTyped }: LineProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { text, tone } = CHANGES[model.change];
  const box = `import-${model.id}`;
  const amount = (name: keyof TypedPrice, label: string) => (
    <td className={TABLE.number}>
      <input
        id={`import-${name}-${model.id}`}
        aria-label={t("import.priceOf", { what: label, model: model.id })}
        aria-invalid={checked && !isPrice(typed) ? true : undefined}
        value={typed[name]}
        disabled={disabled || !checked}
        inputMode="decimal"
        autoComplete="off"
        placeholder="–"
        onChange={(event) => onTyped({ ...typed, [name]: event.target.value })}
        className={`${INPUT} max-w-24 text-right`}
      />
    </td>
  );
  return (
    <tr className={TABLE.row}>
      <td className={TABLE.cell}>
        <input
          id={box}
          type="checkbox"
          aria-label={model.id}
          checked={checked}
          disabled={disabled}
          onChange={onToggle}
          className="size-4 align-middle accent-focus"
        />
      </td>
      <th scope="row" className={`${TABLE.cell} text-left font-normal`}>
        <label htmlFor={box} className="font-mono text-12 break-all">
          {model.id}
        </label>
        <span className="ml-2">
          <Badge tone={tone}>{t(text)}</Badge>
        </span>
        <span className="block text-12 text-faint">
          {model.alias === undefined ? "" : `${t("import.asAlias", { alias: model.alias })} `}
          {model.priceSource === undefined ? t("import.noPrice") : t("import.priceFrom", { source: model.priceSource })}
        </span>
      </th>
      <td className={`${TABLE.number} text-muted`}>{model.contextWindow === undefined ? "–" : count(model.contextWindow, locale)}</td>
      {amount("input", t("providers.input"))}
      {amount("output", t("providers.output"))}
    </tr>
  );
}
