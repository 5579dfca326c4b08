/** The record of one call: what was asked, who was tried, what came of it and what it cost. */
import type { CallId, KeyId, PriceId, UserId, WorkspaceId } from "../kernel/id.ts";
import type { NanoUsd } from "../kernel/money.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { FailureCode } from "../kernel/failure.ts";
import type { ServiceTier } from "./service-tier.ts";
import type { Strategy } from "./strategy.ts";
import type { Usage, UsageBasis } from "./usage.ts";

/** The door a call came through. */
export const SURFACES = [
  "chat",
  "completions",
  "responses",
  "messages",
  "generate",
  "embeddings",
  "moderations",
  "rerank",
  "images",
  "transcriptions",
  "translations",
  "speech",
  "video",
] as const;
export type Surface = (typeof SURFACES)[number];

/**
 * `answered`: whole; `failed`: no whole answer, after zero or more attempts; `aborted`: the client left;
 * `refused`: never sent (limits, money, no such model); `recovered`: settled from the journal after a crash.
 */
export const CALL_OUTCOMES = ["answered", "failed", "aborted", "refused", "recovered"] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** Closed words for how a provider fails; each has a fixed verdict in `routing/failover`. */
export const PROVIDER_FAILURES = [
  "overloaded",
  "rate_limited",
  /** The limit that the operator set for the provider here; it was not asked. */
  "at_limit",
  "quota_exhausted",
  "timeout",
  "connection",
  "refused_content",
  "context_too_long",
  "bad_request",
  "payload_too_large",
  "bad_credentials",
  "not_found",
  "conflict",
  "unsupported",
  "unavailable",
  "protocol",
  "empty",
  "keyword",
  "incomplete",
] as const;
export type ProviderFailureKind = (typeof PROVIDER_FAILURES)[number];

/** One try at one target. Times are milliseconds from the start of the call. */
export interface AttemptRecord {
  readonly provider: string;
  readonly model: string;
  /** Which of several keys of the provider, by its name and its masked end. */
  readonly key?: string;
  readonly outcome: "ok" | "failed" | "aborted";
  readonly failure?: ProviderFailureKind;
  /** The provider's HTTP status, absent when no response came. */
  readonly status?: number;
  readonly startMs: number;
  readonly firstTokenMs?: number;
  readonly totalMs: number;
  readonly bytes: number;
  /** Started beside an attempt that was late. */
  readonly hedge?: true;
  /** The service tier that the answer names; absent for ordinary service. */
  readonly serviceTier?: ServiceTier;
  /** Redacted words of the provider, for the operator. */
  readonly detail?: string;
}

/** What the caller's `model` turned out to be. */
export const ROUTE_MEANINGS = ["group", "alias", "model", "bare_model", "auto"] as const;
export type RouteMeaning = (typeof ROUTE_MEANINGS)[number];

/**
 * Why a target was not tried at all: switched off; without a price; its provider does not speak what was asked; it lacks
 * what the request needs; it is left alone for a while; one target more than a call may try.
 */
export const SKIP_REASONS = ["disabled", "unpriced", "unsupported", "incapable", "resting", "beyond_bound"] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface SkippedTarget {
  /** `provider/model` */
  readonly target: string;
  readonly reason: SkipReason;
  /** For `resting`: after what. For `incapable`: what it lacks. For `unsupported`: what it is for instead. */
  readonly because?: string;
  /** For `resting`: until when, in milliseconds since 1970. */
  readonly until?: number;
}

/** How a call came to its targets. Kept short: every call stores one. */
export interface RouteRecord {
  readonly by: RouteMeaning;
  /** Whose group, alias or model it is. */
  readonly of: "workspace" | "platform";
  /** What the alias stands for. */
  readonly alias?: string;
  /** How the targets were put in order; absent when there was no choice. */
  readonly strategy?: Strategy;
  /** The session decided among equal targets. */
  readonly sticky?: true;
  /** `provider/model`, first to be tried first. */
  readonly order: readonly string[];
  /** What the strategy looked at, for each of `order`: the priority, nano-dollars, milliseconds, tokens per second, weight. */
  readonly figures?: readonly number[];
  readonly skipped?: readonly SkippedTarget[];
  /** The answer was kept from an earlier call, and nobody was asked. */
  readonly cached?: { readonly from: string; readonly ageSeconds: number };
}

export interface CallRecord {
  readonly id: CallId;
  readonly workspaceId: WorkspaceId;
  readonly at: EpochMs;
  readonly surface: Surface;
  readonly outcome: CallOutcome;
  readonly httpStatus: number;
  readonly stream: boolean;
  readonly keyId: KeyId | undefined;
  readonly userId: UserId | undefined;
  /** What the caller named. */
  readonly modelAsked: string;
  readonly groupName: string | undefined;
  /** Who answered, or was tried last. */
  readonly providerName: string | undefined;
  readonly modelName: string | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** Absent when the call was refused before its model was looked up. */
  readonly route: RouteRecord | undefined;
  readonly usage: Usage;
  readonly usageBasis: UsageBasis;
  /** The provider's report was implausible and was cut to the hold (rule C8). */
  readonly usageSuspect: boolean;
  readonly priceId: PriceId | undefined;
  readonly held: NanoUsd;
  /** What the provider itself says that the call cost, for comparison. */
  readonly reportedCost?: NanoUsd | undefined;
  /** What the call really cost by our price; the charge is in the ledger and never above it. */
  readonly cost: NanoUsd;
  readonly queueMs: number;
  readonly firstTokenMs: number | undefined;
  readonly totalMs: number;
  readonly overheadMs: number;
  readonly finishReason: string | undefined;
  readonly errorCode: FailureCode | undefined;
  readonly errorText: string | undefined;
}
