/** Makes a key, then shows its secret once and waits for the first call with it. */
import type { CreatedKey } from "@switchyard/shared/wire/console/keys";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { problemOf } from "../problem.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { nowMs } from "../ui/clock.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field, SelectField } from "../ui/field.tsx";
import { useProblemText } from "../ui/problem-note.tsx";
import { EMPTY_KEY, faultsOf, KEY_FAULT_TEXT, newKeyOf, type KeyFault, type KeyFields } from "./key-form.ts";
import { KeySecretDialog } from "./key-secret-dialog.tsx";

interface GroupsFieldProps {
  readonly fields: KeyFields;
  readonly names: readonly string[];
  readonly error: string | undefined;
  readonly onChange: (fields: Partial<KeyFields>) => void;
}

function GroupsField({ fields, names, error, onChange }: GroupsFieldProps) {
  const { t } = useTranslation();
  const toggle = (name: string): void =>
    onChange({ groups: fields.groups.includes(name) ? fields.groups.filter((one) => one !== name) : [...fields.groups, name] });
  return (
    <fieldset className="flex flex-col gap-1" aria-describedby={error === undefined ? undefined : "key-groups-error"}>
      <legend className="mb-1 text-13 font-medium">{t("keys.groupsLabel")}</legend>
      <label className="flex min-h-6 items-center gap-2 text-13">
        <input
          id="key-groups"
          type="radio"
          name="scope"
          checked={fields.allGroups}
          onChange={() => onChange({ allGroups: true })}
          className="size-4 accent-focus"
        />
        {t("keys.groupsAll")}
      </label>
      <label className="flex min-h-6 items-center gap-2 text-13">
        <input type="radio" name="scope" checked={!fields.allGroups} onChange={() => onChange({ allGroups: false })} className="size-4 accent-focus" />
        {t("keys.groupsSome")}
      </label>
      {fields.allGroups ? null : (
        <div className="ml-6 flex max-h-36 flex-col gap-1 overflow-y-auto">
          {names.map((name) => (
            <label key={name} className="flex min-h-6 items-center gap-2 text-13">
              <input type="checkbox" checked={fields.groups.includes(name)} onChange={() => toggle(name)} className="size-4 accent-focus" />
              {name}
            </label>
          ))}
        </div>
      )}
      {error === undefined ? null : (
        <p id="key-groups-error" className="text-12 text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}

const FAULT_FIELD: Record<KeyFault, string> = { name: "key-name", groups: "key-groups", rate: "key-rate", budget: "key-budget" };

function Form({ onClose, onCreated }: { readonly onClose: () => void; readonly onCreated: (created: CreatedKey) => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const groups = useQuery(trpc.groups.list.queryOptions({ workspace }));
  const [fields, setFields] = useState(EMPTY_KEY);
  const [tried, setTried] = useState(false);
  const create = useMutation(
    trpc.keys.create.mutationOptions({
      onSuccess: (created) => {
        void queries.invalidateQueries(trpc.keys.pathFilter());
        onCreated(created);
      },
    }),
  );
  const faults = tried ? faultsOf(fields) : [];
  const errorOf = (fault: KeyFault): string | undefined => (faults.includes(fault) ? t(KEY_FAULT_TEXT[fault]) : undefined);
  const change = (part: Partial<KeyFields>): void => setFields((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [first] = faultsOf(fields);
    if (first) document.getElementById(FAULT_FIELD[first])?.focus();
    else create.mutate({ workspace, key: newKeyOf(fields, nowMs()) });
  };
  const refusal =
    create.error === null ? undefined : problemOf(create.error).kind === "conflict" ? t("keys.nameTaken", { name: fields.name.trim() }) : textOf(create.error);
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      {refusal === undefined ? null : (
        <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
          {refusal}
        </p>
      )}
      <Field
        autoFocus
        id="key-name"
        label={t("keys.nameLabel")}
        hint={t("keys.nameHint")}
        error={errorOf("name")}
        value={fields.name}
        maxLength={100}
        autoComplete="off"
        onChange={(event) => change({ name: event.target.value })}
      />
      <GroupsField fields={fields} names={(groups.data ?? []).map(({ name }) => name)} error={errorOf("groups")} onChange={change} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          id="key-budget"
          label={t("keys.budgetLabel")}
          hint={t("keys.budgetHint")}
          error={errorOf("budget")}
          value={fields.budgetUsd}
          inputMode="decimal"
          autoComplete="off"
          placeholder="5.00"
          onChange={(event) => change({ budgetUsd: event.target.value.trim() })}
        />
        <SelectField
          id="key-window"
          label={t("keys.windowLabel")}
          value={fields.windowDays}
          disabled={fields.budgetUsd === ""}
          onChange={(event) => change({ windowDays: event.target.value })}
          options={[
            { value: "1", label: t("keys.windowDay") },
            { value: "7", label: t("keys.windowWeek") },
            { value: "30", label: t("keys.windowMonth") },
          ]}
        />
        <Field
          id="key-rate"
          label={t("keys.rateLabel")}
          hint={t("keys.rateHint")}
          error={errorOf("rate")}
          value={fields.requestsPerMinute}
          inputMode="numeric"
          autoComplete="off"
          placeholder="600"
          onChange={(event) => change({ requestsPerMinute: event.target.value.trim() })}
        />
        <SelectField
          id="key-expiry"
          label={t("keys.expiryLabel")}
          value={fields.expiresInDays}
          onChange={(event) => change({ expiresInDays: event.target.value })}
          options={[
            { value: "", label: t("keys.expiryNever") },
            { value: "7", label: t("keys.expiry7") },
            { value: "30", label: t("keys.expiry30") },
            { value: "90", label: t("keys.expiry90") },
            { value: "365", label: t("keys.expiry365") },
          ]}
        />
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button type="submit" look="ink" disabled={create.isPending}>
          {create.isPending ? t("keys.submitting") : t("keys.submit")}
        </Button>
      </div>
    </form>
  );
}

export function KeyCreateDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [created, setCreated] = useState<CreatedKey>();
  if (created) return <KeySecretDialog created={created} onClose={onClose} />;
  return (
    <Dialog title={t("keys.createTitle")} onClose={onClose} wide>
      <Form onClose={onClose} onCreated={setCreated} />
    </Dialog>
  );
}
