/** Who breaks a call off, what that is called, and how long its provider may speak on. */
import type { CallOutcome } from "@switchyard/shared/domain/call";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import type { GatewayPorts } from "./ports.ts";
import type { Trail } from "./trail.ts";

const TOO_LONG = failure("upstream_timeout", { detail: "the call took longer than any call may" });
/** How long a provider may still report usage when the client left after the last word, in milliseconds. */
const LAST_WORDS_MS = 250;

export interface Patience {
  /** Aborts the provider's connection. */
  readonly upstream: AbortSignal;
  /** The call has ended by itself. */
  end(): void;
}

/** Watches a call while providers work for it: ends it when it takes too long, and lets its provider go when it is broken off. */
export function watchOver(ports: GatewayPorts, abort: AbortController, trail: Trail): Patience {
  const deadline = ports.later(ports.callMaxMs, () => abort.abort(TOO_LONG));
  const upstream = new AbortController();
  const leave = (): void => {
    if (trail.finishReason === undefined) upstream.abort();
    // Everything was said and only the usage is missing: a moment's patience makes the charge exact.
    else ports.later(LAST_WORDS_MS, () => upstream.abort());
  };
  if (abort.signal.aborted) leave();
  else abort.signal.addEventListener("abort", leave, { once: true });
  return {
    upstream: upstream.signal,
    end: () => {
      deadline.cancel();
      abort.signal.removeEventListener("abort", leave);
    },
  };
}

/** Whoever aborts says why: the door (the client left), the shutdown, or the deadline. */
export const leftFailure = (abort: AbortController): Failure => abort.signal.reason as Failure;
export const outcomeOfAbort = (abort: AbortController): CallOutcome => (leftFailure(abort).code === "client_closed" ? "aborted" : "failed");
