/** What is written down about a call while it runs, and the record it becomes. */
import type { AttemptRecord, CallOutcome, CallRecord, RouteRecord, Surface } from "@switchyard/shared/domain/call";
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
  /** The public form of the call's id. */
  readonly generationId: string;
  readonly principal: KeyPrincipal;
  readonly surface: Surface;
  readonly modelAsked: string;
  readonly stream: boolean;
  readonly at: EpochMs;
  /** Monotonic milliseconds at the start. */
  readonly started: number;
  readonly attempts: AttemptRecord[];
  groupName: string | undefined;
  route: RouteRecord | undefined;
  target: Target | undefined;
  held: NanoUsd;
  /** Milliseconds from the start until the first attempt was sent. */
  queueMs: number;
  firstTokenMs: number | undefined;
  /** How many targets were tried, the present one included. */
  tried: number;
  /** Milliseconds spent waiting for providers, while at least one attempt was under way. */
  providerMs: number;
  /** Attempts under way: two while one is hedged. */
  underway: number;
  /** Since when at least one attempt is under way, in milliseconds from the start. */
  waitingSinceMs: number | undefined;
  finishReason: string | undefined;
  /** What the provider says that the call cost, in dollars as it wrote it. */
  reportedCost?: string | undefined;
}

export function openTrail(
  call: { callId: CallId; generationId: string; principal: KeyPrincipal; surface: Surface; modelAsked: string; stream: boolean },
  clock: Clock,
): Trail {
  // One literal without spreading: its shape is made once.
  return {
    callId: call.callId,
    generationId: call.generationId,
    principal: call.principal,
    surface: call.surface,
    modelAsked: call.modelAsked,
    stream: call.stream,
    at: clock.now(),
    started: clock.monotonic(),
    attempts: [],
    groupName: undefined,
    route: undefined,
    target: undefined,
    held: ZERO_USD,
    queueMs: 0,
    firstTokenMs: undefined,
    tried: 0,
    providerMs: 0,
    underway: 0,
    waitingSinceMs: undefined,
    finishReason: undefined,
  };
}

export const elapsed = (trail: Trail, clock: Clock): number => clock.monotonic() - trail.started;

/** An attempt begins. @returns milliseconds from the start of the call */
export function beginAttempt(trail: Trail, clock: Clock): number {
  const now = elapsed(trail, clock);
  if (trail.tried === 0) trail.queueMs = now;
  trail.tried++;
  if (trail.underway++ === 0) trail.waitingSinceMs = now;
  return now;
}

/** An attempt is over. Time in which two were under way counts once. @returns milliseconds from the start of the call */
export function endAttempt(trail: Trail, clock: Clock): number {
  const now = elapsed(trail, clock);
  if (--trail.underway === 0) {
    trail.providerMs += now - (trail.waitingSinceMs ?? now);
    trail.waitingSinceMs = undefined;
  }
  return now;
}

/** Time that was not spent waiting for a provider, in milliseconds. */
export function overheadOf(trail: Trail, clock: Clock): number {
  const now = elapsed(trail, clock);
  return Math.max(0, now - trail.providerMs - (trail.waitingSinceMs === undefined ? 0 : now - trail.waitingSinceMs));
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
    route: trail.route,
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
