/** The frame of a signed-in page: navigation, content, and the dialogs that open from anywhere. */
import { useQuery } from "@tanstack/react-query";
import { Outlet, useParams, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { problemOf } from "../problem.ts";
import { useSessionEnded } from "../session.ts";
import { buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { useHotkeys } from "../ui/hotkeys.ts";
import { AppLink } from "../ui/link.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { toggleTheme } from "../ui/theme.ts";
import { BottomBar } from "./bottom-bar.tsx";
import { LiveProvider, useWorkspaceEvents } from "./live.tsx";
import { NAV_ENTRIES } from "./nav.ts";
import { Sidebar } from "./sidebar.tsx";
import { PlaceProvider } from "./workspace.tsx";

const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));
const Shortcuts = lazy(async () => ({ default: (await import("./shortcuts.tsx")).Shortcuts }));
const PasswordDialog = lazy(async () => ({ default: (await import("./password-dialog.tsx")).PasswordDialog }));
const Sheet = lazy(async () => ({ default: (await import("./sheet.tsx")).Sheet }));
const SessionDialog = lazy(async () => ({ default: (await import("./session-dialog.tsx")).SessionDialog }));

type Open = "palette" | "shortcuts" | "password" | "sheet" | undefined;

/** Finds out who is looking and whether the workspace of the address is theirs; only then is anything drawn. */
export function Shell() {
  const { t } = useTranslation();
  const router = useRouter();
  const { workspace = "" } = useParams({ strict: false });
  const { data: account, error, refetch } = useQuery(trpc.account.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }));
  const signedOut = account === undefined && error !== null && problemOf(error).kind === "signedOut";
  useEffect(() => {
    // Where one is is read once: the redirect itself changes it.
    if (signedOut) router.history.replace(paths.signIn(router.history.location.href));
  }, [signedOut, router]);
  if (signedOut) return null;
  if (account === undefined) return error === null ? null : <ProblemNote error={error} onRetry={() => void refetch()} />;
  if (!account.operator && !account.workspaces.some(({ name }) => name === workspace)) {
    return (
      <main className="flex h-full items-center justify-center">
        <Empty
          title={t("app.noWorkspace", { name: workspace })}
          text={t("app.noWorkspaceText")}
          action={
            <AppLink className={buttonClass("ink")} href={paths.home()}>
              {t("app.goHome")}
            </AppLink>
          }
        />
      </main>
    );
  }
  return (
    <PlaceProvider value={{ workspace, account }}>
      <Rooms key={workspace} workspace={workspace} />
    </PlaceProvider>
  );
}

function Rooms({ workspace }: { readonly workspace: string }) {
  const { t } = useTranslation();
  const router = useRouter();
  const live = useWorkspaceEvents(workspace);
  const ended = useSessionEnded();
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  useHotkeys({
    "mod+k": () => setOpen("palette"),
    "?": () => setOpen("shortcuts"),
    t: toggleTheme,
    ...Object.fromEntries(NAV_ENTRIES.map((entry) => [entry.hotkey, () => router.history.push(entry.href(workspace))])),
  });
  const actions = { onSearch: () => setOpen("palette"), onPassword: () => setOpen("password"), onShortcuts: () => setOpen("shortcuts") };
  return (
    <LiveProvider value={live}>
      <a href="#content" className="absolute top-2 left-2 z-50 -translate-y-20 rounded-6 bg-ink px-3 py-2 text-13 text-on-ink focus:translate-y-0">
        {t("app.skip")}
      </a>
      <div className="flex h-dvh flex-col md:flex-row">
        <aside aria-label={t("nav.menu")} className="w-57 shrink-0 border-r border-line max-lg:w-14 max-md:hidden">
          <Sidebar {...actions} />
        </aside>
        <main id="content" tabIndex={-1} className="relative min-h-0 min-w-0 flex-1 overflow-hidden">
          <Suspense fallback={null}>
            <Outlet />
          </Suspense>
        </main>
        <BottomBar onMore={() => setOpen("sheet")} />
      </div>
      <Suspense fallback={null}>
        {open === "palette" ? <Palette onClose={close} /> : null}
        {open === "shortcuts" ? <Shortcuts onClose={close} /> : null}
        {open === "password" ? <PasswordDialog onClose={close} /> : null}
        {open === "sheet" ? <Sheet onClose={close} {...actions} /> : null}
        {ended ? <SessionDialog /> : null}
      </Suspense>
    </LiveProvider>
  );
}
