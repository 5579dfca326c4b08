/** Prices, and what renewing them would change. */
import type { PriceTier, Rates } from "../../domain/price.ts";
import type { ServiceTier } from "../../domain/service-tier.ts";

/** The amounts of a price, without its row. */
export interface PriceTermsRow extends TariffRow {
  readonly serviceTiers?: { readonly [Tier in ServiceTier]?: TariffRow } | undefined;
}

/** What calls of one grade of service cost. */
export interface TariffRow extends Rates {
  readonly perCall: bigint;
  readonly tiers?: readonly PriceTier[] | undefined;
}

/** A price as it was dated; `source` says where it comes from. */
export interface PriceRow extends PriceTermsRow {
  readonly id: string;
  readonly effectiveAt: Date;
  readonly source: string;
}

export interface RefreshedPricesRow {
  readonly source: string;
  /** Of the book's data, as `2026-11-21`. */
  readonly day: string;
  readonly changes: readonly { readonly provider: string; readonly model: string; readonly before: PriceTermsRow | undefined; readonly after: PriceTermsRow }[];
  /** Prices that a person set and that stay although the book has others. */
  readonly kept: number;
  /** Prices from newer data than the book has now, which stay. */
  readonly newer: number;
  readonly unpriced: readonly string[];
}
