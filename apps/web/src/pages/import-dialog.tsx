/** Brings a provider's models into the catalog: read its list, choose and price them, import, take back. */
import type { ImportOutcomeRow } from "@switchyard/shared/wire/console/imports";
import type { ProviderRow } from "@switchyard/shared/wire/console/providers";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { problemOf } from "../problem.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";
import { chosenOf, EMPTY_IMPORT, isAlias, isPrice, newRun, proposed, wordsOf, type ImportFields, type TypedPrices } from "./import-form.ts";
import { ImportTable } from "./import-table.tsx";

interface Step {
  readonly onClose: () => void;
  readonly provider: ProviderRow;
}

/** The server's words say which answer could not be used; other refusals have texts of their own. */
function useRefusal(): (error: unknown) => string {
  const textOf = useProblemText();
  return (error) => {
    const { code, text } = problemOf(error);
    return (code === "upstream_invalid" || code === "invalid_request") && text !== undefined ? text : textOf(error);
  };
}

function Refusal({ error }: { readonly error: unknown }) {
  const wordsFor = useRefusal();
  if (error === null) return null;
  return (
    <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
      {wordsFor(error)}
    </p>
  );
}

function Ask({ provider, onClose, onListed }: Step & { readonly onListed: (fields: ImportFields, found: ImportOutcomeRow) => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const [fields, setFields] = useState(EMPTY_IMPORT);
  const preview = useMutation(trpc.models.previewImport.mutationOptions({ onSuccess: (found) => onListed(fields, found) }));
  const change = (part: Partial<ImportFields>): void => setFields((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isAlias(fields.aliasPrefix)) return document.getElementById("import-alias")?.focus();
    preview.mutate({
      workspace,
      wish: { provider: provider.name, aliasPrefix: fields.aliasPrefix, include: wordsOf(fields.include), exclude: wordsOf(fields.exclude) },
    });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Refusal error={preview.error} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          autoFocus
          id="import-include"
          label={t("import.include")}
          hint={t("import.includeHint")}
          value={fields.include}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ include: event.target.value })}
        />
        <Field
          id="import-exclude"
          label={t("import.exclude")}
          hint={t("import.excludeHint")}
          value={fields.exclude}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ exclude: event.target.value })}
        />
      </div>
      <Field
        id="import-alias"
        label={t("import.alias")}
        hint={t("import.aliasHint")}
        error={isAlias(fields.aliasPrefix) ? undefined : t("import.aliasBad")}
        value={fields.aliasPrefix}
        maxLength={50}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change({ aliasPrefix: event.target.value.trim() })}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button type="submit" look="ink" disabled={preview.isPending}>
          {preview.isPending ? t("import.reading") : t("import.read")}
        </Button>
      </div>
    </form>
  );
}

/** How far the import under this name has come, as the server tells it. */
function Progress({ run }: { readonly run: string }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { data } = useSubscription(trpc.models.importProgress.subscriptionOptions({ workspace, run }));
  const total = data?.total ?? 0;
  const text = data?.phase === "writing" ? t("import.writing", { done: data.done, total }) : t("import.readingCount", { count: data?.done ?? 0 });
  return (
    <div className="flex flex-col gap-1">
      <progress
        aria-label={t("import.progress")}
        className="h-2 w-full accent-focus"
        {...(data?.phase === "writing" ? { value: data.done, max: Math.max(total, 1) } : {})}
      />
      <output className="block text-12 text-muted">{text}</output>
    </div>
  );
}

interface ChooseProps extends Step {
  readonly fields: ImportFields;
  readonly found: ImportOutcomeRow;
  readonly onBack: () => void;
  readonly onDone: (done: ImportOutcomeRow) => void;
}

function Choose({ provider, fields, found, onBack, onDone }: ChooseProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(found.models.filter(({ change }) => change === "new").map(({ id }) => id)));
  const [typed, setTyped] = useState<TypedPrices>({});
  const [run] = useState(newRun);
  const start = useMutation(
    trpc.models.import.mutationOptions({
      onSuccess: (done) => {
        for (const filter of [trpc.providers.pathFilter(), trpc.groups.pathFilter()]) void queries.invalidateQueries(filter);
        onDone(done);
      },
    }),
  );
  const bad = found.models.filter((model) => chosen.has(model.id) && !isPrice(typed[model.id] ?? proposed(model)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (bad[0]) return document.getElementById(`import-input-${bad[0].id}`)?.focus();
    const wish = { provider: provider.name, aliasPrefix: fields.aliasPrefix, include: wordsOf(fields.include), exclude: wordsOf(fields.exclude) };
    start.mutate({ workspace, run, wish: { ...wish, models: chosenOf(found.models, chosen, typed) } });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Refusal error={start.error} />
      <p className="text-13 text-muted">
        {t("import.found", { count: found.models.length })} {found.leftOut > 0 ? t("import.leftOut", { count: found.leftOut }) : null}
      </p>
      <ImportTable models={found.models} chosen={chosen} typed={typed} disabled={start.isPending} onChosen={setChosen} onTyped={setTyped} />
      {start.isPending ? <Progress run={run} /> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={onBack} disabled={start.isPending}>
          {t("import.back")}
        </Button>
        <Button type="submit" look="ink" disabled={start.isPending || chosen.size === 0}>
          {t("import.start", { count: chosen.size })}
        </Button>
      </div>
    </form>
  );
}

function Done({ done, onClose }: { readonly done: ImportOutcomeRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const { importId } = done;
  const unpriced = done.models.filter(({ price }) => price === undefined).length;
  const undo = useMutation(
    trpc.models.undoImport.mutationOptions({
      onSuccess: ({ models }) => {
        for (const filter of [trpc.providers.pathFilter(), trpc.groups.pathFilter()]) void queries.invalidateQueries(filter);
        notify({ text: t("import.undone", { count: models }), tone: "ok" });
        onClose();
      },
    }),
  );
  return (
    <div className="flex flex-col gap-4">
      <Refusal error={undo.error} />
      <output className="block text-13">{t("import.done", { created: done.created, changed: done.changed })}</output>
      {unpriced > 0 ? <p className="text-13 text-warn">{t("import.unpriced", { count: unpriced })}</p> : null}
      <div className="flex justify-end gap-2">
        {importId === undefined ? null : (
          <Button look="danger" disabled={undo.isPending} onClick={() => undo.mutate({ workspace, importId })}>
            {t("import.undo")}
          </Button>
        )}
        <Button autoFocus look="ink" onClick={onClose}>
          {t("app.close")}
        </Button>
      </div>
    </div>
  );
}

export function ImportDialog({ provider, onClose }: Step) {
  const { t } = useTranslation();
  const [listed, setListed] = useState<{ fields: ImportFields; found: ImportOutcomeRow }>();
  const [done, setDone] = useState<ImportOutcomeRow>();
  return (
    <Dialog title={t("import.title", { provider: provider.name })} text={listed || done ? undefined : t("import.text")} onClose={onClose} wide>
      {done ? (
        <Done done={done} onClose={onClose} />
      ) : listed ? (
        <Choose provider={provider} {...listed} onClose={onClose} onBack={() => setListed(undefined)} onDone={setDone} />
      ) : (
        <Ask provider={provider} onClose={onClose} onListed={(fields, found) => setListed({ fields, found })} />
      )}
    </Dialog>
  );
}
