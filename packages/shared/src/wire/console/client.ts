/** How the console calls, and what a refusal carries. */
import type { FailureCode } from "../../kernel/failure.ts";

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
