/** Grey shapes of exactly the size of what is coming; they appear late, so that fast answers never flash. */
import { useTranslation } from "react-i18next";

export function Skeleton({ className }: { readonly className: string }) {
  return <div aria-hidden className={`animate-late rounded-6 bg-sunken ${className}`} />;
}

/** Rows of a list that is on its way; said once to screen readers. */
export function SkeletonRows({ rows, className = "h-9" }: { readonly rows: number; readonly className?: string }) {
  const { t } = useTranslation();
  return (
    <output aria-label={t("app.loading")} className="flex flex-col gap-px p-4">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className={className} />
      ))}
    </output>
  );
}
