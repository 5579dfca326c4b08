/** Makes an alias, changes what it stands for, and deletes it. */
import type { AliasRow } from "@switchyard/shared/wire/console/groups";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { Refusal } from "../ui/refusal.tsx";

/** What an alias may be called. */
const isAliasName = (text: string): boolean => /^[^\s\p{Cc}\p{Cs}]{1,200}$/u.test(text);

interface AliasDialogProps {
  /** The one that is changed; a new one of the platform without it. */
  readonly alias: AliasRow | undefined;
  readonly onClose: () => void;
}

function useAliasesChanged(onClose: () => void): (text: string) => void {
  const queries = useQueryClient();
  return (text) => {
    for (const filter of [trpc.aliases.pathFilter(), trpc.routing.pathFilter()]) void queries.invalidateQueries(filter);
    notify({ text, tone: "ok" });
    onClose();
  };
}

export function AliasDialog({ alias, onClose }: AliasDialogProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const done = useAliasesChanged(onClose);
  const shared = alias?.shared ?? true;
  const groups = useQuery(trpc.groups.list.queryOptions({ workspace }));
  const providers = useQuery(trpc.providers.list.queryOptions({ workspace }));
  const [name, setName] = useState(alias?.name ?? "");
  const [model, setModel] = useState(alias?.model ?? "");
  const [tried, setTried] = useState(false);
  const save = useMutation(trpc.aliases.save.mutationOptions({ onSuccess: () => done(t("aliases.saved", { name })) }));
  const badName = !isAliasName(name);
  const badModel = model.trim() === "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (badName || badModel) return document.getElementById(badName ? "alias-name" : "alias-model")?.focus();
    save.mutate({ workspace, shared, seen: alias?.model ?? null, alias: { name, model: model.trim() } });
  };
  const known = [
    ...(groups.data ?? []).filter((group) => group.shared === shared).map((group) => group.name),
    ...(providers.data ?? [])
      .filter((provider) => provider.shared === shared)
      .flatMap((provider) => provider.models.map((one) => `${provider.name}/${one.name}`)),
  ];
  return (
    <Dialog title={alias ? t("aliases.editTitle", { name: alias.name }) : t("aliases.new")} text={t("aliases.text")} onClose={onClose}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Refusal error={save.error} />
        {alias?.fromFile === true ? <p className="rounded-6 bg-warn-tint px-3 py-2 text-13 text-warn">{t("routing.fromFile")}</p> : null}
        <Field
          id="alias-name"
          label={t("aliases.name")}
          hint={t("aliases.nameHint")}
          error={tried && badName ? t("aliases.badName") : undefined}
          value={name}
          disabled={alias !== undefined}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setName(event.target.value.trim())}
        />
        <Field
          id="alias-model"
          label={t("aliases.standsFor")}
          hint={t("aliases.standsForHint")}
          error={tried && badModel ? t("aliases.badModel") : undefined}
          value={model}
          list="alias-models"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setModel(event.target.value)}
        />
        <datalist id="alias-models">
          {known.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </datalist>
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

export function AliasDeleteDialog({ alias, onClose }: { readonly alias: AliasRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const done = useAliasesChanged(onClose);
  const { name, model, shared } = alias;
  const remove = useMutation(trpc.aliases.remove.mutationOptions({ onSuccess: () => done(t("aliases.deleted", { name })) }));
  return (
    <DeleteDialog
      title={t("aliases.deleteTitle", { name })}
      text={t("aliases.deleteText", { model })}
      name={name}
      error={remove.error}
      ready
      pending={remove.isPending}
      onDelete={() => remove.mutate({ workspace, shared, name, seen: model })}
      onClose={onClose}
    >
      {alias.fromFile ? <p>{t("routing.fromFileDelete")}</p> : null}
    </DeleteDialog>
  );
}
