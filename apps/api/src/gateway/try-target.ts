/** One attempt at one target, up to its first real content. */
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import type { RoutingPolicy } from "@switchyard/shared/domain/routing";
import type { Ask, AttemptTimeouts, Operation, ProviderFailure, Reply, StreamPart } from "../providers/provider.ts";
import type { Skipped } from "../routing/plan.ts";
import { askProvider } from "./ask-provider.ts";
import { SLOWER } from "./hedge.ts";
import { offerAfter, offerFor, type Demand, type Job, type Offer } from "./job.ts";
import { failureOfReply, judgedByWords, untilContent } from "./judge-answer.ts";
import { noteAttempt, type AttemptEnd } from "./note-attempt.ts";
import type { GatewayPorts } from "./ports.ts";
import { withPricedTier } from "./service-tier.ts";
import type { Trail } from "./trail.ts";
import type { Try } from "./tries.ts";

export interface Undertaking {
  readonly demand: Demand;
  readonly offers: readonly Offer[];
  readonly fit: Job["fit"];
  readonly stream: boolean;
  readonly targets: readonly Target[];
  /** Those that were left out, for the words of a failure. */
  readonly skipped: readonly Skipped[];
  /** Tokens for one choice at this target. */
  readonly maxOutputOf: (model: CatalogModel) => number;
  readonly generationId: string;
  /** What keeps calls at one of several keys. */
  readonly session: string | undefined;
  readonly policy: RoutingPolicy;
}

export type Tried =
  | { readonly kind: "reply"; readonly target: Target; readonly operation: Operation; readonly reply: Reply; readonly finish: () => void }
  | {
      readonly kind: "stream";
      readonly target: Target;
      readonly operation: Operation;
      /** What was held back until content came, in order. */
      readonly prelude: readonly StreamPart[];
      readonly rest: AsyncIterator<readonly StreamPart[]>;
      /** Writes the attempt down when its stream ended. */
      readonly finish: (end: AttemptEnd) => void;
    }
  | { readonly kind: "aborted" }
  | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly of: Try };

/** One attempt, up to the first real content. @param hedge it is a second one, beside another that takes long */
export async function tryTarget(ports: GatewayPorts, undertaking: Undertaking, one: Try, signal: AbortSignal, trail: Trail, hedge = false): Promise<Tried> {
  const { target, key } = one;
  const { model } = target;
  const { policy } = undertaking;
  const adapter = ports.adapterOf(model.provider.kind);
  const endpoint = ports.catalog.endpointOf(model.provider.id, key?.id);
  const note = noteAttempt(ports, one, policy, trail, hedge);
  const fail = (failed: ProviderFailure, bytes: number): Tried => {
    if (signal.aborted) {
      note.finish({ outcome: "aborted", bytes, ...lostTo(signal) }, failed.status);
      return { kind: "aborted" };
    }
    const judged = judgedByWords(failed, policy);
    note.finish({ outcome: "failed", failure: judged, bytes }, judged.status);
    return { kind: "failure", failure: judged, of: one };
  };
  if (!adapter || !endpoint) return fail({ kind: "unavailable", detail: "the provider was removed while this call was on its way" }, 0);
  const offer = offerFor(undertaking.offers, adapter, model);
  if (!offer) return fail({ kind: "not_found", detail: "this kind of provider has no such operation" }, 0);
  let { operation } = offer;
  const askIn = (wire: Offer): Ask => ({
    ...withPricedTier(undertaking.fit?.(wire, model) ?? wire, model),
    stream: undertaking.stream,
    mayBeEmpty: policy.on.empty === "accept",
    model: model.name,
    maxOutput: undertaking.maxOutputOf(model),
    generationId: undertaking.generationId,
    createdSeconds: Math.floor(trail.at / 1000),
  });
  const own = ownDeadline(ports, undertaking, signal);
  const timeouts = timeoutsOf(ports, undertaking);
  const attempt = { model, key, adapter, endpoint, timeouts, signal: own.signal, demand: undertaking.demand };
  let answer = await askProvider(ports, { ...attempt, ask: askIn(offer) });
  // A server of its family that has not this route may have the next one: nothing was done yet.
  for (let next = offer; answer.kind === "failure" && answer.failure.kind === "unsupported";) {
    const other = offerAfter(next, undertaking.offers, adapter, model);
    if (!other) break;
    next = other;
    operation = other.operation;
    answer = await askProvider(ports, { ...attempt, ask: askIn(other) });
  }
  if (answer.kind === "failure") {
    own.met();
    return fail(own.missed() ?? answer.failure, answer.bytes);
  }
  if (answer.kind === "reply") {
    own.met();
    const { reply, bytes, status } = answer;
    const failed = failureOfReply(reply, operation, policy);
    if (failed) return fail({ status, ...failed }, bytes);
    note.answered();
    return {
      kind: "reply",
      target,
      operation,
      reply,
      finish: () => note.finish({ outcome: signal.aborted ? "aborted" : "ok", bytes, serviceTier: reply.serviceTier, ...lostTo(signal) }, status),
    };
  }
  const begun = await untilContent(answer.parts, operation, policy);
  own.met();
  if (begun.kind === "failure") return fail({ status: answer.status, ...(own.missed() ?? begun.failure) }, begun.bytes);
  note.began();
  return { kind: "stream", target, operation, prelude: begun.parts, rest: begun.rest, finish: (end) => note.finish(end, answer.status) };
}

/** Why an attempt was broken off, where it was not the client who left. */
const lostTo = (signal: AbortSignal): { detail?: string } => (signal.aborted && signal.reason === SLOWER ? { detail: SLOWER } : {});

function timeoutsOf(ports: GatewayPorts, { policy, stream }: Undertaking): AttemptTimeouts {
  const { timeouts } = ports;
  return {
    connectMs: policy.connectMs ?? timeouts.connectMs,
    firstByteMs: (stream ? policy.firstTokenMs : policy.answerMs) ?? timeouts.firstByteMs,
    idleMs: policy.stallMs ?? timeouts.idleMs,
  };
}

interface OwnDeadline {
  readonly signal: AbortSignal;
  /** Content came, or nothing will. */
  met(): void;
  /** The failure, when the time was over first. */
  missed(): ProviderFailure | undefined;
}

/** Ends an attempt whose first content is too late for its group, although bytes may come. Without such a limit it costs nothing. */
function ownDeadline(ports: GatewayPorts, { policy, stream }: Undertaking, signal: AbortSignal): OwnDeadline {
  const { firstTokenMs } = policy;
  if (!stream || firstTokenMs === undefined) return { signal, met: () => {}, missed: () => undefined };
  let isLate = false;
  const late = new AbortController();
  const timer = ports.later(firstTokenMs, () => {
    isLate = true;
    late.abort();
  });
  return {
    signal: AbortSignal.any([signal, late.signal]),
    met: () => timer.cancel(),
    missed: () => (isLate ? { kind: "timeout", detail: `no content within ${firstTokenMs} ms` } : undefined),
  };
}
