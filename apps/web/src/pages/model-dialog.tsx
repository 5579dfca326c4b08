/** Adds a model by hand, or changes one: whether it may be called, what it can do, and what it costs from now on. */
import { CAPABILITIES } from "@switchyard/shared/domain/catalog";
import type { ModelRow } from "@switchyard/shared/wire/console/providers";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { CheckField } from "../ui/check-field.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { Refusal } from "../ui/refusal.tsx";
import { CAPABILITY_TEXT } from "./capability-text.ts";
import { factsFaultsOf, factsFieldsOf, factsOf, type FactsFault, type FactsFields } from "./model-facts-form.ts";
import { faultsOfPrice, PRICE_FIELDS, priceFieldsOf, priceOf, type PriceField } from "./model-form.ts";

const FIELD_TEXT = {
  inputPerMillion: "providers.input",
  cachedInputPerMillion: "providers.cached",
  cacheWritePerMillion: "providers.cacheWrite",
  outputPerMillion: "providers.output",
  reasoningPerMillion: "usagePart.reasoning",
  perCall: "model.perCall",
} as const satisfies Record<PriceField, string>;

interface ModelDialogProps {
  /** The provider that it is of. */
  readonly provider: string;
  /** The model that is changed; a new one without it. */
  readonly model: ModelRow | undefined;
  readonly onClose: () => void;
}

interface FactsProps {
  readonly isNew: boolean;
  readonly facts: FactsFields;
  readonly faults: readonly FactsFault[];
  readonly onChange: (part: Partial<FactsFields>) => void;
}

function Facts({ isNew, facts, faults, onChange }: FactsProps) {
  const { t } = useTranslation();
  return (
    <>
      {isNew ? (
        <Field
          id="model-name"
          label={t("model.name")}
          hint={t("model.nameHint")}
          error={faults.includes("name") ? t("model.nameBad") : undefined}
          value={facts.name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ name: event.target.value })}
        />
      ) : null}
      <div className="grid gap-4 sm:grid-cols-2">
        {(["contextWindow", "maxOutput"] as const).map((field) => (
          <Field
            key={field}
            id={`model-${field}`}
            label={field === "contextWindow" ? t("providers.context") : t("providers.maxOutput")}
            hint={t("model.tokensHint")}
            error={faults.includes(field) ? t("groups.badNumber") : undefined}
            value={facts[field]}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => onChange({ [field]: event.target.value.trim() })}
          />
        ))}
      </div>
      <fieldset>
        <legend className="mb-1 text-13 font-medium">{t("providers.capabilities")}</legend>
        <div className="grid grid-cols-2 gap-x-4 sm:grid-cols-4">
          {CAPABILITIES.map((one) => (
            <CheckField
              key={one}
              checked={facts.capabilities.includes(one)}
              onChange={(checked) => onChange({ capabilities: checked ? [...facts.capabilities, one] : facts.capabilities.filter((other) => other !== one) })}
            >
              {t(CAPABILITY_TEXT[one])}
            </CheckField>
          ))}
        </div>
        <p className="mt-1 text-12 text-faint">{t("model.capabilitiesHint")}</p>
      </fieldset>
    </>
  );
}

export function ModelDialog({ provider, model, onClose }: ModelDialogProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const before = priceFieldsOf(model);
  const factsBefore = factsFieldsOf(model);
  const [fields, setFields] = useState(before);
  const [facts, setFacts] = useState(factsBefore);
  const [enabled, setEnabled] = useState(model?.enabled ?? true);
  const [tried, setTried] = useState(false);
  const name = model?.name ?? facts.name.trim();
  const onSuccess = (): void => {
    void queries.invalidateQueries(trpc.providers.pathFilter());
    notify({ text: model ? t("model.saved", { model: name }) : t("model.added", { model: name }), tone: "ok" });
    onClose();
  };
  const change = useMutation(trpc.models.change.mutationOptions({ onSuccess }));
  const add = useMutation(trpc.providers.addModel.mutationOptions({ onSuccess }));
  const touched = PRICE_FIELDS.some((field) => fields[field] !== before[field]);
  const factFaults = factsFaultsOf(facts);
  const priceFaults = touched ? faultsOfPrice(fields) : [];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [first] = [...factFaults, ...priceFaults];
    if (first) return document.getElementById(`model-${first}`)?.focus();
    const wanted = { enabled, ...factsOf(facts, factsBefore), ...(touched ? { price: priceOf(fields, model) } : {}) };
    if (model) change.mutate({ workspace, id: model.id, change: wanted });
    else add.mutate({ workspace, name: provider, model: { ...wanted, id: name } });
  };
  return (
    <Dialog
      title={model ? t("model.title", { model: name }) : t("model.addTitle", { provider })}
      text={model ? t("model.text") : t("model.addText")}
      onClose={onClose}
      wide
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Refusal error={change.error ?? add.error} />
        <CheckField checked={enabled} onChange={setEnabled}>
          {t("model.enabled")}
        </CheckField>
        <Facts
          isNew={model === undefined}
          facts={facts}
          faults={tried ? factFaults : []}
          onChange={(part) => setFacts((present) => ({ ...present, ...part }))}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          {PRICE_FIELDS.map((field) => (
            <Field
              key={field}
              id={`model-${field}`}
              label={t(FIELD_TEXT[field])}
              error={tried && priceFaults.includes(field) ? t("model.amountBad") : undefined}
              value={fields[field]}
              inputMode="decimal"
              autoComplete="off"
              onChange={(event) => setFields((present) => ({ ...present, [field]: event.target.value }))}
            />
          ))}
        </div>
        <p className="text-12 text-faint">{model?.price ? t("import.priceFrom", { source: model.price.source }) : t("import.noPrice")}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={change.isPending || add.isPending}>
            {model ? t("model.save") : t("model.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
