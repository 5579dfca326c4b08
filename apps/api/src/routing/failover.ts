/** What a provider's failure means: try the next target or stop, whether to leave the target alone, and what the client is told. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { RoutingPolicy } from "@switchyard/shared/domain/routing";
import type { FailureCode } from "@switchyard/shared/kernel/failure";

export interface Verdict {
  /** Another target may do better. False for the client's own mistakes, which no target will forgive. */
  readonly next: boolean;
  /** What the client is told when no target is left. */
  readonly code: FailureCode;
  /** It says something about the target: it counts towards a rest, which the client's own mistakes never do. */
  readonly counts: boolean;
  /** Left alone at once, whatever else it did. */
  readonly rest?: ImmediateRest;
  /** It is the failure of the key that was used: another key of the same provider may do better. */
  readonly ofKey?: true;
  /** The provider's own words may reach the client, redacted: the client caused it. */
  readonly clientFault?: true;
}

export interface ImmediateRest {
  readonly scope: "model" | "provider";
  /** For how long when the provider did not say, in milliseconds; 0: only when it said. Doubles with each probe that fails. */
  readonly defaultMs: number;
  /** However long a provider asks for, it is tried again after this. */
  readonly maxMs: number;
  /** Nothing but an operator can mend it: they are told. */
  readonly alarm?: true;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** No rest for failures that may pass is longer than this. */
export const REST_MAX_MS = 10 * MINUTE_MS;

const asked = { scope: "model", defaultMs: 0, maxMs: REST_MAX_MS } as const;

export const VERDICTS: Record<ProviderFailureKind, Verdict> = {
  overloaded: { next: true, counts: true, code: "overloaded", rest: asked },
  rate_limited: { next: true, counts: true, ofKey: true, code: "provider_rate_limited", rest: { scope: "model", defaultMs: SECOND_MS, maxMs: REST_MAX_MS } },
  // A limit of our own: the provider was not asked.
  at_limit: { next: true, counts: false, code: "provider_rate_limited" },
  quota_exhausted: {
    next: true,
    counts: true,
    ofKey: true,
    code: "provider_error",
    rest: { scope: "provider", defaultMs: MINUTE_MS, maxMs: 60 * MINUTE_MS, alarm: true },
  },
  timeout: { next: true, counts: true, code: "upstream_timeout" },
  connection: { next: true, counts: true, code: "provider_error" },
  refused_content: { next: false, counts: false, code: "content_policy", clientFault: true },
  context_too_long: { next: false, counts: false, code: "context_length_exceeded", clientFault: true },
  bad_request: { next: false, counts: false, code: "invalid_request", clientFault: true },
  payload_too_large: { next: false, counts: false, code: "payload_too_large", clientFault: true },
  bad_credentials: {
    next: true,
    counts: true,
    ofKey: true,
    code: "provider_credentials",
    rest: { scope: "provider", defaultMs: 10 * SECOND_MS, maxMs: REST_MAX_MS, alarm: true },
  },
  // The wrong name of a model is wrong until somebody changes it, but says nothing about the provider's health.
  not_found: { next: true, counts: false, code: "provider_error" },
  conflict: { next: true, counts: false, code: "provider_error" },
  // Nothing is wrong with a provider that cannot do what was asked.
  unsupported: { next: true, counts: false, code: "not_supported", clientFault: true },
  unavailable: { next: true, counts: true, code: "provider_error", rest: asked },
  protocol: { next: true, counts: true, code: "upstream_invalid" },
  empty: { next: true, counts: true, code: "upstream_invalid" },
  keyword: { next: true, counts: true, code: "provider_error" },
  incomplete: { next: true, counts: true, code: "upstream_incomplete" },
};

/** Whether the next target is tried: by the status where the policy names it, else by what the failure is. */
export function goesOn(kind: ProviderFailureKind, status: number | undefined, policy: RoutingPolicy): boolean {
  const rule = (status === undefined ? undefined : policy.statuses.get(status)) ?? policy.on[kind];
  return rule === undefined ? VERDICTS[kind].next : rule === "next";
}
