/** The menu at the top of the navigation: other workspaces, language, theme, password, sign out. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ChevronsUpDown, Keyboard, KeySquare, LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { chooseLanguage, LANGUAGES, type Language } from "../i18n/setup.ts";
import { paths } from "../paths.ts";
import type { MenuEntry } from "../ui/menu-entry.ts";
import { MenuButton } from "../ui/menu.tsx";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";
import { chooseTheme, themeChoice, type ThemeChoice } from "../ui/theme.ts";
import { usePlace } from "./workspace.tsx";

const THEMES = [
  { value: "system", text: "nav.themeSystem" },
  { value: "light", text: "nav.themeLight" },
  { value: "dark", text: "nav.themeDark" },
] as const satisfies readonly { value: ThemeChoice; text: string }[];

interface AccountMenuProps {
  readonly onPassword: () => void;
  readonly onShortcuts: () => void;
  /** Shows the mark alone, as in the narrow navigation. */
  readonly narrow?: boolean;
}

function useSignOut(): () => void {
  const router = useRouter();
  const queries = useQueryClient();
  const textOf = useProblemText();
  const { mutate } = useMutation(
    trpc.account.signOut.mutationOptions({
      onSuccess: () => {
        router.history.push(paths.signIn());
        queries.clear();
      },
      onError: (error) => notify({ text: textOf(error), tone: "bad" }),
    }),
  );
  return () => mutate();
}

export function AccountMenu({ onPassword, onShortcuts, narrow = false }: AccountMenuProps) {
  const { t, i18n } = useTranslation();
  const { workspace, account } = usePlace();
  const router = useRouter();
  const signOut = useSignOut();
  const [theme, setTheme] = useState(themeChoice);
  const changeLanguage = async (language: Language): Promise<void> => {
    try {
      await chooseLanguage(language);
    } catch {
      notify({ text: t("problem.network"), tone: "bad" });
    }
  };
  const entries: readonly MenuEntry[] = [
    {
      kind: "choices",
      label: t("nav.workspaces"),
      options: account.workspaces.map(({ name }) => ({ value: name, label: name, chosen: name === workspace })),
      onToggle: (name) => router.history.push(paths.overview(name)),
    },
    { kind: "separator" },
    {
      kind: "choices",
      label: t("nav.language"),
      options: LANGUAGES.map(({ code, name }) => ({ value: code, label: name, chosen: i18n.language === code })),
      onToggle: (code) => void changeLanguage(LANGUAGES.find((one) => one.code === code)?.code ?? "en"),
    },
    {
      kind: "choices",
      label: t("nav.theme"),
      options: THEMES.map(({ value, text }) => ({ value, label: t(text), chosen: theme === value })),
      onToggle: (value) => {
        const choice = THEMES.find((one) => one.value === value)?.value ?? "system";
        chooseTheme(choice);
        setTheme(choice);
      },
    },
    { kind: "separator" },
    { kind: "action", label: t("nav.changePassword"), icon: <KeySquare aria-hidden size={15} />, onSelect: onPassword },
    { kind: "action", label: t("nav.shortcuts"), icon: <Keyboard aria-hidden size={15} />, hint: "?", onSelect: onShortcuts },
    { kind: "action", label: t("nav.signOut"), icon: <LogOut aria-hidden size={15} />, onSelect: signOut },
  ];
  return (
    <MenuButton
      className={`flex w-full items-center gap-2 rounded-8 border border-line bg-surface p-2 text-left hover:border-line-strong ${narrow ? "lg:justify-start justify-center max-lg:border-transparent max-lg:bg-transparent max-lg:p-1" : ""}`}
      entries={entries}
    >
      <Mark />
      <span className="sr-only">{t("nav.switcher")}:</span>
      <span className={`min-w-0 flex-1 ${narrow ? "max-lg:sr-only" : ""}`}>
        <span className="block truncate text-13 font-semibold">{workspace}</span>
        <span className="block truncate text-12 text-muted">{account.email}</span>
      </span>
      <ChevronsUpDown aria-hidden size={14} className={`shrink-0 text-muted ${narrow ? "max-lg:hidden" : ""}`} />
    </MenuButton>
  );
}

/** The sign of the product: a track that changes over. */
export function Mark() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className="size-7 shrink-0">
      <rect width="32" height="32" rx="7" fill="var(--color-ink)" />
      <path d="M6 21h7l7-9h6M18 21h8" fill="none" stroke="var(--color-on-ink)" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
