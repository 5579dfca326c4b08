/** Says what is asked of the place where all nodes count together. The port between `limiter.shared.ts` and Redis. */

/** What one bound is counted under, and what a call puts on it. Weights and limits are whole numbers in the unit of the kind. */
export interface CountAsk {
  readonly key: string;
  readonly kind: "window" | "leases";
  readonly max: number;
  readonly windowMs: number;
  readonly weight: number;
}

/** What is known of one bound after a call was asked for; times in milliseconds. */
export interface CountAnswer {
  /** 0 when it admits. */
  readonly waitMs: number;
  readonly used: number;
  readonly resetMs: number;
  /** Where the weight lies, to correct it by; undefined where nothing was put. */
  readonly cell: number | undefined;
}

/** Adds to what was admitted (`delta` may be negative), or ends a lease. */
export type CountChange =
  | { readonly key: string; readonly kind: "window"; readonly cell: number; readonly delta: number }
  | { readonly key: string; readonly kind: "leases" };

/** An admission that is told after the fact, `ageMs` ago; it counts even beyond the limit, for it has happened. */
export interface PastAdmission {
  readonly key: string;
  readonly windowMs: number;
  readonly weight: number;
  readonly ageMs: number;
}

/** Every promise is rejected with an `Error` when the counts cannot be reached; one that hangs is kept until an answer can no longer come. */
export interface SharedCounts {
  /** Takes all or none. @param lease its name, for bounds that are leases @returns an answer for each ask, in their order */
  take(asks: readonly CountAsk[], lease: string): Promise<readonly CountAnswer[]>;
  change(changes: readonly CountChange[], lease: string): Promise<void>;
  /** Leases get their whole time again; one that was lost is there again. */
  renew(leases: readonly { readonly key: string; readonly lease: string }[]): Promise<void>;
  /** @returns the cell of each; undefined for one that has left its window already */
  record(past: readonly PastAdmission[]): Promise<readonly (number | undefined)[]>;
  close(): void;
}
