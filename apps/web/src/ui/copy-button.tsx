/** Copies exactly what it is given and says so. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notify } from "./notify.ts";

const SHOWN_MS = 1_600;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, in words. */
  readonly label: string;
  /** With a visible word beside the icon. */
  readonly wide?: boolean;
}

export function CopyButton({ text, label, wide = false }: CopyButtonProps) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), SHOWN_MS);
    } catch {
      // The browser forbids it without a secure origin or a permission: the reader can still select.
      notify({ text: t("app.copyFailed"), tone: "bad" });
    }
  };
  const Icon = done ? Check : Copy;
  const name = done ? t("app.copied") : t("app.copyNamed", { what: label });
  return (
    <button
      type="button"
      aria-label={name}
      data-tip={name}
      onClick={() => void copy()}
      className={
        wide
          ? "inline-flex h-8 shrink-0 items-center gap-2 rounded-6 border border-line bg-surface px-3 text-13 font-medium hover:bg-hover"
          : "inline-flex size-6 shrink-0 items-center justify-center rounded-4 text-faint hover:bg-hover hover:text-text"
      }
    >
      <Icon aria-hidden size={14} />
      {wide ? <span>{done ? t("app.copied") : t("app.copy")}</span> : null}
    </button>
  );
}
