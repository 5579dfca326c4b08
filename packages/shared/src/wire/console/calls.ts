/** Calls as the console shows them. */
import type { AttemptRecord, CallOutcome, RouteRecord, Surface } from "../../domain/call.ts";
import type { Usage, UsageBasis } from "../../domain/usage.ts";
import type { PriceRow } from "./prices.ts";
import type { EntryRow } from "./wallet.ts";

/** Calls that are looked at for one page of the list. What few of them mean would else be looked for in millions until the statement's time is over. */
export const CALLS_LOOKED_AT = 100_000;

/** A call as the list shows it. Ids are in their public form (`gen_…`, `key_…`). */
export interface CallRow {
  readonly id: string;
  readonly at: Date;
  readonly surface: Surface;
  readonly outcome: CallOutcome;
  /** True when an answer came after a failed attempt. */
  readonly failedOver: boolean;
  /** True when the answer was kept from an earlier call, and nobody was asked. */
  readonly cached: boolean;
  readonly httpStatus: number;
  readonly stream: boolean;
  readonly modelAsked: string;
  readonly group: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly key: { readonly id: string; readonly name: string } | undefined;
  /** The outcome of each attempt in order. */
  readonly attempts: readonly AttemptRecord["outcome"][];
  readonly usage: Usage;
  readonly usageBasis: UsageBasis;
  readonly charged: bigint;
  readonly firstTokenMs: number | undefined;
  readonly totalMs: number;
  readonly errorCode: string | undefined;
}

/** One call, whole. */
export interface CallDetail extends Omit<CallRow, "attempts"> {
  readonly attempts: readonly AttemptRecord[];
  readonly route: RouteRecord | undefined;
  readonly finishReason: string | undefined;
  readonly errorText: string | undefined;
  readonly usageSuspect: boolean;
  readonly queueMs: number;
  readonly overheadMs: number;
  readonly held: bigint;
  readonly cost: bigint;
  readonly price: PriceRow | undefined;
  /** What the provider says that the call cost. */
  readonly reportedCost: bigint | undefined;
  readonly hold:
    | {
        readonly amount: bigint;
        readonly state: "pending" | "posted" | "voided";
        readonly charged: bigint;
        readonly createdAt: Date;
        readonly resolvedAt: Date | undefined;
      }
    | undefined;
  readonly entries: readonly EntryRow[];
}

/** Recent values to choose a filter from, each list bounded; `keys` by public id. */
export interface CallFacets {
  readonly groups: readonly string[];
  readonly providers: readonly string[];
  readonly models: readonly string[];
  readonly keys: readonly { readonly id: string; readonly name: string }[];
}
