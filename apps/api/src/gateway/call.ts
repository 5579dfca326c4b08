/** The life of one call. The order of the rooms is written here and nowhere else. */
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import { closing as closingOf, NOTHING_CHARGED } from "../ledger/closing.ts";
import type { Finish, LimitVerdict } from "../limits/limiter.ts";
import { recordOfRoute } from "../routing/plan.ts";
import { resolve } from "../routing/resolve.ts";
import { admit, limitFailure, SPENT_NOTHING } from "./admit.ts";
import { attemptTargets } from "./attempt.ts";
import { leftFailure, outcomeOfAbort, watchOver } from "./break-off.ts";
import { cacheAnswer, cachedAnswer, cachingOf, type CachedAnswer, type Caching } from "./cached-answer.ts";
import type { CallAsk, CallEvent, CallHead } from "./call-event.ts";
import { EventPipe, type Tell } from "./event-pipe.ts";
import { closeCall, isWorthKeeping, termsOf, type Close, type HeldCall } from "./held-call.ts";
import { holdFor } from "./hold.ts";
import { keepAnswer, lookUpKey } from "./idempotency.ts";
import type { KnownAnswer } from "./known-answer.ts";
import { nothingToTry, planFor } from "./plan-call.ts";
import type { GatewayPorts } from "./ports.ts";
import { settleCached } from "./settle-cached.ts";
import { streamOut } from "./stream-out.ts";
import { replayOf, tellCached } from "./tell-known.ts";
import { openTrail, overheadOf, toRecord } from "./trail.ts";
import type { Undertaking } from "./try-target.ts";

/**
 * Carries out one call. Whatever happens, its hold is closed exactly once before the last event.
 * @param abort aborted with a `Failure` as its reason: by the door when the client leaves, by the shutdown, here when the call takes too long
 */
export const runCall = (ports: GatewayPorts, ask: CallAsk, abort: AbortController): AsyncIterable<CallEvent> =>
  new EventPipe(async (tell) => {
    const admitted: { finish?: Finish } = {};
    try {
      await carry(ports, ask, abort, tell, admitted);
    } finally {
      // Whatever happened, even a defect of ours: no place under a limit stays taken.
      await admitted.finish?.(SPENT_NOTHING);
    }
  });

/** @param admitted told how to finish what the limits gave, as soon as they gave it */
async function carry(ports: GatewayPorts, ask: CallAsk, abort: AbortController, tell: Tell<CallEvent>, admitted: { finish?: Finish }): Promise<void> {
  const { principal, job, origin } = ask;
  const callId = ports.ids.next("call");
  const trail = openTrail(
    { callId, generationId: formatId("call", callId), principal, surface: job.surface, modelAsked: job.modelAsked, stream: job.stream },
    ports.clock,
  );
  ports.underway.running(abort, principal, trail);
  let limits: LimitVerdict | undefined;
  let caching: Caching | undefined;
  let cached: CachedAnswer | undefined;
  const head = (): CallHead => ({
    callId,
    generationId: trail.generationId,
    provider: trail.target?.model.provider.name,
    attempts: trail.tried,
    overheadMs: overheadOf(trail, ports.clock),
    limits,
    at: trail.at,
    cache: caching && (cached ? "hit" : "miss"),
  });
  const refuse = async (why: Failure): Promise<Extract<CallEvent, { kind: "refused" }>> => {
    await limits?.finish(SPENT_NOTHING);
    ports.ledger.record(toRecord(trail, { outcome: "refused", closing: undefined, failure: why }, ports.clock));
    return { kind: "refused", head: { ...head(), cache: undefined }, failure: why };
  };

  if (!ports.accepting()) return tell(await refuse(failure("shutting_down", { retryAfterMs: 1_000 })));
  const waitMs = origin.session === undefined ? undefined : ports.runaway.take(`${principal.keyId} ${origin.session}`);
  if (waitMs !== undefined) return tell(await refuse(failure("rate_limit_exceeded", { retryAfterMs: waitMs, publicText: TOO_FAST })));
  const idempotent = origin.idempotencyKey === undefined ? undefined : await lookUpKey(ports, principal, job, origin.idempotencyKey);
  if (idempotent?.kind === "refused") return tell({ ...(await refuse(idempotent.failure)), of: idempotent.of });
  if (idempotent?.kind === "replay") return tell(replayOf(head(), idempotent));
  const route = resolve(ports.catalog.current(), principal, job.modelAsked);
  const plan = route.ok ? planFor(ports, route.value, job, origin.session) : undefined;
  if (route.ok) {
    const wanted = cachingOf(route.value, principal, job, origin.cache);
    if (!wanted.ok) return tell(await refuse(wanted.failure));
    caching = wanted.value;
    if (caching) cached = await cachedAnswer(ports, caching, trail.generationId);
  }
  // A call that leads nowhere is counted, too: limits also keep off who tries names. One that is known already is a request and no more.
  const asked = admit(ports, { principal, address: origin.address, demand: job.demand, targets: cached ? [] : (plan?.attempts ?? []) });
  const { verdict, ceiling } = asked instanceof Promise ? await asked : asked;
  limits = verdict;
  admitted.finish = verdict.finish;
  if (!verdict.allowed) return tell(await refuse(limitFailure(verdict)));
  if (!route.ok) return tell(await refuse(route.failure));
  trail.groupName = route.value.group?.name;
  trail.route = plan && recordOfRoute(route.value, plan, ports.health, job.stream);
  if (cached) {
    const told = await settleCached(ports, { cached, trail, job, claim: idempotent?.claim });
    if (!told.ok) return tell(await refuse(told.failure));
    await verdict.finish(SPENT_NOTHING);
    return tellCached(cached, told.value, head(), tell);
  }
  if (plan === undefined || plan.attempts.length === 0) return tell(await refuse(nothingToTry(plan, ports, job)));

  const held = await holdFor(ports, { principal, job, callId, targets: plan.attempts, ceiling, idempotency: idempotent?.claim });
  if (!held.ok) return tell(await refuse(held.failure));
  trail.held = held.value.amount;

  const patience = watchOver(ports, abort, trail);
  try {
    await carryOut(
      ports,
      {
        ask,
        route: route.value,
        plan,
        held: held.value,
        trail,
        head,
        finishLimits: verdict.finish,
        claim: idempotent?.claim,
        caching,
        upstream: patience.upstream,
      },
      abort,
      tell,
    );
  } finally {
    patience.end();
  }
}

const TOO_FAST = "This session asks far faster than a person could: it seems to repeat itself without end.";

/** From the committed hold to its closing. */
async function carryOut(ports: GatewayPorts, call: HeldCall, abort: AbortController, tell: Tell<CallEvent>): Promise<void> {
  const { trail, head } = call;
  let closed = false;
  const close: Close = (...how) => {
    closed = true;
    return closeCall(ports, call, ...how);
  };
  try {
    if (call.ask.onHeld) await call.ask.onHeld(head());
    const attempted = await attemptTargets(ports, undertakingOf(call), call.upstream, trail);
    switch (attempted.kind) {
      case "aborted": {
        const why = leftFailure(abort);
        await close(outcomeOfAbort(abort), NOTHING_CHARGED, why);
        return await tell({ kind: "refused", head: head(), failure: why });
      }
      case "failed":
        await close("failed", NOTHING_CHARGED, attempted.failure);
        return await tell({ kind: "refused", head: head(), failure: attempted.failure });
      case "reply": {
        const { reply } = attempted;
        attempted.finish();
        trail.finishReason = reply.finishReason;
        trail.reportedCost = reply.reportedCost;
        trail.firstTokenMs ??= ports.clock.monotonic() - trail.started;
        const closing = closingOf(
          { usage: reply.usage, outputBytes: reply.outputBytes, complete: true },
          termsOf(ports, call, attempted.target.model, reply.serviceTier),
        );
        const answer: KnownAnswer = { operation: attempted.operation, model: attempted.target.model, reply, bill: closing };
        if (call.claim) await keepAnswer(ports, { principal: trail.principal, callId: trail.callId, claim: call.claim }, answer);
        await close("answered", closing);
        if (call.caching && isWorthKeeping(closing)) cacheAnswer(ports, call.caching, trail.generationId, answer);
        return await tell({ kind: "reply", head: head(), ...answer });
      }
      case "stream":
        return await streamOut(ports, call, attempted, { abort, close, tell });
    }
  } finally {
    // Only a defect of ours gets here unclosed: the hold is given back, never forgotten.
    if (!closed) await close("failed", NOTHING_CHARGED, failure("internal"));
  }
}

function undertakingOf({ ask, route, plan, held, trail }: HeldCall): Undertaking {
  return {
    demand: ask.job.demand,
    offers: ask.job.offers,
    fit: ask.job.fit,
    stream: ask.job.stream,
    targets: plan.attempts,
    maxOutputOf: held.maxOutputOf,
    generationId: trail.generationId,
    skipped: plan.skipped,
    session: plan.session,
    policy: route.policy,
  };
}
