/** The figures of the overview. */

export const OVERVIEW_RANGES = ["1h", "24h", "7d", "30d"] as const;

export type OverviewRange = (typeof OVERVIEW_RANGES)[number];

export interface OverviewTotals {
  readonly calls: number;
  readonly answered: number;
  /** Of the answered ones, those that came after a failed attempt. */
  readonly failedOver: number;
  /** Of the answered ones, those whose answer was kept from an earlier call. */
  readonly cached: number;
  readonly failed: number;
  readonly refused: number;
  readonly aborted: number;
  /** Cached ones included. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly charged: bigint;
  /** Durations are told within 2 %. */
  readonly firstTokenP50Ms: number | undefined;
  readonly firstTokenP95Ms: number | undefined;
  /** Of answered calls. */
  readonly totalP50Ms: number | undefined;
  readonly totalP95Ms: number | undefined;
}

export interface OverviewBucket extends OverviewTotals {
  readonly at: Date;
}

export interface Overview {
  readonly from: Date;
  readonly to: Date;
  readonly stepSeconds: number;
  readonly totals: OverviewTotals;
  /** The same span just before, for comparison. */
  readonly previous: OverviewTotals;
  /** Every bucket of the span, empty ones included. */
  readonly buckets: readonly OverviewBucket[];
  readonly models: readonly { readonly provider: string; readonly model: string; readonly calls: number; readonly charged: bigint }[];
  /** Attempts by provider: how many were tried and how many of them failed. */
  readonly providers: readonly {
    readonly provider: string;
    readonly attempts: number;
    readonly failed: number;
    readonly buckets: readonly { readonly attempts: number; readonly failed: number }[];
  }[];
}
