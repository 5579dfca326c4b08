import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toId } from "../kernel/id.ts";
import { nano } from "../kernel/money.ts";
import {
  costOf,
  dearestOutput,
  RATE_PER,
  rateOf,
  ratesFor,
  tariffOf,
  tariffsOf,
  worstCaseOf,
  type FurtherRates,
  type Price,
  type PriceTier,
  type Rates,
} from "./price.ts";
import { askedTierOf, SERVICE_TIERS } from "./service-tier.ts";
import { completionTokensOf, FURTHER_PARTS, NO_USAGE, promptTokensOf, UNIT_PARTS, USAGE_PARTS, type Usage } from "./usage.ts";

const id = toId("price", "00000000-0000-7000-8000-000000000000");
const price = (
  input: bigint,
  cached: bigint,
  write: bigint,
  output: bigint,
  reasoning: bigint,
  further?: FurtherRates,
  tiers?: readonly PriceTier[],
): Price => ({
  id,
  inputPerMillion: input,
  cachedInputPerMillion: cached,
  cacheWritePerMillion: write,
  outputPerMillion: output,
  reasoningPerMillion: reasoning,
  perCall: nano(0n),
  ...(further ? { further } : {}),
  ...(tiers ? { tiers } : {}),
});
const tokens = fc.integer({ min: 0, max: 10_000_000 });
const amount = fc.bigInt(0n, 100_000_000_000n);

const furtherRates: fc.Arbitrary<FurtherRates> = fc
  .record(Object.fromEntries(FURTHER_PARTS.map((part) => [part, amount])), { requiredKeys: [] })
  .map((rates) => rates as FurtherRates);
const rates: fc.Arbitrary<Rates> = fc
  .tuple(amount, amount, amount, amount, amount, fc.option(furtherRates, { nil: undefined }))
  .map(([...all]) => price(...all));
const tiers: fc.Arbitrary<PriceTier[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20_000_000 }), rates), { maxLength: 3 })
  .map((list) => list.map(([abovePromptTokens, one]) => ({ ...one, abovePromptTokens })).sort((a, b) => a.abovePromptTokens - b.abovePromptTokens));
const anyPrice: fc.Arbitrary<Price> = fc.tuple(rates, tiers, amount).map(([one, some, perCall]) => ({ ...one, id, perCall: nano(perCall), tiers: some }));
const anyUsage: fc.Arbitrary<Usage> = fc
  .record(Object.fromEntries(USAGE_PARTS.map((part) => [part, tokens])), { requiredKeys: ["input", "cachedInput", "cacheWrite", "output", "reasoning"] })
  .map((usage) => usage as unknown as Usage);
/** Bounds that a usage is within: its text and its media counted apart. */
const boundOf = (usage: Usage) => {
  const text = usage.input + usage.cachedInput + usage.cacheWrite + (usage.cacheWriteLong ?? 0);
  return {
    promptMax: text,
    mediaMax: promptTokensOf(usage) - text,
    completionMax: completionTokensOf(usage),
    mediaOutput: true,
    units: Object.fromEntries(UNIT_PARTS.map((part) => [part, usage[part] ?? 0])),
  };
};

describe("the cost of a call", () => {
  test("is rounded up once, not part by part", () => {
    expect(costOf({ ...NO_USAGE, input: 1, output: 1 }, price(1n, 0n, 0n, 1n, 0n))).toBe(1n);
    expect(costOf({ ...NO_USAGE, input: 1_000_000 }, price(150_000_000n, 0n, 0n, 0n, 0n))).toBe(150_000_000n);
    expect(costOf(NO_USAGE, price(1n, 1n, 1n, 1n, 1n))).toBe(0n);
  });

  test("counts every unit by its own measure", () => {
    const each: FurtherRates = {
      images: 40_000_000n,
      audioMs: 360_000_000n,
      characters: 15_000_000_000n,
      searches: 10_000_000_000n,
      audioOutput: 80_000_000_000n,
    };
    const one = price(0n, 0n, 0n, 0n, 0n, each);
    expect(costOf({ ...NO_USAGE, images: 2 }, one)).toBe(80_000_000n); // $0.04 a picture
    expect(costOf({ ...NO_USAGE, audioMs: 90_000 }, one)).toBe(9_000_000n); // $0.006 a minute
    expect(costOf({ ...NO_USAGE, characters: 2_000 }, one)).toBe(30_000_000n); // $15 a million
    expect(costOf({ ...NO_USAGE, searches: 3 }, one)).toBe(30_000_000n); // $10 a thousand
    expect(costOf({ ...NO_USAGE, audioOutput: 1_000 }, one)).toBe(80_000_000n);
  });

  test("takes tokens without a rate of their own for plain ones, and units for nothing", () => {
    const plain = price(1_000_000n, 500_000n, 1_250_000n, 8_000_000n, 9_000_000n);
    expect(costOf({ ...NO_USAGE, audioInput: 10 }, plain)).toBe(10n);
    expect(costOf({ ...NO_USAGE, cachedAudioInput: 10 }, plain)).toBe(5n);
    expect(costOf({ ...NO_USAGE, cacheWriteLong: 100 }, plain)).toBe(125n);
    expect(costOf({ ...NO_USAGE, imageOutput: 10 }, plain)).toBe(80n);
    expect(costOf({ ...NO_USAGE, images: 10, audioMs: 10_000 }, plain)).toBe(0n);
  });

  test("of a long prompt is that of its tier, for every token of the call", () => {
    const long = { ...price(4_000_000n, 400_000n, 4_000_000n, 18_000_000n, 18_000_000n), abovePromptTokens: 200_000 };
    const one = price(2_000_000n, 200_000n, 2_000_000n, 12_000_000n, 12_000_000n, undefined, [long]);
    expect(costOf({ ...NO_USAGE, input: 200_000, output: 10 }, one)).toBe(400_120n);
    expect(costOf({ ...NO_USAGE, input: 100_000, cachedInput: 100_001, output: 10 }, one)).toBe(440_181n);
    expect(ratesFor(one, 200_000)).toBe(one);
    expect(ratesFor(one, 200_001)).toBe(long);
  });

  test("never passes the worst case of its bounds, whichever parts, tiers and rates they are", () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, (usage, one) => costOf(usage, one) <= worstCaseOf(boundOf(usage), one)),
      { numRuns: 1_000 },
    );
  });

  test("grows with every part, within one tier", () => {
    fc.assert(
      fc.property(fc.constantFrom(...USAGE_PARTS), tokens, tokens, rates, (part, a, b, one) => {
        const terms = { ...one, id, perCall: nano(0n) };
        return costOf({ ...NO_USAGE, [part]: a }, terms) <= costOf({ ...NO_USAGE, [part]: a + b }, terms);
      }),
    );
  });
});

describe("the worst case", () => {
  test("does not hold text for the price of sound", () => {
    const audio = price(2_500_000_000n, 1_250_000_000n, 2_500_000_000n, 10_000_000_000n, 10_000_000_000n, {
      audioInput: 40_000_000_000n,
      audioOutput: 80_000_000_000n,
    });
    expect(worstCaseOf({ promptMax: 1_000, completionMax: 100 }, audio)).toBe(3_500_000n);
    expect(worstCaseOf({ promptMax: 0, mediaMax: 1_000, completionMax: 100, mediaOutput: true }, audio)).toBe(48_000_000n);
    expect(dearestOutput(audio, { promptMax: 1, mediaOutput: true })).toBe(80_000_000_000n);
  });

  test("counts a tier only where the prompt can reach it", () => {
    const long = { ...price(4_000_000n, 0n, 0n, 18_000_000n, 0n), abovePromptTokens: 1_000 };
    const one = price(2_000_000n, 0n, 0n, 12_000_000n, 0n, undefined, [long]);
    expect(worstCaseOf({ promptMax: 1_000, completionMax: 0 }, one)).toBe(2_000n);
    expect(worstCaseOf({ promptMax: 600, mediaMax: 401, completionMax: 0 }, one)).toBe(4_004n);
  });
});

describe("service tiers", () => {
  const tariffs = fc.record(Object.fromEntries(SERVICE_TIERS.map((tier) => [tier, anyPrice])), { requiredKeys: [] });
  const tieredPrice = fc.tuple(anyPrice, tariffs).map(([one, serviceTiers]): Price => ({ ...one, serviceTiers }));
  const words = fc.constantFrom(undefined, "auto", "default", "standard_only", "flex", "priority", "scale", "batch", "a word of tomorrow");

  test("whatever was asked for and served, no cost passes the worst case over all that it could become", () => {
    fc.assert(
      fc.property(anyUsage, tieredPrice, words, fc.constantFrom(undefined, ...SERVICE_TIERS), (usage, one, word, served) => {
        const asked = askedTierOf(word);
        // A provider may always serve as ordinary; another tier only where it was asked for, or left to it.
        fc.pre(served === undefined || asked === "any" || asked === served);
        const most = tariffsOf(one, asked).reduce((dear, tariff) => {
          const worst = worstCaseOf(boundOf(usage), tariff);
          return worst > dear ? worst : dear;
        }, nano(0n));
        return costOf(usage, tariffOf(one, served)) <= most;
      }),
      { numRuns: 1_000 },
    );
  });

  test("a tier without a price of its own costs as ordinary service", () => {
    const one: Price = { ...price(2n, 2n, 2n, 4n, 4n), serviceTiers: { flex: price(1n, 1n, 1n, 2n, 2n) } };
    expect(tariffOf(one, "flex").inputPerMillion).toBe(1n);
    expect(tariffOf(one, "priority")).toBe(one);
    expect(tariffOf(one, undefined)).toBe(one);
    expect(tariffsOf(one, "priority")).toEqual([one]);
    expect(tariffsOf(one, "ordinary")).toEqual([one]);
    expect(tariffsOf(one, "any")).toHaveLength(2);
  });
});

test("every part has a rate, and a unit to price it by", () => {
  const one = price(1n, 2n, 3n, 4n, 5n);
  for (const part of USAGE_PARTS) {
    expect(18_000_000n % RATE_PER[part]).toBe(0n);
    expect(rateOf(one, part)).toBeGreaterThanOrEqual(0n);
  }
});
