/** How much of something may be used: the kinds of limits, their units, and what a call puts on them. */
export const LIMIT_KINDS = ["requests", "input_tokens", "output_tokens", "total_tokens", "cost", "concurrency"] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/**
 * At most `max` of `kind` in any window of `windowSeconds`. The unit of `cost` is the nano-dollar, as a whole number: it is
 * counted by a Redis script, whose numbers are doubles, hence `LIMIT_MAX`. Calls under way at once (`concurrency`) have no
 * window: there `windowSeconds` is 0.
 */
export interface Limit {
  readonly kind: LimitKind;
  readonly max: number;
  readonly windowSeconds: number;
}

/** The largest limit: of cost a million dollars. Sums of it and of a call stay exact in a double. */
export const LIMIT_MAX = 1_000_000_000_000_000;
export const LIMIT_WINDOW_SECONDS_MAX = 31_536_000;
/** How many limits one scope may have. */
export const LIMITS_MAX = 20;

/** What one call is, or is expected to be, in the unit of each kind. */
export type Load = Readonly<Record<LimitKind, number>>;

/** A call of which nothing but its being there is known. */
export const ONE_REQUEST: Load = { requests: 1, input_tokens: 0, output_tokens: 0, total_tokens: 0, cost: 0, concurrency: 1 };

/** Whose limit it is. An address is an IPv4 address or the /64 network of an IPv6 one. */
export const LIMIT_OWNERS = ["key", "member", "workspace", "address", "provider"] as const;
export type LimitOwner = (typeof LIMIT_OWNERS)[number];

/** What the calls of a key are counted under, by owner. */
export type CallerLimits = Readonly<Record<Exclude<LimitOwner, "provider">, readonly Limit[]>>;
export const NO_CALLER_LIMITS: CallerLimits = { key: [], member: [], workspace: [], address: [] };

/** Whether two lists say the same, whatever the order of fields: Postgres keeps JSON objects in an order of its own. */
export const sameLimits = (some: readonly Limit[], others: readonly Limit[]): boolean => canonical(some) === canonical(others);
const canonical = (limits: readonly Limit[]): string => JSON.stringify(limits.map(({ kind, max, windowSeconds }) => [kind, max, windowSeconds]));
