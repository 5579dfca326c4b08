/** What happens when limits were saved: whatever shows them is read again, the reader is told, and the dialog closes. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { notify } from "../ui/notify.ts";

/** @param name whose limits they are */
export function useLimitsSaved(name: string, onClose: () => void): () => void {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return () => {
    for (const filter of [trpc.limits.pathFilter(), trpc.keys.pathFilter(), trpc.routing.pathFilter()]) void queries.invalidateQueries(filter);
    notify({ text: t("limits.saved", { name }), tone: "ok" });
    onClose();
  };
}
