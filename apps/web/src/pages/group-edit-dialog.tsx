/** Changes how a group is routed: strategy, order, what counts as a failure, when a target rests. */
import { STRATEGIES, type Strategy } from "@switchyard/shared/domain/strategy";
import type { GroupRow } from "@switchyard/shared/wire/console";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, INPUT, SelectField } from "../ui/field.tsx";
import { useProblemText } from "../ui/problem-note.tsx";
import { fieldsOf, groupChangeOf, groupFaultsOf, type GroupFault, type GroupFields, type NumberField } from "./group-form.ts";
import { STRATEGY_HINT, STRATEGY_TEXT } from "./strategy-text.ts";

interface PartProps {
  readonly fields: GroupFields;
  readonly faults: readonly GroupFault[];
  readonly onChange: (part: Partial<GroupFields>) => void;
}

const NUMBERS = [
  { name: "firstTokenMs", label: "groups.firstTokenMs", hint: "groups.firstTokenMsHint" },
  { name: "hedgeAfterMs", label: "groups.hedgeAfterMs", hint: "groups.hedgeAfterMsHint" },
  { name: "restFailures", label: "groups.restFailures", hint: "groups.restFailuresHint" },
  { name: "restMinutes", label: "groups.restMinutes", hint: "groups.restMinutesHint" },
  { name: "restSeconds", label: "groups.restSeconds", hint: "groups.restSecondsHint" },
] as const satisfies readonly { name: NumberField; label: string; hint: string }[];

function Numbers({ fields, faults, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {NUMBERS.map(({ name, label, hint }) => (
        <Field
          key={name}
          id={`group-${name}`}
          label={t(label)}
          hint={t(hint)}
          error={faults.includes(name) ? t("groups.badNumber") : undefined}
          value={fields[name]}
          inputMode="decimal"
          autoComplete="off"
          placeholder={t("groups.asUsual")}
          onChange={(event) => onChange({ [name]: event.target.value.trim() })}
        />
      ))}
    </div>
  );
}

function TargetOrder({ fields, faults, onChange }: PartProps) {
  const { t } = useTranslation();
  const change = (index: number, part: Partial<GroupFields["targets"][number]>): void =>
    onChange({ targets: fields.targets.map((target, at) => (at === index ? { ...target, ...part } : target)) });
  const error = faults.includes("targets") ? t("groups.badTargets") : undefined;
  return (
    <fieldset aria-describedby={error === undefined ? undefined : "group-targets-error"}>
      <legend className="mb-1 text-13 font-medium">{t("groups.order")}</legend>
      <div className="grid grid-cols-[1fr_80px_80px] items-center gap-x-3 gap-y-2">
        <span className="text-12 text-muted">{t("groups.target")}</span>
        <span className="text-12 text-muted">{t("groups.priority")}</span>
        <span className="text-12 text-muted">{t("groups.weight")}</span>
        {fields.targets.map(({ target, priority, weight }, index) => (
          <div key={target} className="contents">
            <span className="truncate font-mono text-12">{target}</span>
            <input
              id={index === 0 ? "group-targets" : undefined}
              className={INPUT}
              inputMode="numeric"
              aria-label={`${t("groups.priority")} ${target}`}
              value={priority}
              onChange={(event) => change(index, { priority: event.target.value.trim() })}
            />
            <input
              className={INPUT}
              inputMode="numeric"
              aria-label={`${t("groups.weight")} ${target}`}
              value={weight}
              onChange={(event) => change(index, { weight: event.target.value.trim() })}
            />
          </div>
        ))}
      </div>
      {error === undefined ? null : (
        <p id="group-targets-error" className="mt-1 text-12 text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function Keywords({ fields, faults, onChange }: PartProps) {
  const { t } = useTranslation();
  const error = faults.includes("keywords") ? t("groups.badKeywords") : undefined;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor="group-keywords" className="text-13 font-medium">
        {t("groups.keywords")}
      </label>
      <textarea
        id="group-keywords"
        rows={3}
        spellCheck={false}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={error === undefined ? "group-keywords-hint" : "group-keywords-hint group-keywords-error"}
        className={`${INPUT} h-auto py-2 font-mono max-md:h-auto`}
        value={fields.keywords}
        onChange={(event) => onChange({ keywords: event.target.value })}
      />
      <p id="group-keywords-hint" className="text-12 text-faint">
        {t("groups.keywordsEditHint")}
      </p>
      {error === undefined ? null : (
        <p id="group-keywords-error" className="text-12 text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

export function GroupEditDialog({ group, onClose }: { readonly group: GroupRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const [fields, setFields] = useState(() => fieldsOf(group));
  const [tried, setTried] = useState(false);
  const save = useMutation(
    trpc.groups.save.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.groups.pathFilter());
        onClose();
      },
    }),
  );
  const faults = tried ? groupFaultsOf(fields) : [];
  const change = (part: Partial<GroupFields>): void => setFields((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [first] = groupFaultsOf(fields);
    if (first) document.getElementById(`group-${first}`)?.focus();
    else save.mutate({ workspace, shared: group.shared, was: group.name, revision: group.revision, group: groupChangeOf(fields, group) });
  };
  return (
    <Dialog title={t("groups.editTitle", { name: group.name })} onClose={onClose} wide>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {save.error === null ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {textOf(save.error)}
          </p>
        )}
        <SelectField
          id="group-strategy"
          label={t("groups.strategy")}
          value={fields.strategy}
          onChange={(event) => change({ strategy: event.target.value as Strategy })}
          options={STRATEGIES.map((strategy) => ({ value: strategy, label: t(STRATEGY_TEXT[strategy]) }))}
        />
        <p className="-mt-3 text-12 text-faint">{t(STRATEGY_HINT[fields.strategy])}</p>
        <label className="flex min-h-6 items-center gap-2 text-13">
          <input type="checkbox" checked={fields.sticky} onChange={() => change({ sticky: !fields.sticky })} className="size-4 accent-focus" />
          {t("groups.sticky")}
        </label>
        <TargetOrder fields={fields} faults={faults} onChange={change} />
        <Numbers fields={fields} faults={faults} onChange={change} />
        <Keywords fields={fields} faults={faults} onChange={change} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={save.isPending}>
            {t("groups.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
