/** The phone's navigation: the pages one looks at on the way, and the way to the rest. */
import { Menu } from "lucide-react";
import { useTranslation } from "react-i18next";
import { AppLink } from "../ui/link.tsx";
import { NAV_ENTRIES } from "./nav.ts";
import { useIsHere } from "./sidebar.tsx";
import { useWorkspace } from "./workspace.tsx";

const SLOT = "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-11";

export function BottomBar({ onMore }: { readonly onMore: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const isHere = useIsHere();
  return (
    <nav aria-label={t("nav.label")} className="flex shrink-0 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      {NAV_ENTRIES.filter((entry) => entry.thumb).map(({ text, Icon, href }) => {
        const here = isHere(href(workspace));
        return (
          <AppLink
            key={text}
            href={href(workspace)}
            aria-current={here ? "page" : undefined}
            className={`${SLOT} ${here ? "font-medium text-accent" : "text-muted"}`}
          >
            <Icon aria-hidden size={18} />
            {t(text)}
          </AppLink>
        );
      })}
      <button type="button" onClick={onMore} className={`${SLOT} text-muted`}>
        <Menu aria-hidden size={18} />
        {t("app.more")}
      </button>
    </nav>
  );
}
