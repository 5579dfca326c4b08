/** What a model's calls cost that are served in another tier than the ordinary one, in a line for each. */
import { SERVICE_TIERS } from "@switchyard/shared/domain/service-tier";
import type { PriceRow } from "@switchyard/shared/wire/console/prices";
import { useTranslation } from "react-i18next";
import { priceMoney } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";

export function ServiceTierRates({ price }: { readonly price: PriceRow | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const tiers = SERVICE_TIERS.flatMap((name) => {
    const tariff = price?.serviceTiers?.[name];
    return tariff ? [{ name, input: priceMoney(tariff.inputPerMillion, locale), output: priceMoney(tariff.outputPerMillion, locale) }] : [];
  });
  if (tiers.length === 0) return null;
  return (
    <ul aria-label={t("serviceTier.title")} className="mt-0.5 text-12 text-faint">
      {tiers.map(({ name, input, output }) => (
        <li key={name} data-tip={t("serviceTier.text")}>
          {t("serviceTier.rates", { tier: name, input, output })}
        </li>
      ))}
    </ul>
  );
}
