/** Draws short messages at the edge of the screen. */
import { Toast } from "@base-ui/react/toast";
import { CircleCheck, TriangleAlert, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { drawNotices } from "./notify.ts";

const SHOWN_MS = 6_000;

function Messages() {
  const { t } = useTranslation();
  const { toasts, add } = Toast.useToastManager();
  useEffect(() => drawNotices(({ text, tone }) => void add({ title: text, type: tone, timeout: SHOWN_MS, priority: tone === "bad" ? "high" : "low" })), [add]);
  return (
    <Toast.Portal>
      <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 max-md:bottom-18">
        {toasts.map((toast) => (
          <Toast.Root key={toast.id} toast={toast} className="flex animate-appear items-start gap-3 rounded-8 bg-raised p-3 shadow-float">
            {toast.type === "bad" ? (
              <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-bad" />
            ) : (
              <CircleCheck aria-hidden size={16} className="mt-0.5 shrink-0 text-ok" />
            )}
            <Toast.Title className="min-w-0 flex-1 text-13" />
            <Toast.Close
              aria-label={t("app.close")}
              className="inline-flex size-6 items-center justify-center rounded-4 text-faint hover:bg-hover hover:text-text"
            >
              <X aria-hidden size={14} />
            </Toast.Close>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}

export function Toaster() {
  return (
    <Toast.Provider>
      <Messages />
    </Toast.Provider>
  );
}
