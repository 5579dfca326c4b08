/** Makes a provider, or changes one: where it is, its keys, which are written and never shown, its limits, and how it is tried. */
import { PROVIDER_KINDS } from "@switchyard/shared/domain/catalog";
import type { ProviderEditRow } from "@switchyard/shared/wire/console/providers";
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
import { limitMaxId, wrongLimitAt } from "./limit-form.ts";
import { LimitRows } from "./limit-rows.tsx";
import {
  isKind,
  isMoved,
  needsAddress,
  NEW_PROVIDER,
  providerFaultsOf,
  providerFieldsOf,
  providerOf,
  testOf,
  type ProviderFault,
  type ProviderFields,
} from "./provider-form.ts";
import { keyFieldId, ProviderKeysFields } from "./provider-keys-fields.tsx";
import { keyFaultsOf } from "./provider-keys-form.ts";
import { ProviderTest } from "./provider-test.tsx";

interface ProviderDialogProps {
  /** The provider that is changed; a new one without it. */
  readonly name: string | undefined;
  readonly onClose: () => void;
  /** Told the name of a provider that was made. */
  readonly onMade: (name: string) => void;
}

const NO_FAULTS: ReturnType<typeof keyFaultsOf> = new Map();

/** Fetches what is changed before the form is shown. */
export function ProviderDialog({ name, onClose, onMade }: ProviderDialogProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { data, error, refetch, isFetchedAfterMount } = useQuery(
    trpc.providers.get.queryOptions({ workspace, name: name ?? "" }, { enabled: name !== undefined, staleTime: 0, gcTime: 0 }),
  );
  return (
    <Dialog title={name === undefined ? t("provider.newTitle") : t("provider.editTitle", { name })} onClose={onClose} wide>
      {/* What was read for an earlier opening may be out of date by now. */}
      {name !== undefined && (data === undefined || !isFetchedAfterMount) ? (
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
  const [first] = useState(() => (before ? providerFieldsOf(before) : NEW_PROVIDER));
  const [fields, setFields] = useState(first);
  const [tried, setTried] = useState(false);
  const save = useMutation(
    trpc.providers.save.mutationOptions({
      onSuccess: () => {
        for (const filter of [
          trpc.providers.pathFilter(),
          trpc.groups.pathFilter(),
          trpc.aliases.pathFilter(),
          trpc.routing.pathFilter(),
          trpc.limits.pathFilter(),
        ])
          void queries.invalidateQueries(filter);
        notify({ text: t("provider.saved", { name: fields.name }), tone: "ok" });
        if (before) onClose();
        else onMade(fields.name);
      },
    }),
  );
  const faults = tried ? providerFaultsOf(fields, before) : [];
  const change = (part: Partial<ProviderFields>): void => setFields((present) => ({ ...present, ...part }));
  const keyFaults = keyFaultsOf(fields.keys, isMoved(fields, before));
  const focusFault = (fault: ProviderFault): void => {
    const [key] = keyFaults;
    const place = { keys: key && keyFieldId(key[0], key[1][0] ?? "secret"), limits: limitMaxId(wrongLimitAt(fields.limits)) };
    const id = (fault === "keys" || fault === "limits" ? place[fault] : undefined) ?? `provider-${fault}`;
    // What is folded is unfolded first.
    const field = document.getElementById(id);
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
  };
  const destroyed = fields.keys.filter(({ removed }) => removed).length;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const [fault] = providerFaultsOf(fields, before);
    if (fault) return focusFault(fault);
    save.mutate({ workspace, ...(before ? { was: before.name, revision: before.revision } : {}), provider: providerOf(fields, before) });
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
      <ProviderKeysFields rows={fields.keys} faults={tried ? keyFaults : NO_FAULTS} onChange={(keys) => change({ keys })} />
      <ProviderTest ask={testOf(fields, before?.name)} ready={providerFaultsOf({ ...fields, name: fields.name || "new" }, before).length === 0} />
      <CheckField checked={fields.enabled} onChange={(enabled) => change({ enabled })}>
        {t("provider.enabled")}
      </CheckField>
      <details open={first.limits.length > 0}>
        <summary className="cursor-pointer text-13 font-medium">{t("limits.title")}</summary>
        <div className="mt-3 flex flex-col gap-3">
          <p className="text-12 text-faint">{t("limits.ofProviderText")}</p>
          <LimitRows rows={fields.limits} tried={tried} onChange={(limits) => change({ limits })} />
        </div>
      </details>
      <details open={first.headers !== "" || first.local !== "" || first.probeSeconds !== "" || first.responses !== ""}>
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
            {fields.kind === "openai-compatible" ? (
              <SelectField
                id="provider-responses"
                label={t("provider.responses")}
                value={fields.responses}
                onChange={({ target }) => change({ responses: target.value as ProviderFields["responses"] })}
                options={[
                  { value: "", label: t("provider.localByAddress") },
                  { value: "yes", label: t("routing.yes") },
                  { value: "no", label: t("routing.no") },
                ]}
              />
            ) : null}
          </div>
        </div>
      </details>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button type="submit" look={destroyed > 0 ? "danger" : "ink"} disabled={save.isPending}>
          {destroyed > 0 ? t("provider.saveAndDestroy", { count: destroyed }) : before ? t("groups.save") : t("provider.create")}
        </Button>
      </div>
    </form>
  );
}
