/** Sign-in with a local account. */
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { paths, safeNext } from "../paths.ts";
import { Mark } from "../shell/account-menu.tsx";
import { SignInForm } from "../shell/sign-in-form.tsx";

const route = getRouteApi("/sign-in");

export function SignIn() {
  const { t } = useTranslation();
  const { next } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  return (
    <main className="flex min-h-full items-center justify-center px-4 py-10">
      <title>{`${t("signIn.title")} · Switchyard`}</title>
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-3">
          <Mark />
          <span className="text-16 font-semibold">{t("app.name")}</span>
        </div>
        <div className="rounded-10 border border-line bg-surface p-6">
          <h1 className="text-20 font-semibold tracking-tight">{t("signIn.title")}</h1>
          <p className="mt-1 mb-5 text-13 text-muted">{t("signIn.lead")}</p>
          <SignInForm
            onDone={(account) => {
              queries.removeQueries({ predicate: (query) => query.state.error !== null });
              const first = account.workspaces[0];
              router.history.replace(safeNext(next) ?? (first ? paths.overview(first.name) : paths.home()));
            }}
          />
        </div>
        <p className="mt-4 px-1 text-12 text-faint">{t("signIn.firstTime")}</p>
      </div>
    </main>
  );
}
