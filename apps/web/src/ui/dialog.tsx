/** Modal dialogs: title, what they say, buttons; focus goes in and comes back. Only lazily loaded files import this. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface DialogProps {
  readonly title: string;
  readonly text?: string | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** False while leaving would lose something that cannot be had again. */
  readonly dismissible?: boolean;
  readonly wide?: boolean;
}

export function Dialog({ title, text, onClose, children, dismissible = true, wide = false }: DialogProps) {
  const { t } = useTranslation();
  return (
    <CSPProvider disableStyleElements>
      <Base.Root open disablePointerDismissal={!dismissible} onOpenChange={(open) => (open || !dismissible ? undefined : onClose())}>
        <Base.Portal>
          <Base.Backdrop className="fixed inset-0 z-40 animate-appear bg-scrim" />
          <Base.Popup
            className={`fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2 animate-appear flex-col overflow-hidden rounded-10 bg-raised text-text shadow-float ${wide ? "max-w-2xl" : "max-w-md"}`}
          >
            <div className="flex items-start gap-3 px-5 pt-5">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-16 font-semibold">{title}</Base.Title>
                {text === undefined ? null : <Base.Description className="mt-1 text-13 text-muted">{text}</Base.Description>}
              </div>
              {dismissible ? (
                <Base.Close
                  aria-label={t("app.close")}
                  className="-mt-1 -mr-2 inline-flex size-8 items-center justify-center rounded-6 text-muted hover:bg-hover hover:text-text"
                >
                  <X aria-hidden size={16} />
                </Base.Close>
              ) : null}
            </div>
            <div className="min-h-0 overflow-y-auto px-5 pt-4 pb-5">{children}</div>
          </Base.Popup>
        </Base.Portal>
      </Base.Root>
    </CSPProvider>
  );
}
