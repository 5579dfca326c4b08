/** What is written down about a call while it runs, and the record it becomes. */
import type { AttemptRecord, CallOutcome, CallRecord, Surface } from "@switchyard/shared/domain/call";
import type { Target } from "@switchyard/shared/domain/catalog";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { NO_USAGE } from "@switchyard/shared/domain/usage";
import { FAILURES, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";
import type { CallId } from "@switchyard/shared/kernel/id";
import { parseUsdUp, ZERO_USD, type NanoUsd } from "@switchyard/shared/kernel/money";
import type { Clock, EpochMs } from "@switchyard/shared/kernel/time";
import type { Closing } from "../ledger/closing.ts";

export interface Trail {
  readonly callId: CallId;
  readonly principal: KeyPrincipal;
  readonly surface: Surface;
  readonly modelAsked: string;
  readonly stream: boolean;
  readonly at: EpochMs;
  /** Monotonic milliseconds at the start. */
  readonly started: number;
  readonly attempts: AttemptRecord[];
  groupName: string | undefined;
  target: Target | undefined;
  held: NanoUsd;
  /** Milliseconds from the start until the first attempt was sent. */
  queueMs: number;
  firstTokenMs: number | undefined;
  /** How many targets were tried, the present one included. */
  tried: number;
  /** Milliseconds spent with providers in attempts that are over. */
  providerMs: number;
  /** When the present attempt began, in milliseconds from the start. */
  attemptSinceMs: number | undefined;
  finishReason: string | undefined;
  /** What the provider says that the call cost, in dollars as it wrote it. */
  reportedCost?: string | undefined;
}

export function openTrail(call: { callId: CallId; principal: KeyPrincipal; surface: Surface; modelAsked: string; stream: boolean }, clock: Clock): Trail {
  return {
    ...call,
    at: clock.now(),
    started: clock.monotonic(),
    attempts: [],
    groupName: undefined,
    target: undefined,
    held: ZERO_USD,
    queueMs: 0,
    firstTokenMs: undefined,
    tried: 0,
    providerMs: 0,
    attemptSinceMs: undefined,
    finishReason: undefined,
  };
}

export const elapsed = (trail: Trail, clock: Clock): number => clock.monotonic() - trail.started;

/** Time that was not spent waiting for a provider, in milliseconds. */
export function overheadOf(trail: Trail, clock: Clock): number {
  const now = elapsed(trail, clock);
  return Math.max(0, now - trail.providerMs - (trail.attemptSinceMs === undefined ? 0 : now - trail.attemptSinceMs));
}

export interface Ending {
  readonly outcome: CallOutcome;
  readonly closing: Closing | undefined;
  readonly failure: Failure | undefined;
}

export function toRecord(trail: Trail, ending: Ending, clock: Clock): CallRecord {
  const { closing, failure } = ending;
  return {
    id: trail.callId,
    workspaceId: trail.principal.workspaceId,
    at: trail.at,
    surface: trail.surface,
    outcome: ending.outcome,
    httpStatus: failure ? FAILURES[failure.code].http : 200,
    stream: trail.stream,
    keyId: trail.principal.keyId,
    userId: trail.principal.userId,
    modelAsked: trail.modelAsked,
    groupName: trail.groupName,
    providerName: trail.target?.model.provider.name,
    modelName: trail.target?.model.name,
    attempts: trail.attempts,
    usage: closing?.usage ?? NO_USAGE,
    usageBasis: closing?.basis ?? "none",
    usageSuspect: closing?.suspect ?? false,
    priceId: trail.target?.model.price?.id,
    held: trail.held,
    cost: closing && !closing.void ? closing.cost : ZERO_USD,
    reportedCost: trail.reportedCost === undefined ? undefined : parseUsdUp(trail.reportedCost),
    queueMs: trail.queueMs,
    firstTokenMs: trail.firstTokenMs,
    totalMs: elapsed(trail, clock),
    overheadMs: overheadOf(trail, clock),
    finishReason: trail.finishReason,
    errorCode: failure?.code,
    errorText: failure && (failure.detail ?? publicTextOf(failure)),
  };
}
