/** The further rates and tiers of a price: in JSON as decimal text, in the program as bigint nano-dollars. */
import type { Price, PriceTier, Rates } from "@switchyard/shared/domain/price";
import { FURTHER_PARTS, type FurtherPart } from "@switchyard/shared/domain/usage";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { StoredRates, StoredTier } from "./schema.ts";

export interface StoredDimensions {
  readonly further: StoredRates;
  readonly tiers: readonly StoredTier[];
}
export type Dimensions = Pick<Price, "further" | "tiers">;

/** Absent where a price has none, as most have. A part that this program does not know is left out. */
export function readDimensions({ further, tiers }: StoredDimensions): Dimensions {
  const rates = readRates(further);
  return { ...(rates ? { further: rates } : {}), ...(tiers.length > 0 ? { tiers: tiers.map(readTier) } : {}) };
}

export function writeDimensions({ further, tiers = [] }: Dimensions): StoredDimensions {
  return { further: writeRates(further), tiers: tiers.map(writeTier) };
}

function readRates(stored: StoredRates): Rates["further"] {
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

function writeRates(rates: Rates["further"]): StoredRates {
  const stored: Partial<Record<FurtherPart, string>> = {};
  for (const part of FURTHER_PARTS) {
    const rate = rates?.[part];
    if (rate !== undefined) stored[part] = rate.toString();
  }
  return stored;
}

function readTier(tier: StoredTier): PriceTier {
  const further = readRates(tier.further ?? {});
  return {
    abovePromptTokens: tier.abovePromptTokens,
    inputPerMillion: nano(BigInt(tier.inputPerMillion)),
    cachedInputPerMillion: nano(BigInt(tier.cachedInputPerMillion)),
    cacheWritePerMillion: nano(BigInt(tier.cacheWritePerMillion)),
    outputPerMillion: nano(BigInt(tier.outputPerMillion)),
    reasoningPerMillion: nano(BigInt(tier.reasoningPerMillion)),
    ...(further ? { further } : {}),
  };
}

function writeTier(tier: PriceTier): StoredTier {
  return {
    abovePromptTokens: tier.abovePromptTokens,
    inputPerMillion: tier.inputPerMillion.toString(),
    cachedInputPerMillion: tier.cachedInputPerMillion.toString(),
    cacheWritePerMillion: tier.cacheWritePerMillion.toString(),
    outputPerMillion: tier.outputPerMillion.toString(),
    reasoningPerMillion: tier.reasoningPerMillion.toString(),
    ...(tier.further ? { further: writeRates(tier.further) } : {}),
  };
}
