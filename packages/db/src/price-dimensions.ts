/** What a price has beyond its plain rates: in JSON as decimal text, in the program as bigint nano-dollars. */
import type { Price, PriceTier, Rates, ServiceTariffs, Tariff } from "@switchyard/shared/domain/price";
import { SERVICE_TIERS, type ServiceTier } from "@switchyard/shared/domain/service-tier";
import { FURTHER_PARTS, type FurtherPart } from "@switchyard/shared/domain/usage";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { StoredRates, StoredTariff, StoredTariffs, StoredTier } from "./schema.ts";

/** The columns of `switchyard.prices`. */
export interface StoredDimensions {
  readonly further: StoredRates;
  readonly tiers: readonly StoredTier[];
  readonly service_tiers: StoredTariffs;
}
export type Dimensions = Pick<Price, "further" | "tiers" | "serviceTiers">;
type StoredBase = Omit<StoredTier, "abovePromptTokens">;

/** Absent where a price has none, as most have. A part or service tier that this program does not know is left out. */
export function readDimensions({ further, tiers, service_tiers }: StoredDimensions): Dimensions {
  const rates = readFurther(further);
  const serviceTiers = readTariffs(service_tiers);
  return {
    ...(rates ? { further: rates } : {}),
    ...(tiers.length > 0 ? { tiers: tiers.map(readTier) } : {}),
    ...(serviceTiers ? { serviceTiers } : {}),
  };
}

export function writeDimensions({ further, tiers = [], serviceTiers = {} }: Dimensions): StoredDimensions {
  const tariffs: Partial<Record<ServiceTier, StoredTariff>> = {};
  for (const tier of SERVICE_TIERS) {
    const tariff = serviceTiers[tier];
    if (tariff) tariffs[tier] = writeTariff(tariff);
  }
  return { further: writeFurther(further), tiers: tiers.map(writeTier), service_tiers: tariffs };
}

function readFurther(stored: StoredRates): Rates["further"] {
  const rates: Partial<Record<FurtherPart, NanoUsd>> = {};
  let some = false;
  for (const part of FURTHER_PARTS) {
    const amount = stored[part];
    if (amount === undefined) continue;
    rates[part] = nano(BigInt(amount));
    some = true;
  }
  return some ? rates : undefined;
}

function writeFurther(rates: Rates["further"]): StoredRates {
  const stored: Partial<Record<FurtherPart, string>> = {};
  for (const part of FURTHER_PARTS) {
    const rate = rates?.[part];
    if (rate !== undefined) stored[part] = rate.toString();
  }
  return stored;
}

function readRates(stored: StoredBase): Rates {
  const further = readFurther(stored.further ?? {});
  return {
    inputPerMillion: nano(BigInt(stored.inputPerMillion)),
    cachedInputPerMillion: nano(BigInt(stored.cachedInputPerMillion)),
    cacheWritePerMillion: nano(BigInt(stored.cacheWritePerMillion)),
    outputPerMillion: nano(BigInt(stored.outputPerMillion)),
    reasoningPerMillion: nano(BigInt(stored.reasoningPerMillion)),
    ...(further ? { further } : {}),
  };
}

const writeRates = (rates: Rates): StoredBase => ({
  inputPerMillion: rates.inputPerMillion.toString(),
  cachedInputPerMillion: rates.cachedInputPerMillion.toString(),
  cacheWritePerMillion: rates.cacheWritePerMillion.toString(),
  outputPerMillion: rates.outputPerMillion.toString(),
  reasoningPerMillion: rates.reasoningPerMillion.toString(),
  ...(rates.further ? { further: writeFurther(rates.further) } : {}),
});

const readTier = (tier: StoredTier): PriceTier => ({ abovePromptTokens: tier.abovePromptTokens, ...readRates(tier) });
const writeTier = (tier: PriceTier): StoredTier => ({ abovePromptTokens: tier.abovePromptTokens, ...writeRates(tier) });

function readTariffs(stored: StoredTariffs): ServiceTariffs | undefined {
  const tariffs: Partial<Record<ServiceTier, Tariff>> = {};
  let some = false;
  for (const name of SERVICE_TIERS) {
    const one = stored[name];
    if (one === undefined) continue;
    const { tiers = [] } = one;
    tariffs[name] = { ...readRates(one), perCall: nano(BigInt(one.perCall)), ...(tiers.length > 0 ? { tiers: tiers.map(readTier) } : {}) };
    some = true;
  }
  return some ? tariffs : undefined;
}

const writeTariff = (tariff: Tariff): StoredTariff => ({
  ...writeRates(tariff),
  perCall: tariff.perCall.toString(),
  ...(tariff.tiers ? { tiers: tariff.tiers.map(writeTier) } : {}),
});
