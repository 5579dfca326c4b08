/** The navigation: all of it on wide screens, icons with tooltips on middle ones, the same list in the phone's sheet. */
import { useRouterState } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { AppLink } from "../ui/link.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { NAV, type NavEntry } from "./nav.ts";
import { WalletFooter } from "./wallet-footer.tsx";
import { useWorkspace } from "./workspace.tsx";

interface SidebarProps {
  readonly onSearch: () => void;
  readonly onPassword: () => void;
  readonly onShortcuts: () => void;
  /** In the phone's sheet it is never narrow. */
  readonly inSheet?: boolean;
  readonly onFollow?: () => void;
}

const isMac = /Mac|iP(hone|ad)/.test(navigator.userAgent);
export const MOD = isMac ? "⌘" : "Ctrl ";

export const useIsHere = (): ((href: string) => boolean) => {
  const here = useRouterState({ select: (state) => state.location.pathname });
  return (href) => here === href || here.startsWith(`${href}/`);
};

function Entry({ entry, narrow, onFollow }: { readonly entry: NavEntry; readonly narrow: boolean; readonly onFollow: (() => void) | undefined }) {
  const { t } = useTranslation();
  const href = entry.href(useWorkspace());
  const isHere = useIsHere()(href);
  const { Icon } = entry;
  return (
    <li>
      <AppLink
        href={href}
        onClick={onFollow}
        aria-current={isHere ? "page" : undefined}
        data-tip={narrow ? t(entry.text) : undefined}
        data-tip-side="right"
        className={`flex h-8 max-md:h-10 items-center gap-3 rounded-6 border px-2.5 text-13 ${isHere ? "border-line bg-surface font-medium text-text" : "border-transparent text-muted hover:bg-hover hover:text-text"} ${narrow ? "max-lg:justify-center max-lg:px-0" : ""}`}
      >
        <Icon aria-hidden size={16} className="shrink-0" />
        <span className={narrow ? "max-lg:sr-only" : ""}>{t(entry.text)}</span>
      </AppLink>
    </li>
  );
}

export function Sidebar({ onSearch, onPassword, onShortcuts, inSheet = false, onFollow }: SidebarProps) {
  const { t } = useTranslation();
  const narrow = !inSheet;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className={`flex flex-col gap-2 p-3 ${narrow ? "max-lg:p-2" : ""}`}>
        <AccountMenu onPassword={onPassword} onShortcuts={onShortcuts} narrow={narrow} />
        <button
          type="button"
          onClick={onSearch}
          data-tip={narrow ? t("nav.search") : undefined}
          data-tip-side="right"
          className={`flex h-8 max-md:h-10 items-center gap-3 rounded-6 px-2.5 text-13 text-muted hover:bg-hover hover:text-text ${narrow ? "max-lg:justify-center max-lg:px-0" : ""}`}
        >
          <Search aria-hidden size={16} className="shrink-0" />
          <span className={`min-w-0 flex-1 truncate text-left ${narrow ? "max-lg:sr-only" : ""}`}>{t("nav.search")}</span>
          <kbd aria-hidden className={`rounded-4 border border-line px-1 font-sans text-11 text-faint max-md:hidden ${narrow ? "max-lg:hidden" : ""}`}>
            {MOD}K
          </kbd>
        </button>
      </div>
      <nav aria-label={t("nav.label")} className={`min-h-0 flex-1 overflow-y-auto px-3 pb-4 ${narrow ? "max-lg:px-2" : ""}`}>
        {NAV.map((section) => (
          <div key={section.text ?? "top"} className="mb-4">
            {section.text === undefined ? null : <p className={`px-2.5 pb-1 text-12 text-faint ${narrow ? "max-lg:hidden" : ""}`}>{t(section.text)}</p>}
            <ul className="flex flex-col gap-0.5" aria-label={section.text === undefined ? undefined : t(section.text)}>
              {section.entries.map((entry) => (
                <Entry key={entry.text} entry={entry} narrow={narrow} onFollow={onFollow} />
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <WalletFooter narrow={narrow} />
    </div>
  );
}
