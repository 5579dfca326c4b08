/** A price as people write it: dollars as decimal strings, by names that say the unit. */
import * as z from "zod";
import { FURTHER_RATE_NAMES, type FurtherRates, type Price, type Rates, type ServiceTariffs, type Tariff } from "@switchyard/shared/domain/price";
import { SERVICE_TIERS, type ServiceTier } from "@switchyard/shared/domain/service-tier";
import { FURTHER_PARTS, type FurtherPart } from "@switchyard/shared/domain/usage";
import { formatUsd, NANO_USD_MAX, parseUsd, type NanoUsd } from "@switchyard/shared/kernel/money";
import { multiplied, tariffMultiplier, withUnitsOf } from "./service-tariff.ts";

/** What a configured price becomes: a `Price` that has no row yet. */
export type PriceTerms = Omit<Price, "id">;

/** Dollars as a decimal string, read into nano-dollars. */
export const usd = z.string().transform((text, context) => {
  const amount = parseUsd(text);
  if (amount !== undefined && amount >= 0n) return amount;
  context.addIssue({ code: "custom", message: 'must be dollars as a decimal string, such as "0.15"' });
  return z.NEVER;
});

/** Other units that people think in: which part they price, and how many of them make its unit. */
const ALIASES = {
  cacheWrite1hPerMillion: { part: "cacheWriteLong", times: 1n },
  perAudioMinute: { part: "audioMs", times: 60n },
  perVideoSecond: { part: "videoMs", times: 3_600n },
  perSearch: { part: "searches", times: 1_000n },
} as const satisfies Record<string, { part: FurtherPart; times: bigint }>;
type Alias = keyof typeof ALIASES;
type FurtherName = (typeof FURTHER_RATE_NAMES)[FurtherPart];

const optionalUsd = usd.optional();
const further = Object.fromEntries([...Object.values(FURTHER_RATE_NAMES), ...Object.keys(ALIASES)].map((name) => [name, optionalUsd])) as Record<
  FurtherName | Alias,
  typeof optionalUsd
>;

const rates = z.strictObject({
  inputPerMillion: usd,
  cachedInputPerMillion: usd.optional(),
  /** Anthropic's word for the same. */
  cacheReadPerMillion: usd.optional(),
  cacheWritePerMillion: usd.optional(),
  outputPerMillion: usd,
  reasoningPerMillion: usd.optional(),
  ...further,
});
type WrittenRates = z.output<typeof rates>;

const tiers = z
  .array(rates.extend({ abovePromptTokens: z.int().positive().max(100_000_000) }))
  .max(10)
  .refine((list) => list.every((tier, at) => at === 0 || tier.abovePromptTokens > (list[at - 1]?.abovePromptTokens ?? 0)), "must ascend by abovePromptTokens");

const tariff = rates.extend({ perCall: usd.optional(), tiers: tiers.optional() });
type WrittenTariff = z.output<typeof tariff>;
type OwnTariff = Tariff & Pick<Price, "perCall">;

/** Either what the rates of ordinary service are multiplied by, or rates of its own. */
const serviceTariff = z.union([z.strictObject({ multiplier: tariffMultiplier }), tariff]);
const serviceTariffs = z.strictObject(
  Object.fromEntries(SERVICE_TIERS.map((tier) => [tier, serviceTariff.optional()])) as Record<ServiceTier, z.ZodOptional<typeof serviceTariff>>,
);

/** `"free"`, or an object of rates. Rates that are left out follow from those that are there. */
export const configuredPrice = z.union([
  z.literal("free").transform(() => FREE),
  tariff.extend({ serviceTiers: serviceTariffs.optional() }).transform((written, context): PriceTerms => {
    try {
      const ordinary = toTariff(written, ZERO);
      const serviceTiers = toServiceTariffs(written.serviceTiers ?? {}, ordinary);
      return { ...ordinary, ...(serviceTiers ? { serviceTiers } : {}) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  }),
]);

const ZERO = 0n as NanoUsd;
export const FREE: PriceTerms = {
  inputPerMillion: ZERO,
  cachedInputPerMillion: ZERO,
  cacheWritePerMillion: ZERO,
  outputPerMillion: ZERO,
  reasoningPerMillion: ZERO,
  perCall: ZERO,
};

/** @throws RangeError when an amount in its own unit is too large to be kept */
function toTariff(written: WrittenTariff, perCall: NanoUsd, unitsOf?: Rates): OwnTariff {
  const base = unitsOf ? withUnitsOf(unitsOf, toRates(written)) : toRates(written);
  const tiers = written.tiers?.map((tier) => ({ abovePromptTokens: tier.abovePromptTokens, ...withUnitsOf(base, toRates(tier)) })) ?? [];
  return { ...base, perCall: written.perCall ?? perCall, ...(tiers.length > 0 ? { tiers } : {}) };
}

/** What a service tier leaves out beside tokens, it has in common with ordinary service: units, and the price of the call itself. */
function toServiceTariffs(written: z.output<typeof serviceTariffs>, ordinary: OwnTariff): ServiceTariffs | undefined {
  const found: Partial<Record<ServiceTier, Tariff>> = {};
  for (const tier of SERVICE_TIERS) {
    const one = written[tier];
    if (one === undefined) continue;
    found[tier] = "multiplier" in one ? multiplied(ordinary, one.multiplier) : toTariff(one, ordinary.perCall, ordinary);
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

/** @throws RangeError when an amount in its own unit is too large to be kept */
function toRates(written: WrittenRates): Rates {
  const own = furtherRates(written);
  return {
    inputPerMillion: written.inputPerMillion,
    cachedInputPerMillion: written.cachedInputPerMillion ?? written.cacheReadPerMillion ?? written.inputPerMillion,
    cacheWritePerMillion: written.cacheWritePerMillion ?? written.inputPerMillion,
    outputPerMillion: written.outputPerMillion,
    reasoningPerMillion: written.reasoningPerMillion ?? written.outputPerMillion,
    ...(own ? { further: own } : {}),
  };
}

function furtherRates(written: WrittenRates): FurtherRates | undefined {
  const found: Partial<Record<FurtherPart, bigint>> = {};
  for (const [name, { part, times }] of Object.entries(ALIASES)) {
    const amount = written[name as Alias];
    if (amount === undefined) continue;
    if (amount * times > NANO_USD_MAX) throw new RangeError(`${name} is too large`);
    found[part] = amount * times;
  }
  for (const part of FURTHER_PARTS) {
    const amount = written[FURTHER_RATE_NAMES[part]];
    if (amount !== undefined) found[part] = amount;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

/** The same as `configuredPrice` reads, so that what was written can be applied again unchanged. */
export function writePrice(price: Omit<Price, "id" | "perCall"> & { readonly perCall: bigint }): Record<string, unknown> {
  const { serviceTiers } = price;
  const tariffs = SERVICE_TIERS.flatMap((tier) => {
    const one = serviceTiers?.[tier];
    return one ? [[tier, writeTariff(one)] as const] : [];
  });
  return { ...writeTariff(price), ...(tariffs.length > 0 ? { serviceTiers: Object.fromEntries(tariffs) } : {}) };
}

const writeTariff = (one: Omit<Tariff, "perCall"> & { readonly perCall: bigint }): Record<string, unknown> => ({
  ...writeRates(one),
  perCall: formatUsd(one.perCall),
  ...(one.tiers ? { tiers: one.tiers.map((tier) => ({ abovePromptTokens: tier.abovePromptTokens, ...writeRates(tier) })) } : {}),
});

function writeRates(price: Rates): Record<string, string> {
  const further = FURTHER_PARTS.flatMap((part) => {
    const rate = price.further?.[part];
    return rate === undefined ? [] : [[FURTHER_RATE_NAMES[part], formatUsd(rate)] as const];
  });
  return {
    inputPerMillion: formatUsd(price.inputPerMillion),
    cachedInputPerMillion: formatUsd(price.cachedInputPerMillion),
    cacheWritePerMillion: formatUsd(price.cacheWritePerMillion),
    outputPerMillion: formatUsd(price.outputPerMillion),
    reasoningPerMillion: formatUsd(price.reasoningPerMillion),
    ...Object.fromEntries(further),
  };
}

/** The same over REST, where names are in snake case. */
export function snakePrice(price: Parameters<typeof writePrice>[0]): Record<string, unknown> {
  return snake(writePrice(price)) as Record<string, unknown>;
}

export const snakeName = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [snakeName(name), snake(one)]));
}
