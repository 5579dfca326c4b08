/** Imports of models from a provider's own list. */
import type { Capability } from "../../domain/catalog.ts";
import type { PriceTermsRow } from "./prices.ts";

/** The name that a client gives to an import. */
export const IMPORT_RUN = /^[A-Za-z0-9_-]{8,64}$/;

export const IMPORT_PHASES = ["reading", "writing", "done"] as const;

/** `done` of `total` models; while the list is read, `total` is 0. */
export interface ImportProgressRow {
  readonly phase: (typeof IMPORT_PHASES)[number];
  readonly done: number;
  readonly total: number;
}

/** What an import did, or would do. */
export interface ImportOutcomeRow {
  /** For taking it back; absent when nothing was changed. */
  readonly importId: string | undefined;
  readonly created: number;
  readonly changed: number;
  readonly leftOut: number;
  /** Asked for, but not listed by the provider. */
  readonly missing: readonly string[];
  readonly models: readonly {
    readonly id: string;
    readonly alias: string | undefined;
    /** Not there yet, there, or there and switched off. */
    readonly change: "new" | "present" | "off";
    readonly contextWindow: number | undefined;
    readonly maxOutput: number | undefined;
    readonly capabilities: readonly Capability[];
    readonly price: PriceTermsRow | undefined;
    readonly priceSource: string | undefined;
  }[];
}
