/** Changes what holds for all groups; an emptied field goes back to what is built in. */
import { STRATEGIES, type Strategy } from "@switchyard/shared/domain/strategy";
import type { RoutingRow } from "@switchyard/shared/wire/console/routing";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, SelectField } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { Refusal } from "../ui/refusal.tsx";
import { isStrategy } from "./group-form.ts";
import { ownerFaultsOf, ownerFieldsOf, ownerOf, type OwnerFields } from "./owner-form.ts";
import { RoutingFieldsForm } from "./routing-fields-form.tsx";
import { STRATEGY_TEXT } from "./strategy-text.ts";

export function SettingsDialog({ routing, onClose }: { readonly routing: RoutingRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const { builtin } = routing;
  const [fields, setFields] = useState(() => ownerFieldsOf(routing));
  const [tried, setTried] = useState(false);
  const save = useMutation(
    trpc.routing.save.mutationOptions({
      onSuccess: () => {
        for (const filter of [trpc.routing.pathFilter(), trpc.groups.pathFilter()]) void queries.invalidateQueries(filter);
        notify({ text: t("routing.saved"), tone: "ok" });
        onClose();
      },
    }),
  );
  const faults = tried ? ownerFaultsOf(fields) : [];
  const change = (part: Partial<OwnerFields>): void => setFields((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [first] = ownerFaultsOf(fields);
    if (first) return document.getElementById(`owner-${first}`)?.focus();
    save.mutate({ workspace, revision: routing.revision, routing: ownerOf(fields) });
  };
  const strategies = (value: Strategy) => [
    { value: "", label: t("routing.otherwise", { value: t(STRATEGY_TEXT[value]) }) },
    ...STRATEGIES.map((one) => ({ value: one, label: t(STRATEGY_TEXT[one]) })),
  ];
  const number = (name: "probeSeconds" | "probeFailures", label: string, hint: string, value: number) => (
    <Field
      id={`owner-${name}`}
      label={label}
      hint={hint}
      error={faults.includes(name) ? t("groups.badNumber") : undefined}
      value={fields[name]}
      inputMode="numeric"
      autoComplete="off"
      placeholder={t("routing.otherwise", { value })}
      onChange={(event) => change({ [name]: event.target.value.trim() })}
    />
  );
  return (
    <Dialog title={t("routing.settingsTitle")} text={t("routing.editText")} onClose={onClose} wide>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Refusal error={save.error} />
        {routing.fromFile ? <p className="rounded-6 bg-warn-tint px-3 py-2 text-13 text-warn">{t("routing.fromFile")}</p> : null}
        <SelectField
          id="owner-strategy"
          label={t("routing.strategy")}
          value={fields.strategy}
          onChange={({ target }) => change({ strategy: isStrategy(target.value) ? target.value : "" })}
          options={strategies(builtin.strategy)}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            id="owner-auto"
            label={t("routing.autoEnabled")}
            value={fields.auto}
            onChange={({ target }) => change({ auto: target.value as OwnerFields["auto"] })}
            options={[
              { value: "", label: t("routing.otherwise", { value: t("routing.yes") }) },
              { value: "yes", label: t("routing.yes") },
              { value: "no", label: t("routing.no") },
            ]}
          />
          <SelectField
            id="owner-auto-strategy"
            label={t("routing.autoStrategy")}
            value={fields.autoStrategy}
            onChange={({ target }) => change({ autoStrategy: isStrategy(target.value) ? target.value : "" })}
            options={strategies(builtin.auto.strategy)}
          />
          {number("probeSeconds", t("routing.probeSeconds"), t("routing.probeSecondsHint"), builtin.probe.seconds)}
          {number("probeFailures", t("routing.probeFailures"), t("routing.probeFailuresHint"), builtin.probe.failures)}
        </div>
        <RoutingFieldsForm
          place="owner"
          fields={fields.routing}
          faults={faults.filter((fault) => fault !== "probeSeconds" && fault !== "probeFailures")}
          inherited={builtin}
          onChange={(part) => change({ routing: { ...fields.routing, ...part } })}
        />
        <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end gap-2 border-t border-line bg-raised px-5 py-3">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={save.isPending}>
            {t("groups.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
