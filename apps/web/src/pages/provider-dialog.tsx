/** Makes a provider, or changes one: where it is, its key, which is written and never shown, and how it is tried. */
import { PROVIDER_KINDS } from "@switchyard/shared/domain/catalog";
import type { ProviderEditRow } from "@switchyard/shared/wire/console";
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
import { ProblemNote } from "../ui/problem-note.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TextArea } from "../ui/text-area.tsx";
import { isKind, needsAddress, NEW_PROVIDER, providerFaultsOf, providerFieldsOf, providerOf, testOf, type ProviderFields } from "./provider-form.ts";
import { ProviderTest } from "./provider-test.tsx";

interface ProviderDialogProps {
  /** The provider that is changed; a new one without it. */
  readonly name: string | undefined;
  readonly onClose: () => void;
  /** Told the name of a provider that was made. */
  readonly onMade: (name: string) => void;
}

/** Fetches what is changed before the form is shown. */
export function ProviderDialog({ name, onClose, onMade }: ProviderDialogProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { data, error, refetch } = useQuery(
    trpc.providers.get.queryOptions({ workspace, name: name ?? "" }, { enabled: name !== undefined, staleTime: 0, gcTime: 0 }),
  );
  return (
    <Dialog title={name === undefined ? t("provider.newTitle") : t("provider.editTitle", { name })} onClose={onClose} wide>
      {name !== undefined && data === undefined ? (
        error === null ? (
          <SkeletonRows rows={5} className="h-9" />
        ) : (
          <ProblemNote error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <ProviderForm before={data} onClose={onClose} onMade={onMade} />
      )}
    </Dialog>
  );
}

function ProviderForm({ before, onClose, onMade }: Omit<ProviderDialogProps, "name"> & { readonly before: ProviderEditRow | undefined }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const [fields, setFields] = useState(() => (before ? providerFieldsOf(before) : NEW_PROVIDER));
  const [tried, setTried] = useState(false);
  const save = useMutation(
    trpc.providers.save.mutationOptions({
      onSuccess: () => {
        for (const filter of [trpc.providers.pathFilter(), trpc.groups.pathFilter(), trpc.aliases.pathFilter(), trpc.routing.pathFilter()])
          void queries.invalidateQueries(filter);
        notify({ text: t("provider.saved", { name: fields.name }), tone: "ok" });
        if (before) onClose();
        else onMade(fields.name);
      },
    }),
  );
  const faults = tried ? providerFaultsOf(fields, before) : [];
  const change = (part: Partial<ProviderFields>): void => setFields((present) => ({ ...present, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [first] = providerFaultsOf(fields, before);
    if (first) return document.getElementById(`provider-${first}`)?.focus();
    save.mutate({ workspace, ...(before ? { was: before.name, revision: before.revision } : {}), provider: providerOf(fields) });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Refusal error={save.error} />
      {before?.fromFile === true ? <p className="rounded-6 bg-warn-tint px-3 py-2 text-13 text-warn">{t("routing.fromFile")}</p> : null}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          id="provider-name"
          label={t("provider.name")}
          hint={before ? t("provider.renameHint") : t("groups.nameRule")}
          error={faults.includes("name") ? t("groups.badName") : undefined}
          value={fields.name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ name: event.target.value.trim() })}
        />
        <SelectField
          id="provider-kind"
          label={t("provider.kind")}
          value={fields.kind}
          onChange={({ target }) => (isKind(target.value) ? change({ kind: target.value }) : undefined)}
          options={PROVIDER_KINDS.map((kind) => ({ value: kind, label: kind }))}
        />
      </div>
      <Field
        id="provider-baseUrl"
        label={t("provider.baseUrl")}
        hint={needsAddress(fields.kind) ? t("provider.baseUrlHint") : t("provider.baseUrlKnown")}
        error={faults.includes("baseUrl") ? t("provider.badBaseUrl") : undefined}
        value={fields.baseUrl}
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change({ baseUrl: event.target.value.trim() })}
      />
      <Field
        id="provider-apiKey"
        label={t("provider.apiKey")}
        hint={before?.hasKey === true ? t("provider.keyStays") : t("provider.keyHint")}
        error={faults.includes("apiKey") ? t("provider.badKey") : undefined}
        type="password"
        value={fields.apiKey}
        disabled={fields.removeKey}
        placeholder={before?.hasKey === true ? t("provider.keyStored") : undefined}
        autoComplete="new-password"
        spellCheck={false}
        onChange={(event) => change({ apiKey: event.target.value.trim() })}
      />
      {before?.hasKey === true ? (
        <CheckField checked={fields.removeKey} onChange={(removeKey) => change({ removeKey, apiKey: "" })}>
          {t("provider.removeKey")}
        </CheckField>
      ) : null}
      <ProviderTest ask={testOf(fields, before?.name)} ready={providerFaultsOf({ ...fields, name: fields.name || "new" }, before).length === 0} />
      <CheckField checked={fields.enabled} onChange={(enabled) => change({ enabled })}>
        {t("provider.enabled")}
      </CheckField>
      <details open={fields.headers !== "" || fields.local !== "" || fields.probeSeconds !== ""}>
        <summary className="cursor-pointer text-13 font-medium">{t("provider.more")}</summary>
        <div className="mt-3 flex flex-col gap-4">
          <TextArea
            id="provider-headers"
            label={t("provider.headers")}
            hint={t("provider.headersHint")}
            error={faults.includes("headers") ? t("provider.badHeaders") : undefined}
            value={fields.headers}
            onChange={(event) => change({ headers: event.target.value })}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <SelectField
              id="provider-local"
              label={t("provider.local")}
              value={fields.local}
              onChange={({ target }) => change({ local: target.value as ProviderFields["local"] })}
              options={[
                { value: "", label: t("provider.localByAddress") },
                { value: "yes", label: t("routing.yes") },
                { value: "no", label: t("routing.no") },
              ]}
            />
            <Field
              id="provider-probeSeconds"
              label={t("routing.probeSeconds")}
              hint={t("routing.probeSecondsHint")}
              error={faults.includes("probeSeconds") ? t("groups.badNumber") : undefined}
              value={fields.probeSeconds}
              inputMode="numeric"
              autoComplete="off"
              placeholder={t("groups.asUsual")}
              onChange={(event) => change({ probeSeconds: event.target.value.trim() })}
            />
          </div>
        </div>
      </details>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button type="submit" look="ink" disabled={save.isPending}>
          {before ? t("groups.save") : t("provider.create")}
        </Button>
      </div>
    </form>
  );
}
