/** What the console's procedures take and give: the contract between `edge/trpc` and its clients. Amounts are bigint nano-dollars. */
import type { AttemptRecord, CallOutcome, ProviderFailureKind, RouteRecord, Surface } from "../domain/call.ts";
import type { CallFilter } from "../domain/call-filter.ts";
import type { Capability, ProviderKind } from "../domain/catalog.ts";
import type { Limit, LimitKind } from "../domain/limit.ts";
import type { PriceTier, Rates } from "../domain/price.ts";
import type { Role, Scope } from "../domain/principal.ts";
import type { CacheSettings, FailureKeyword, FailureRule, HealthState, OwnerPolicy, OwnerSettings, RestThreshold, RoutingSettings } from "../domain/routing.ts";
import type { ServiceTier } from "../domain/service-tier.ts";
import type { Strategy } from "../domain/strategy.ts";
import type { Usage, UsageBasis } from "../domain/usage.ts";
import type { FailureCode } from "../kernel/failure.ts";

export type { CallFilter };

/** A page of a list; `nextCursor` is absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | undefined;
}

/** How many rows a page may ask for, and gets when it does not ask. */
export const PAGE_ROWS_MAX = 200;
export const PAGE_ROWS_DEFAULT = 50;

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly operator: boolean;
  readonly workspaces: readonly { readonly workspaceId: string; readonly name: string; readonly role: Role }[];
}

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

/** The amounts of a price, without its row. */
export interface PriceTermsRow extends TariffRow {
  readonly serviceTiers?: { readonly [Tier in ServiceTier]?: TariffRow } | undefined;
}

/** What calls of one grade of service cost. */
export interface TariffRow extends Rates {
  readonly perCall: bigint;
  readonly tiers?: readonly PriceTier[] | undefined;
}

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

/** A price as it was dated; `source` says where it comes from. */
export interface PriceRow extends PriceTermsRow {
  readonly id: string;
  readonly effectiveAt: Date;
  readonly source: string;
}

/** How a provider's model serves, with the evidence: attempts of the last five minutes as this program counts them. */
export interface HealthRow {
  readonly state: HealthState;
  readonly answered: number;
  readonly failed: number;
  readonly lastFailure: { readonly at: Date; readonly reason: string; readonly status: number | undefined } | undefined;
  readonly lastAnswerAt: Date | undefined;
  /** When it was left alone, until when, and after what. */
  readonly rest: { readonly since: Date; readonly until: Date; readonly reason: string } | undefined;
  readonly firstTokenMs: number | undefined;
  readonly tokensPerSecond: number | undefined;
}

export interface ModelRow {
  readonly health: HealthRow;
  readonly id: string;
  readonly name: string;
  readonly contextWindow: number | undefined;
  readonly maxOutput: number | undefined;
  readonly capabilities: readonly Capability[];
  readonly enabled: boolean;
  readonly price: PriceRow | undefined;
}

/** One key of a provider: never its secret. */
export interface ProviderKeyRow {
  readonly name: string;
  /** Its end, behind an ellipsis. */
  readonly masked: string;
  /** Its share of the calls among several; with 0 it serves when no other can. */
  readonly weight: number;
  readonly state: HealthState;
  readonly rest: HealthRow["rest"];
}

export interface ProviderRow {
  readonly id: string;
  readonly name: string;
  readonly kind: ProviderKind;
  /** Shown to whoever may edit it, else undefined. */
  readonly baseUrl: string | undefined;
  readonly enabled: boolean;
  /** Owned by the platform and shared with every workspace. */
  readonly shared: boolean;
  readonly hasKey: boolean | undefined;
  /** Shown to whoever may edit it. */
  readonly keys: readonly ProviderKeyRow[] | undefined;
  readonly models: readonly ModelRow[];
  /** Its own state, and that of its models. */
  readonly health: HealthState;
  /** When routing leaves it alone until then, and why. */
  readonly resting: { readonly until: Date; readonly reason: string } | undefined;
}

/** A provider as an operator changes it: all but its models, and of its keys all but the secrets. Null: as its address, or the settings for all, say. */
export interface ProviderEditRow {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly limits: readonly Limit[];
  readonly local: boolean | null;
  readonly probeSeconds: number | null;
  /** Whether it is asked for OpenAI's Responses in their own wire. */
  readonly responses: boolean | null;
  /** In their order; one without its end cannot be opened and does not serve. */
  readonly keys: readonly { readonly name: string; readonly masked: string | null; readonly weight: number }[];
  readonly revision: string;
  readonly fromFile: boolean;
}

/** What would miss a provider, or one of its models. */
export interface ProviderUsesRow {
  readonly models: number;
  /** How many of each group's targets would go, and how many would be left. */
  readonly groups: readonly { readonly name: string; readonly targets: number; readonly left: number }[];
  readonly aliases: readonly string[];
  /** How many keys list one of the models. */
  readonly keys: number;
}

/** What is wrong with a provider that was tried. `key_unsealed`: its key was sealed with another SECRET_KEY. */
export const TEST_FAILURES = [
  "forbidden",
  "private",
  "unreachable",
  "slow",
  "large",
  "invalid",
  "key_refused",
  "key_unsealed",
  "redirect",
  "no_list",
  "status",
] as const;
export type TestFailure = (typeof TEST_FAILURES)[number];

export interface TestedProviderRow {
  readonly failure: TestFailure | undefined;
  readonly status: number | undefined;
  /** How many models its list has, or the first page of it. */
  readonly models: number | undefined;
  readonly ms: number;
}

export interface GroupRow {
  readonly id: string;
  readonly name: string;
  /** By which it is routed, whoever says so. */
  readonly strategy: Strategy;
  /** What the group itself says; the rest is its owner's. */
  readonly ownStrategy: Strategy | undefined;
  readonly shared: boolean;
  /** Named by the configuration file, which is applied again at the next start. */
  readonly fromFile: boolean;
  /** Names this state of it, for whoever changes it. */
  readonly revision: string;
  /** What the group itself sets; the rest is its owner's. */
  readonly settings: RoutingSettings;
  readonly failureKeywords: readonly FailureKeyword[];
  readonly targets: readonly {
    readonly provider: string;
    readonly model: string;
    readonly priority: number;
    readonly weight: number;
    readonly enabled: boolean;
    readonly health: HealthRow;
    readonly priced: boolean;
    readonly price: PriceRow | undefined;
  }[];
}

/** Another name for a group or a model. */
export interface AliasRow {
  readonly name: string;
  readonly model: string;
  readonly shared: boolean;
  readonly fromFile: boolean;
}

/** What holds where neither a group nor its owner says otherwise. */
export interface RoutingDefaults extends Omit<OwnerPolicy, "routing"> {
  readonly sticky: boolean;
  readonly hedgeAfterMs: number;
  readonly cache: CacheSettings;
  readonly restAfter: RestThreshold;
  readonly connectMs: number;
  readonly firstTokenMs: number;
  readonly answerMs: number;
  readonly stallMs: number;
  readonly on: Readonly<Record<ProviderFailureKind, FailureRule>>;
}

/** What the platform sets for all groups, over what is built in. */
export interface RoutingRow {
  readonly settings: OwnerSettings;
  readonly failureKeywords: readonly FailureKeyword[];
  readonly revision: string;
  readonly fromFile: boolean;
  readonly builtin: RoutingDefaults;
}

/** One change of what the platform shares. */
export interface ChangeRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly verb: string;
  readonly object: string;
  /** It can be taken back, unless it was changed again since. */
  readonly undoable: boolean;
  /** Names of what is different, in the words of the configuration. */
  readonly fields: readonly string[];
  /** Of those, what taking it back does not put back: it may be secret, and is written down nowhere. */
  readonly notPutBack: readonly string[];
  /** The change that it took back. */
  readonly undoes: string | undefined;
}

/** What a name means, who would be tried, and why. */
export interface ExplainedRow {
  readonly at: Date;
  readonly model: string;
  readonly group: string | undefined;
  readonly route: RouteRecord;
  readonly hedgeAfterMs: number;
  readonly targets: readonly {
    readonly target: string;
    readonly priority: number;
    readonly weight: number;
    readonly local: boolean;
    readonly inputPerMillion: string | undefined;
    readonly outputPerMillion: string | undefined;
    readonly health: HealthState;
    readonly firstTokenMs: number | undefined;
    readonly tokensPerSecond: number | undefined;
    readonly answered: number;
    readonly failed: number;
  }[];
}

/** What would no longer find anything without a group. */
export interface GroupUsesRow {
  readonly aliases: readonly string[];
  /** How many keys list it. */
  readonly keys: number;
}

export type KeyState = "active" | "disabled" | "expired" | "revoked";

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  /** `sy-ab…wxyz` */
  readonly masked: string;
  readonly state: KeyState;
  readonly scopes: readonly Scope[];
  readonly groups: readonly string[] | undefined;
  readonly limits: readonly Limit[];
  /** How long answers to its calls are kept, in seconds; 0: not; undefined: as the group says. */
  readonly cacheSeconds: number | undefined;
  readonly budget: { readonly cap: bigint; readonly used: bigint; readonly held: bigint; readonly windowDays: number | undefined } | undefined;
  readonly expiresAt: Date | undefined;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

/** The limits of a workspace and of each of its members; those of keys are with the keys. */
export interface WorkspaceLimits {
  readonly workspace: readonly Limit[];
  readonly members: readonly { readonly id: string; readonly email: string; readonly role: Role; readonly limits: readonly Limit[] }[];
}

/** How much of one limit is used now; limits of one kind and window are counted as one. */
export interface LimitUsageRow {
  readonly kind: LimitKind;
  readonly windowSeconds: number;
  /** In the unit of the kind; nano-dollars for cost. */
  readonly used: number;
  /** When everything is free again, if nothing more is asked; undefined where nothing is used, and for calls at once. */
  readonly freeAt: Date | undefined;
  /** False when the other programs could not be asked: what they let through is not in it. */
  readonly shared: boolean;
}

export interface OwnerUsage {
  readonly id: string;
  readonly usage: readonly LimitUsageRow[];
}

/** The use of the limits of a workspace, its members, and the keys that were asked for; those without limits are left out. */
export interface LimitsUsage {
  readonly workspace: readonly LimitUsageRow[];
  readonly members: readonly OwnerUsage[];
  readonly keys: readonly OwnerUsage[];
}

/** The limits that operators set for everybody, with their use; an address is counted for itself, so that its use is not told. */
export interface PlatformLimitsRow {
  readonly address: readonly Limit[];
  readonly providers: readonly { readonly id: string; readonly name: string; readonly limits: readonly Limit[]; readonly usage: readonly LimitUsageRow[] }[];
}

export interface NewKey {
  readonly name: string;
  readonly groups?: readonly string[] | undefined;
  readonly requestsPerMinute?: number | undefined;
  /** Further limits. */
  readonly limits?: readonly Limit[] | undefined;
  readonly cacheSeconds?: number | undefined;
  /** Decimal dollars, such as "5.00". */
  readonly budgetUsd?: string | undefined;
  readonly budgetWindowDays?: number | undefined;
  readonly expiresAt?: Date | undefined;
}

export interface Wallet {
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
  readonly frozen: boolean;
  readonly openHolds: number;
}

export interface EntryRow {
  readonly id: string;
  readonly at: Date;
  readonly kind: "credit" | "usage" | "late_usage" | "refund" | "adjustment";
  /** Signed: negative takes from the wallet. */
  readonly amount: bigint;
  readonly counterAccount: string;
  readonly callId: string | undefined;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
}

/** Recent values to choose a filter from, each list bounded; `keys` by public id. */
export interface CallFacets {
  readonly groups: readonly string[];
  readonly providers: readonly string[];
  readonly models: readonly string[];
  readonly keys: readonly { readonly id: string; readonly name: string }[];
}

/** What `keys.create` answers; the secret is never shown again. */
export interface CreatedKey {
  readonly key: KeyRow;
  readonly secret: string;
}

/** What every refused procedure carries in `error.data` beside tRPC's own fields. */
export interface RefusalShape {
  readonly failure: FailureCode;
  /** What the log knows the request by; undefined when it was refused before it was read. */
  readonly requestId: string | undefined;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Where an input was wrong; empty unless `failure` is `invalid_request`. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** The header that every mutation of the console carries: a foreign page cannot set it without asking first. */
export const CLIENT_HEADER = "x-switchyard-client";
export const CLIENT_NAME = "console";

/** What the console hears live. `gap`: something was missed, so ask again for what is shown. */
export type LiveEvent =
  | { readonly kind: "gap" }
  | { readonly kind: "call.finished"; readonly call: CallRow }
  | { readonly kind: "balance.changed" }
  | { readonly kind: "config.changed" }
  | { readonly kind: "provider.health" };
