/** What a provider's failure means: try the next target or stop, whether to leave the target alone, and what the client is told. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { FailureCode } from "@switchyard/shared/kernel/failure";

export interface Verdict {
  /** Another target may do better. False for the client's own mistakes, which no target will forgive. */
  readonly next: boolean;
  /** What the client is told when no target is left. */
  readonly code: FailureCode;
  /** What is left alone, and for how long when the provider did not say; in milliseconds. */
  readonly rest?: { readonly scope: "model" | "provider"; readonly defaultMs: number };
  /** The provider's own words may reach the client, redacted: the client caused it. */
  readonly clientFault?: true;
}

export const VERDICTS: Record<ProviderFailureKind, Verdict> = {
  overloaded: { next: true, code: "overloaded", rest: { scope: "model", defaultMs: 0 } },
  rate_limited: { next: true, code: "provider_rate_limited", rest: { scope: "model", defaultMs: 1_000 } },
  at_limit: { next: true, code: "provider_rate_limited" },
  quota_exhausted: { next: true, code: "provider_error", rest: { scope: "provider", defaultMs: 60_000 } },
  timeout: { next: true, code: "upstream_timeout" },
  connection: { next: true, code: "provider_error" },
  refused_content: { next: false, code: "content_policy", clientFault: true },
  context_too_long: { next: false, code: "context_length_exceeded", clientFault: true },
  bad_request: { next: false, code: "invalid_request", clientFault: true },
  payload_too_large: { next: false, code: "payload_too_large", clientFault: true },
  bad_credentials: { next: true, code: "provider_credentials", rest: { scope: "provider", defaultMs: 10_000 } },
  not_found: { next: true, code: "provider_error" },
  conflict: { next: true, code: "provider_error" },
  unsupported: { next: true, code: "not_supported" },
  unavailable: { next: true, code: "provider_error", rest: { scope: "model", defaultMs: 0 } },
  protocol: { next: true, code: "upstream_invalid" },
  empty: { next: true, code: "upstream_invalid" },
  keyword: { next: true, code: "provider_error" },
  incomplete: { next: true, code: "upstream_incomplete" },
};

/** However long a provider asks to be left alone, it is tried again after this, in milliseconds. */
export const REST_MAX_MS = 10 * 60_000;
