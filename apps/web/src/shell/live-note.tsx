/** Says beside a page's name whether it follows what happens. */
import { useTranslation } from "react-i18next";
import { useLiveState } from "./live.tsx";

export function LiveDot({ on }: { readonly on: boolean }) {
  return <span aria-hidden className={`inline-block size-2 shrink-0 rounded-full ${on ? "animate-pulse bg-ok-mark" : "bg-idle-mark"}`} />;
}

export function LiveNote() {
  const { t } = useTranslation();
  const live = useLiveState();
  return (
    <span className="inline-flex items-center gap-2 text-13 text-muted">
      <LiveDot on={live === "on"} />
      {live === "on" ? t("live.on") : t("live.connecting")}
    </span>
  );
}
