/** The keys of a provider as they may be shown, each with its state. */
import type { ProviderKeyRow } from "@switchyard/shared/wire/console/providers";
import { useTranslation } from "react-i18next";
import { clockTime } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { reasonText, StateBadge } from "./health-badge.tsx";

export function ProviderKeys({ keys, provider }: { readonly keys: readonly ProviderKeyRow[]; readonly provider: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (keys.length === 0) return null;
  return (
    <ul aria-label={t("providers.keysOf", { provider })} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-12">
      {keys.map(({ name, masked, weight, state, rest }) => (
        <li key={name} className="flex items-center gap-1.5">
          <span>{name}</span>
          <code className="font-mono text-muted">{masked}</code>
          {weight === 1 ? null : <span className="text-faint">{t("providers.keyWeight", { weight })}</span>}
          <StateBadge state={state} {...(rest ? { tip: t("health.rest", { time: clockTime(rest.until, locale), reason: reasonText(t, rest.reason) }) } : {})} />
        </li>
      ))}
    </ul>
  );
}
