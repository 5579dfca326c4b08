/** Deletes a provider, or one of its models, after what goes with it has been seen. */
import type { ModelRow, ProviderRow } from "@switchyard/shared/wire/console/providers";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { notify } from "../ui/notify.ts";

interface ProviderDeleteDialogProps {
  readonly provider: ProviderRow;
  /** This model alone. */
  readonly model?: ModelRow | undefined;
  readonly onClose: () => void;
}

export function ProviderDeleteDialog({ provider, model, onClose }: ProviderDeleteDialogProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const what = { workspace, name: provider.name, ...(model ? { model: model.name } : {}) };
  const uses = useQuery(trpc.providers.uses.queryOptions(what, { staleTime: 0 }));
  const name = model ? model.name : provider.name;
  const remove = useMutation(
    trpc.providers.remove.mutationOptions({
      onSuccess: () => {
        for (const filter of [trpc.providers.pathFilter(), trpc.groups.pathFilter(), trpc.aliases.pathFilter(), trpc.routing.pathFilter()])
          void queries.invalidateQueries(filter);
        notify({ text: t("provider.deleted", { name }), tone: "ok" });
        onClose();
      },
    }),
  );
  const { models = 0, groups = [], aliases = [], keys = 0 } = uses.data ?? {};
  return (
    <DeleteDialog
      title={model ? t("provider.deleteModelTitle", { name }) : t("provider.deleteTitle", { name })}
      text={model ? t("provider.deleteModelText") : t("provider.deleteText")}
      name={name}
      error={remove.error ?? uses.error}
      ready={uses.data !== undefined}
      pending={remove.isPending}
      onDelete={() => remove.mutate({ ...what, cascade: true })}
      onClose={onClose}
    >
      {model !== undefined || models === 0 ? null : <p>{t("provider.deleteModels", { count: models })}</p>}
      {groups.length === 0 ? null : (
        <ul className="flex list-disc flex-col gap-1 pl-5">
          {groups.map((group) => (
            <li key={group.name} className={group.left === 0 ? "text-bad" : ""}>
              {group.left === 0 ? t("provider.deleteLastTarget", { name: group.name }) : t("provider.deleteTargets", { name: group.name, count: group.left })}
            </li>
          ))}
        </ul>
      )}
      {aliases.length === 0 ? null : <p>{t("groups.deleteAliases", { names: aliases.join(", ") })}</p>}
      {keys === 0 ? null : <p>{t("groups.deleteKeys", { count: keys })}</p>}
    </DeleteDialog>
  );
}
