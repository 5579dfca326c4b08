/** Reads the form of a model's price: what the server takes, or which field has to be corrected. */
import { FURTHER_RATE_NAMES, type Rates } from "@switchyard/shared/domain/price";
import { FURTHER_PARTS } from "@switchyard/shared/domain/usage";
import { formatUsd, parseUsd } from "@switchyard/shared/kernel/money";
import type { PriceRow, TariffRow } from "@switchyard/shared/wire/console/prices";
import type { ModelRow } from "@switchyard/shared/wire/console/providers";

export const PRICE_FIELDS = ["inputPerMillion", "cachedInputPerMillion", "cacheWritePerMillion", "outputPerMillion", "reasoningPerMillion", "perCall"] as const;
export type PriceField = (typeof PRICE_FIELDS)[number];
/** As typed, in dollars. */
export type PriceFields = Readonly<Record<PriceField, string>>;

const EMPTY: PriceFields = {
  inputPerMillion: "",
  cachedInputPerMillion: "",
  cacheWritePerMillion: "",
  outputPerMillion: "",
  reasoningPerMillion: "",
  perCall: "",
};

const textsOf = (price: PriceRow): PriceFields =>
  Object.fromEntries(PRICE_FIELDS.map((field) => [field, formatUsd(price[field])])) as Record<PriceField, string>;

/** @param model none for one that is new */
export const priceFieldsOf = (model: ModelRow | undefined): PriceFields => (model?.price ? textsOf(model.price) : EMPTY);

/** Only input and output must be there: the others follow from them. */
export const faultsOfPrice = (fields: PriceFields): readonly PriceField[] =>
  PRICE_FIELDS.filter((field) => {
    const text = fields[field].trim();
    return text === "" ? field === "inputPerMillion" || field === "outputPerMillion" : (parseUsd(text) ?? -1n) < 0n;
  });

/** The price that the fields ask for; the rates that the form does not show stay what they are. */
export function priceOf(fields: PriceFields, model: ModelRow | undefined) {
  const price = model?.price;
  const serviceTiers = Object.entries(price?.serviceTiers ?? {}).map(([name, tier]) => [
    name,
    { ...written(tier), ...restOf(tier), perCall: formatUsd(tier.perCall) },
  ]);
  const typed = Object.fromEntries(PRICE_FIELDS.flatMap((field) => (fields[field].trim() === "" ? [] : [[field, fields[field].trim()]])));
  return {
    ...(price ? restOf(price) : {}),
    ...(serviceTiers.length > 0 ? { serviceTiers: Object.fromEntries(serviceTiers) } : {}),
    ...typed,
    inputPerMillion: fields.inputPerMillion.trim(),
    outputPerMillion: fields.outputPerMillion.trim(),
  };
}

const restOf = (tariff: TariffRow) => ({
  ...furtherOf(tariff),
  ...(tariff.tiers ? { tiers: tariff.tiers.map((tier) => ({ abovePromptTokens: tier.abovePromptTokens, ...written(tier), ...furtherOf(tier) })) } : {}),
});

const furtherOf = ({ further }: Rates): Record<string, string> =>
  Object.fromEntries(
    FURTHER_PARTS.flatMap((part) => {
      const rate = further?.[part];
      return rate === undefined ? [] : [[FURTHER_RATE_NAMES[part], formatUsd(rate)]];
    }),
  );

const written = (rates: Rates) => ({
  inputPerMillion: formatUsd(rates.inputPerMillion),
  cachedInputPerMillion: formatUsd(rates.cachedInputPerMillion),
  cacheWritePerMillion: formatUsd(rates.cacheWritePerMillion),
  outputPerMillion: formatUsd(rates.outputPerMillion),
  reasoningPerMillion: formatUsd(rates.reasoningPerMillion),
});
