/** The tariff of a service tier, made from that of ordinary service. */
import * as z from "zod";
import type { FurtherRates, Rates, Tariff } from "@switchyard/shared/domain/price";
import { FURTHER_PARTS, UNIT_PARTS, type FurtherPart } from "@switchyard/shared/domain/usage";
import { nano, NANO_USD_MAX, parseUsd } from "@switchyard/shared/kernel/money";

/** A multiplier's one, in its own smallest parts. */
const ONE = 1_000_000_000n;
const MULTIPLIER_MAX = 100n * ONE;

/** A decimal string such as "0.5", read into billionths. */
export const tariffMultiplier = z.string().transform((text, context) => {
  const amount = parseUsd(text);
  if (amount !== undefined && amount >= 0n && amount <= MULTIPLIER_MAX) return amount;
  context.addIssue({ code: "custom", message: 'must be a decimal string from "0" to "100", such as "0.5"' });
  return z.NEVER;
});

/**
 * Every rate of tokens times a multiplier, rounded up; what is counted in other units, and the price of the call itself, stay.
 * @param multiplier in billionths
 * @throws RangeError when a rate becomes too large to be kept
 */
export function multiplied(ordinary: Tariff, multiplier: bigint): Tariff {
  const { tiers } = ordinary;
  return {
    ...multipliedRates(ordinary, multiplier),
    perCall: ordinary.perCall,
    ...(tiers ? { tiers: tiers.map((tier) => ({ abovePromptTokens: tier.abovePromptTokens, ...multipliedRates(tier, multiplier) })) } : {}),
  };
}

function multipliedRates(rates: Rates, multiplier: bigint): Rates {
  const times = (rate: bigint) => {
    const product = (rate * multiplier + ONE - 1n) / ONE;
    if (product > NANO_USD_MAX) throw new RangeError("a service tier's multiplier makes a rate too large");
    return nano(product);
  };
  const further: Partial<Record<FurtherPart, bigint>> = {};
  for (const part of FURTHER_PARTS) {
    const rate = rates.further?.[part];
    if (rate !== undefined) further[part] = isUnit(part) ? rate : times(rate);
  }
  return {
    inputPerMillion: times(rates.inputPerMillion),
    cachedInputPerMillion: times(rates.cachedInputPerMillion),
    cacheWritePerMillion: times(rates.cacheWritePerMillion),
    outputPerMillion: times(rates.outputPerMillion),
    reasoningPerMillion: times(rates.reasoningPerMillion),
    ...(rates.further ? { further: further satisfies FurtherRates } : {}),
  };
}

const isUnit = (part: FurtherPart): boolean => (UNIT_PARTS as readonly string[]).includes(part);

/** The rates, where they say nothing of searches, pictures and the like with what those cost elsewhere in the price. */
export function withUnitsOf<R extends Rates>(base: Rates, own: R): R {
  const units = UNIT_PARTS.filter((part) => base.further?.[part] !== undefined);
  if (units.length === 0) return own;
  const shared = Object.fromEntries(units.map((part) => [part, base.further?.[part]])) as FurtherRates;
  return { ...own, further: { ...shared, ...own.further } };
}
