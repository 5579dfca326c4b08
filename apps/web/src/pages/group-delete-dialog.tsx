/** Deletes a group, after its name has been typed and what goes with it has been seen. */
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { notify } from "../ui/notify.ts";

export function GroupDeleteDialog({ group, onClose }: { readonly group: GroupRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const { name, shared, revision } = group;
  const uses = useQuery(trpc.groups.uses.queryOptions({ workspace, shared, name }, { staleTime: 0 }));
  const remove = useMutation(
    trpc.groups.remove.mutationOptions({
      onSuccess: () => {
        for (const filter of [trpc.groups.pathFilter(), trpc.aliases.pathFilter(), trpc.routing.pathFilter()]) void queries.invalidateQueries(filter);
        notify({ text: t("groups.deleted", { name }), tone: "ok" });
        onClose();
      },
    }),
  );
  const { aliases = [], keys = 0 } = uses.data ?? {};
  return (
    <DeleteDialog
      title={t("groups.deleteTitle", { name })}
      text={t("groups.deleteText")}
      name={name}
      error={remove.error ?? uses.error}
      ready={uses.data !== undefined}
      pending={remove.isPending}
      onDelete={() => remove.mutate({ workspace, shared, name, revision, cascade: true })}
      onClose={onClose}
    >
      {aliases.length === 0 ? null : <p>{t("groups.deleteAliases", { names: aliases.join(", ") })}</p>}
      {keys === 0 ? null : <p>{t("groups.deleteKeys", { count: keys })}</p>}
      {group.fromFile ? <p>{t("routing.fromFileDelete")}</p> : null}
    </DeleteDialog>
  );
}
