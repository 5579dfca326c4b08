/** What a model's name means and who would be tried, in values for whoever asks why. */
import type { RouteRecord } from "./call.ts";
import type { HealthState } from "./routing.ts";

/** One who would be tried: its place, what the strategy looked at, and how it is. Amounts are dollars in decimals. */
export interface ExplainedTarget {
  readonly target: string;
  readonly priority: number;
  readonly weight: number;
  readonly local: boolean;
  readonly inputPerMillion: string | undefined;
  readonly outputPerMillion: string | undefined;
  readonly health: HealthState;
  readonly firstTokenMs: number | undefined;
  readonly tokensPerSecond: number | undefined;
  /** Of the last five minutes. */
  readonly answered: number;
  readonly failed: number;
}

export interface ExplainedRoute {
  readonly model: string;
  readonly group: string | undefined;
  readonly route: RouteRecord;
  /** Those that would be tried, in that order. */
  readonly targets: readonly ExplainedTarget[];
  readonly sticky: boolean;
  readonly hedgeAfterMs: number;
}
