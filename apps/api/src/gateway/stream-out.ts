/** A stream on its way to the client: passed on, counted, and closed exactly once however it ends. */
import { completionTokensOf } from "@switchyard/shared/domain/usage";
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { closing as closingOf, estimated } from "../ledger/closing.ts";
import type { StreamPart } from "../providers/provider.ts";
import type { Attempted } from "./attempt.ts";
import { leftFailure, outcomeOfAbort } from "./break-off.ts";
import { cacheAnswer, FramesToKeep } from "./cached-answer.ts";
import type { Bill, CallEvent } from "./call-event.ts";
import type { Tell } from "./event-pipe.ts";
import { isWorthKeeping, termsOf, type Close, type HeldCall } from "./held-call.ts";
import type { GatewayPorts } from "./ports.ts";
import { tapInto, type Tap } from "./tap.ts";
import { toRecord } from "./trail.ts";

/** A token of ordinary text, for a pace when nobody reported any usage. */
const BYTES_PER_TOKEN = 4;

/** Content has begun: from here on there is no other target. */
export async function streamOut(
  ports: GatewayPorts,
  call: HeldCall,
  stream: Attempted & { kind: "stream" },
  { abort, close, tell }: { readonly abort: AbortController; readonly close: Close; readonly tell: Tell<CallEvent> },
): Promise<void> {
  const { trail, upstream, caching } = call;
  const kept = caching && new FramesToKeep();
  const tap: Tap = { usage: undefined, outputBytes: 0, bytes: 0, finishReason: undefined, end: undefined };
  const terms = () => termsOf(ports, call, stream.target.model, tap.serviceTier);
  let finished = false;
  const finish = async (): Promise<Failure | undefined> => {
    if (finished) return undefined;
    finished = true;
    await stream.rest.return?.().catch(() => {}); // its connection is closed either way
    const outcome = tap.end?.kind === "done" ? "ok" : abort.signal.aborted || !tap.end ? "aborted" : "failed";
    stream.finish({
      outcome,
      bytes: tap.bytes,
      serviceTier: tap.serviceTier,
      outputTokens: tap.usage ? completionTokensOf(tap.usage) : tap.outputBytes / BYTES_PER_TOKEN,
      ...(tap.end?.kind === "failure" && outcome === "failed" ? { failure: tap.end.failure } : {}),
    });
    const complete = outcome === "ok";
    const closing = closingOf({ usage: tap.usage, outputBytes: tap.outputBytes, complete }, terms());
    const why = complete
      ? undefined
      : outcome === "aborted"
        ? leftFailure(abort)
        : brokenStreamFailure(tap.end?.kind === "failure" ? tap.end.failure.kind : "incomplete");
    bill = closing;
    const frames = complete && isWorthKeeping(closing) ? kept?.whole() : undefined;
    if (caching && frames) {
      cacheAnswer(ports, caching, trail.generationId, {
        operation: stream.operation,
        model: stream.target.model,
        frames,
        finishReason: tap.finishReason,
        bill: closing,
      });
    }
    await close(complete ? "answered" : outcome === "aborted" ? outcomeOfAbort(abort) : "failed", closing, why);
    return why;
  };
  let bill: Bill | undefined;
  try {
    await tell({ kind: "opened", head: call.head(), operation: stream.operation, model: stream.target.model });
    let parts: readonly StreamPart[] = stream.prelude;
    for (;;) {
      const bytes = tapInto(tap, parts);
      trail.finishReason = tap.finishReason;
      trail.reportedCost = tap.reportedCost;
      // Far enough to count: a crash from here on charges what was produced so far.
      ports.ledger.progress(trail.callId, tap.outputBytes, () => {
        const closing = estimated(tap.outputBytes, terms(), "recovered");
        return { record: toRecord(trail, { outcome: "recovered", closing, failure: undefined }, ports.clock), void: false };
      });
      if (bytes) kept?.add(bytes);
      if (bytes) await tell({ kind: "frames", bytes });
      if (tap.end || upstream.aborted) break;
      const step = await stream.rest.next();
      if (step.done) {
        tap.end = { kind: "failure", failure: { kind: "incomplete" } };
        break;
      }
      parts = step.value;
    }
    const why = await finish();
    if (why) await tell({ kind: "broken", failure: why });
    else if (bill) await tell({ kind: "done", bill });
  } finally {
    // The door stopped listening (it was told that the client left): settle what flowed.
    await finish();
  }
}

/** The word for a stream that broke after content. */
const brokenStreamFailure = (kind: ProviderFailureKind): Failure =>
  failure(kind === "timeout" ? "upstream_timeout" : kind === "protocol" ? "upstream_invalid" : kind === "overloaded" ? "overloaded" : "upstream_incomplete", {
    detail: kind,
  });
