/** How a group is routed: its strategy, what counts as a failure of a target, and when a failing target rests. */
import type { ProviderFailureKind } from "./call.ts";
import type { Strategy } from "./strategy.ts";

/** Where a failure keyword is looked for: in what a failing provider says, at the beginning of an answer, or in both. */
export const KEYWORD_SCOPES = ["any", "error", "content"] as const;
export type KeywordScope = (typeof KEYWORD_SCOPES)[number];

export interface FailureKeyword {
  readonly text: string;
  readonly scope: KeywordScope;
}

/** What a failure leads to: the next target, an end, or (an empty answer only) being taken for an answer. */
export const FAILURE_RULES = ["next", "stop", "accept"] as const;
export type FailureRule = (typeof FAILURE_RULES)[number];

/** So many failures within so long a time let a target rest. */
export interface RestThreshold {
  /** 0: failures are never counted. */
  readonly failures: number;
  readonly minutes: number;
  /** Of all attempts in that time, at least this part failed: 0 counts failures alone, 1 rests only what never answers. */
  readonly share: number;
  /** The first rest; it doubles with each probe that fails. */
  readonly restSeconds: number;
}

/** Whether answers are kept and told again to who asks the same. */
export interface CacheSettings {
  /** How long an answer is kept; 0: only when a request asks for it. */
  readonly ttlSeconds: number;
  /** What a kept answer costs, of what the first one did: 0 is free, 100 the full price. */
  readonly chargePercent: number;
}

/** No answer is kept longer than a week. */
export const CACHE_SECONDS_MAX = 604_800;

/** What an operator may set, for a group or for all; what is left out is taken from the next wider setting. */
export interface RoutingSettings {
  /** A session's calls go to the same of several equal targets, so that its provider's cache serves. */
  readonly sticky?: boolean | undefined;
  /** A second target is asked too when the first has given nothing for so many milliseconds; 0: never. */
  readonly hedgeAfterMs?: number | undefined;
  readonly on?: Readonly<Partial<Record<ProviderFailureKind, FailureRule>>> | undefined;
  /** By the provider's HTTP status; goes before `on`. */
  readonly statuses?: { readonly next?: readonly number[] | undefined; readonly stop?: readonly number[] | undefined } | undefined;
  readonly connectMs?: number | undefined;
  /** Until the first content of a stream. */
  readonly firstTokenMs?: number | undefined;
  /** Until a whole answer begins to come. */
  readonly answerMs?: number | undefined;
  /** Silence within an answer. */
  readonly stallMs?: number | undefined;
  readonly cache?: { readonly [F in keyof CacheSettings]?: CacheSettings[F] | undefined } | undefined;
  readonly restAfter?: { readonly [F in keyof RestThreshold]?: RestThreshold[F] | undefined } | undefined;
}

/** What `auto` stands for when a key lists no names of its own. */
export interface AutoSettings {
  readonly enabled: boolean;
  readonly strategy: Strategy;
}

/** How providers are asked whether they are there. */
export interface ProbeSettings {
  /** How often, of providers that do not say themselves; 0: never. */
  readonly seconds: number;
  /** After so many questions in a row without an answer a provider is down. */
  readonly failures: number;
}

/** What an owner sets for all it has; a group may say otherwise of what `RoutingSettings` holds, and of its strategy. */
export interface OwnerSettings extends RoutingSettings {
  /** Of groups that name none. */
  readonly strategy?: Strategy | undefined;
  readonly auto?: { readonly [F in keyof AutoSettings]?: AutoSettings[F] | undefined } | undefined;
  readonly probe?: { readonly [F in keyof ProbeSettings]?: ProbeSettings[F] | undefined } | undefined;
}

/** The same with nothing left open. */
export interface OwnerPolicy {
  readonly routing: RoutingPolicy;
  readonly strategy: Strategy;
  readonly auto: AutoSettings;
  readonly probe: ProbeSettings;
}

/** Settings with nothing left open. */
export interface RoutingPolicy {
  readonly sticky: boolean;
  readonly hedgeAfterMs: number;
  readonly on: Readonly<Partial<Record<ProviderFailureKind, FailureRule>>>;
  readonly statuses: ReadonlyMap<number, "next" | "stop">;
  readonly connectMs: number | undefined;
  readonly firstTokenMs: number | undefined;
  readonly answerMs: number | undefined;
  readonly stallMs: number | undefined;
  readonly cache: CacheSettings;
  readonly restAfter: RestThreshold;
  /** Folded to lower case. */
  readonly keywords: readonly FailureKeyword[];
}

/**
 * Five failures in a minute that are at least half of what was tried: a busy target with a few errors goes on, one that
 * is down is found out within seconds. "Two in five minutes" of simpler systems would rest every busy target all the time.
 */
export const DEFAULT_REST_THRESHOLD: RestThreshold = { failures: 5, minutes: 1, share: 0.5, restSeconds: 30 };

export const DEFAULT_ROUTING: RoutingPolicy = {
  sticky: true,
  hedgeAfterMs: 0,
  on: {},
  statuses: new Map(),
  connectMs: undefined,
  firstTokenMs: undefined,
  answerMs: undefined,
  stallMs: undefined,
  cache: { ttlSeconds: 0, chargePercent: 0 },
  restAfter: DEFAULT_REST_THRESHOLD,
  keywords: [],
};

export const DEFAULT_OWNER: OwnerPolicy = {
  routing: DEFAULT_ROUTING,
  strategy: "priority",
  auto: { enabled: true, strategy: "lowest_cost" },
  probe: { seconds: 0, failures: 3 },
};

/** As `narrow`, for what an owner sets. */
export const narrowOwner = (wider: OwnerPolicy, settings: OwnerSettings, keywords: readonly FailureKeyword[]): OwnerPolicy => ({
  routing: narrow(wider.routing, settings, keywords),
  strategy: settings.strategy ?? wider.strategy,
  auto: { enabled: settings.auto?.enabled ?? wider.auto.enabled, strategy: settings.auto?.strategy ?? wider.auto.strategy },
  probe: { seconds: settings.probe?.seconds ?? wider.probe.seconds, failures: settings.probe?.failures ?? wider.probe.failures },
});

/** Narrows a policy by further settings; keywords add up, everything else is replaced. */
export function narrow(wider: RoutingPolicy, settings: RoutingSettings, keywords: readonly FailureKeyword[]): RoutingPolicy {
  const statuses = new Map(wider.statuses);
  for (const status of settings.statuses?.next ?? []) statuses.set(status, "next");
  for (const status of settings.statuses?.stop ?? []) statuses.set(status, "stop");
  return {
    sticky: settings.sticky ?? wider.sticky,
    hedgeAfterMs: settings.hedgeAfterMs ?? wider.hedgeAfterMs,
    on: settings.on ? { ...wider.on, ...settings.on } : wider.on,
    statuses,
    connectMs: settings.connectMs ?? wider.connectMs,
    firstTokenMs: settings.firstTokenMs ?? wider.firstTokenMs,
    answerMs: settings.answerMs ?? wider.answerMs,
    stallMs: settings.stallMs ?? wider.stallMs,
    cache: {
      ttlSeconds: settings.cache?.ttlSeconds ?? wider.cache.ttlSeconds,
      chargePercent: settings.cache?.chargePercent ?? wider.cache.chargePercent,
    },
    restAfter: {
      failures: settings.restAfter?.failures ?? wider.restAfter.failures,
      minutes: settings.restAfter?.minutes ?? wider.restAfter.minutes,
      share: settings.restAfter?.share ?? wider.restAfter.share,
      restSeconds: settings.restAfter?.restSeconds ?? wider.restAfter.restSeconds,
    },
    keywords: [...wider.keywords, ...keywords.map(({ text, scope }) => ({ text: text.toLowerCase(), scope }))],
  };
}

/**
 * How well a target or provider serves. `degraded`: it fails now and then; `resting`: left alone for a while; `down`: it
 * refused our credentials, has no quota left, or has failed each time it was tried again; `disabled`: switched off.
 */
export const HEALTH_STATES = ["healthy", "degraded", "resting", "down", "disabled"] as const;
export type HealthState = (typeof HEALTH_STATES)[number];
