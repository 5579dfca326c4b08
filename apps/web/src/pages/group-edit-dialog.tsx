/** Creates a group, or changes all of one: its name, its targets, its strategy, what counts as a failure, when a target rests. */
import { STRATEGIES } from "@switchyard/shared/domain/strategy";
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { CheckField } from "../ui/check-field.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, SelectField } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { Refusal } from "../ui/refusal.tsx";
import { fieldsOf, groupFaultsOf, groupOf, isStrategy, NEW_GROUP, type GroupFields } from "./group-form.ts";
import { GroupTargets } from "./group-targets.tsx";
import { RoutingFieldsForm } from "./routing-fields-form.tsx";
import { inheritedBy } from "./routing-fields.ts";
import { STRATEGY_HINT, STRATEGY_TEXT } from "./strategy-text.ts";

interface GroupEditDialogProps {
  /** The group that is changed; a new one of the platform without it. */
  readonly group: GroupRow | undefined;
  readonly onClose: () => void;
}

export function GroupEditDialog({ group, onClose }: GroupEditDialogProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const routing = useQuery(trpc.routing.get.queryOptions({ workspace }));
  const [fields, setFields] = useState(() => (group ? fieldsOf(group) : NEW_GROUP));
  const [keepOldName, setKeepOldName] = useState(true);
  const [tried, setTried] = useState(false);
  const save = useMutation(
    trpc.groups.save.mutationOptions({
      onSuccess: () => {
        for (const filter of [trpc.groups.pathFilter(), trpc.aliases.pathFilter(), trpc.routing.pathFilter()]) void queries.invalidateQueries(filter);
        notify({ text: t("groups.saved", { name: fields.name }), tone: "ok" });
        onClose();
      },
    }),
  );
  const faults = tried ? groupFaultsOf(fields) : [];
  const change = (part: Partial<GroupFields>): void => setFields((before) => ({ ...before, ...part }));
  const isRenamed = group !== undefined && fields.name !== group.name;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [first] = groupFaultsOf(fields);
    if (first) return document.getElementById(`group-${first}`)?.focus();
    const ask = group === undefined ? {} : { was: group.name, revision: group.revision, ...(isRenamed ? { keepOldName } : {}) };
    save.mutate({ workspace, shared: group?.shared ?? true, ...ask, group: groupOf(fields) });
  };
  const inherited = routing.data && inheritedBy(routing.data);
  const strategy = fields.strategy === "" ? inherited?.strategy : fields.strategy;
  return (
    <Dialog title={group ? t("groups.editTitle", { name: group.name }) : t("groups.newTitle")} onClose={onClose} wide>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Refusal error={save.error} />
        {group?.fromFile === true ? <p className="rounded-6 bg-warn-tint px-3 py-2 text-13 text-warn">{t("routing.fromFile")}</p> : null}
        <Field
          id="group-name"
          label={t("groups.name")}
          hint={t("groups.nameHint")}
          error={faults.includes("name") ? t("groups.badName") : undefined}
          value={fields.name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ name: event.target.value.trim() })}
        />
        {isRenamed ? (
          <CheckField checked={keepOldName} onChange={setKeepOldName}>
            {t("groups.keepOldName", { name: group.name })}
          </CheckField>
        ) : null}
        <SelectField
          id="group-strategy"
          label={t("groups.strategy")}
          value={fields.strategy}
          onChange={({ target }) => change({ strategy: isStrategy(target.value) ? target.value : "" })}
          options={[
            { value: "", label: t("routing.otherwise", { value: inherited ? t(STRATEGY_TEXT[inherited.strategy]) : "" }) },
            ...STRATEGIES.map((one) => ({ value: one, label: t(STRATEGY_TEXT[one]) })),
          ]}
        />
        {strategy === undefined ? null : <p className="-mt-3 text-12 text-faint">{t(STRATEGY_HINT[strategy])}</p>}
        <GroupTargets targets={fields.targets} shared={group?.shared ?? true} isBad={faults.includes("targets")} onChange={(targets) => change({ targets })} />
        {inherited === undefined ? null : (
          <RoutingFieldsForm
            place="group"
            fields={fields.routing}
            faults={faults.filter((fault) => fault !== "name" && fault !== "targets")}
            inherited={inherited}
            onChange={(part) => change({ routing: { ...fields.routing, ...part } })}
          />
        )}
        <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end gap-2 border-t border-line bg-raised px-5 py-3">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={save.isPending}>
            {group ? t("groups.save") : t("groups.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
