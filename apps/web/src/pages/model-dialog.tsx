/** Changes one model: whether it may be called, and what it costs from now on. */
import type { ModelRow } from "@switchyard/shared/wire/console";
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
import { faultsOfPrice, PRICE_FIELDS, priceFieldsOf, priceOf, type PriceField } from "./model-form.ts";

const FIELD_TEXT = {
  inputPerMillion: "providers.input",
  cachedInputPerMillion: "providers.cached",
  cacheWritePerMillion: "providers.cacheWrite",
  outputPerMillion: "providers.output",
  reasoningPerMillion: "usagePart.reasoning",
  perCall: "model.perCall",
} as const satisfies Record<PriceField, string>;

export function ModelDialog({ model, onClose }: { readonly model: ModelRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const before = priceFieldsOf(model);
  const [fields, setFields] = useState(before);
  const [enabled, setEnabled] = useState(model.enabled);
  const [tried, setTried] = useState(false);
  const save = useMutation(
    trpc.models.change.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.providers.pathFilter());
        notify({ text: t("model.saved", { model: model.name }), tone: "ok" });
        onClose();
      },
    }),
  );
  const touched = PRICE_FIELDS.some((field) => fields[field] !== before[field]);
  const faults = touched ? faultsOfPrice(fields) : [];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (faults[0]) return document.getElementById(`model-${faults[0]}`)?.focus();
    save.mutate({ workspace, id: model.id, change: { enabled, ...(touched ? { price: priceOf(fields, model) } : {}) } });
  };
  return (
    <Dialog title={t("model.title", { model: model.name })} text={t("model.text")} onClose={onClose} wide>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {save.error === null ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {textOf(save.error)}
          </p>
        )}
        <label className="flex min-h-6 items-center gap-2 text-13">
          <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} className="size-4 accent-focus" />
          {t("model.enabled")}
        </label>
        <div className="grid gap-4 sm:grid-cols-3">
          {PRICE_FIELDS.map((field) => (
            <Field
              key={field}
              id={`model-${field}`}
              label={t(FIELD_TEXT[field])}
              error={tried && faults.includes(field) ? t("model.amountBad") : undefined}
              value={fields[field]}
              inputMode="decimal"
              autoComplete="off"
              onChange={(event) => setFields((present) => ({ ...present, [field]: event.target.value }))}
            />
          ))}
        </div>
        <p className="text-12 text-faint">{model.price ? t("import.priceFrom", { source: model.price.source }) : t("import.noPrice")}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={save.isPending}>
            {t("model.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
