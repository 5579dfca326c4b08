/** The phone's sheet with the whole navigation. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Sidebar } from "./sidebar.tsx";

interface SheetProps {
  readonly onClose: () => void;
  readonly onSearch: () => void;
  readonly onPassword: () => void;
  readonly onShortcuts: () => void;
}

export function Sheet({ onClose, ...actions }: SheetProps) {
  const { t } = useTranslation();
  return (
    <CSPProvider disableStyleElements>
      <Base.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
        <Base.Portal>
          <Base.Backdrop className="fixed inset-0 z-40 animate-appear bg-scrim" />
          <Base.Popup className="fixed inset-y-0 left-0 z-40 w-[min(320px,86vw)] animate-appear bg-canvas text-text shadow-float">
            <Base.Title className="sr-only">{t("nav.menu")}</Base.Title>
            <Sidebar inSheet onFollow={onClose} {...actions} />
            <Base.Close
              aria-label={t("app.close")}
              className="absolute top-3 -right-12 inline-flex size-10 items-center justify-center rounded-full bg-raised text-text"
            >
              <X aria-hidden size={18} />
            </Base.Close>
          </Base.Popup>
        </Base.Portal>
      </Base.Root>
    </CSPProvider>
  );
}
