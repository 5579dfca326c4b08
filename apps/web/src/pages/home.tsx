/** The bare address and a bare workspace: on to the overview. */
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { problemOf } from "../problem.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Empty } from "../ui/empty.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";

function useGo(href: string | undefined): void {
  const router = useRouter();
  useEffect(() => {
    if (href !== undefined) router.history.replace(href);
  }, [href, router]);
}

export function Home() {
  const { t } = useTranslation();
  const { data: account, error, refetch } = useQuery(trpc.account.me.queryOptions());
  const first = account?.workspaces[0];
  const signedOut = error !== null && problemOf(error).kind === "signedOut";
  useGo(first ? paths.overview(first.name) : signedOut ? paths.signIn() : undefined);
  if (error && !signedOut) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  if (account && !first) return <Empty title={t("app.noWorkspaceAtAll")} text={t("app.noWorkspaceAtAllText", { email: account.email })} />;
  return null;
}

export function WorkspaceHome() {
  useGo(paths.overview(useWorkspace()));
  return null;
}
