/** The money and the record of a call whose answer was known already. */
import type { Usage } from "@switchyard/shared/domain/usage";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import type { Closing } from "../ledger/closing.ts";
import type { IdempotencyClaim } from "../ledger/ledger.ts";
import type { CachedAnswer } from "./cached-answer.ts";
import { refusalOfHold } from "./hold-refusal.ts";
import { keepAnswer } from "./idempotency.ts";
import type { Job } from "./job.ts";
import type { GatewayPorts } from "./ports.ts";
import { toRecord, type Trail } from "./trail.ts";

export interface CachedCall {
  readonly cached: CachedAnswer;
  readonly trail: Trail;
  readonly job: Job;
  readonly claim: IdempotencyClaim | undefined;
}

/**
 * Charges what a kept answer costs, held and settled as ever; one that is free and has no idempotency key only leaves its record.
 * @returns the charge; refused when wallet or budget have not even that
 */
export async function settleCached(ports: GatewayPorts, { cached, trail, job, claim }: CachedCall): Promise<Result<{ usage: Usage; cost: NanoUsd }>> {
  const { known, from, ageSeconds, charge: cost } = cached;
  const { principal, callId } = trail;
  trail.target = { model: known.model, priority: 0, weight: 1 };
  trail.finishReason = "reply" in known ? known.reply.finishReason : known.finishReason;
  trail.firstTokenMs = ports.clock.monotonic() - trail.started;
  if (trail.route) trail.route = { ...trail.route, cached: { from, ageSeconds } };
  const closing: Closing = { void: false, usage: known.bill.usage, basis: "usage", suspect: false, cost };
  const bill = { usage: closing.usage, cost };
  if (cost === 0n && claim === undefined) {
    ports.ledger.record(toRecord(trail, { outcome: "answered", closing, failure: undefined }, ports.clock));
    return ok(bill);
  }
  const held = await ports.ledger.hold({
    callId,
    workspaceId: principal.workspaceId,
    amount: cost,
    budgetIds: principal.budgetIds,
    keyId: principal.keyId,
    modelAsked: job.modelAsked,
    stream: job.stream,
    idempotency: claim,
  });
  if (held.kind !== "held") return refused(refusalOfHold(ports, principal, held, cost));
  trail.held = cost;
  if (claim && "reply" in known) await keepAnswer(ports, { principal, callId, claim }, { ...known, bill });
  await ports.ledger.close({ record: toRecord(trail, { outcome: "answered", closing, failure: undefined }, ports.clock), void: false });
  return ok(bill);
}
