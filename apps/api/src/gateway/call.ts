/** The life of one call. The order of the rooms is written here and nowhere else. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { CallOutcome } from "@switchyard/shared/domain/call";
import type { Price } from "@switchyard/shared/domain/price";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { completionTokensOf, type Usage } from "@switchyard/shared/domain/usage";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatId, type CallId } from "@switchyard/shared/kernel/id";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import { closing as closingOf, estimated, NOTHING_CHARGED, type Closing, type Terms } from "../ledger/closing.ts";
import { promptTokensLikely } from "../ledger/estimate.ts";
import type { IdempotencyClaim } from "../ledger/ledger.ts";
import type { Finish, LimitVerdict } from "../limits/limiter.ts";
import type { Operation, Reply, StreamPart } from "../providers/provider.ts";
import { allRest } from "../routing/no-target.ts";
import { planAttempts, recordOfRoute, type Plan, type Unfit } from "../routing/plan.ts";
import { resolve, type Route } from "../routing/resolve.ts";
import { admit, limitFailure, SPENT_NOTHING, spentOf } from "./admit.ts";
import { cacheAnswer, cachedAnswer, cachingOf, FramesToKeep, type CachedAnswer, type Caching } from "./cached-answer.ts";
import { attemptTargets, brokenStreamFailure, type Attempted } from "./attempt.ts";
import { EventPipe, type Tell } from "./event-pipe.ts";
import { holdFor, type Held } from "./hold.ts";
import { keepAnswer, lookUpKey, type Idempotent } from "./idempotency.ts";
import { cacheKeyOf, offerFor, type Job } from "./job.ts";
import type { KnownAnswer } from "./known-answer.ts";
import type { GatewayPorts } from "./ports.ts";
import { unsuitable } from "./suitability.ts";
import { settleCached } from "./settle-cached.ts";
import { tapInto, type Tap } from "./tap.ts";
import { openTrail, overheadOf, toRecord, type Trail } from "./trail.ts";

/** What a request says beside its job. */
export interface CallOrigin {
  /** The client's network address. */
  readonly address: string;
  /** What the caller says belongs together, for caches of providers; undefined when it says nothing. */
  readonly session?: string | undefined;
  /** The header of that name, as it came. */
  readonly idempotencyKey: string | undefined;
  /** What the request wants of the response cache, as it came. */
  readonly cache: string | undefined;
}

export interface CallAsk {
  readonly principal: KeyPrincipal;
  readonly job: Job;
  readonly origin: CallOrigin;
}

/** What every answer says about its call. */
export interface CallHead {
  readonly callId: CallId;
  /** The public form of the call's id. */
  readonly generationId: string;
  readonly provider: string | undefined;
  readonly attempts: number;
  readonly overheadMs: number;
  readonly limits: LimitVerdict | undefined;
  /** An answer that was given before, to the same idempotency key; the head is that of the call that gave it. */
  readonly replayed?: true;
  /** Whether the answer was kept from an earlier call; absent when nobody asked for that. */
  readonly cache?: "hit" | "miss" | undefined;
}

/** The charge of a call that ended well. */
export interface Bill {
  readonly usage: Usage;
  readonly cost: NanoUsd;
}

/** What a door hears, in order: `refused` alone, `reply` alone, or `opened`, `frames`…, then `done` or `broken`. */
export type CallEvent =
  | { readonly kind: "refused"; readonly head: CallHead; readonly failure: Failure }
  | { readonly kind: "reply"; readonly head: CallHead; readonly operation: Operation; readonly model: CatalogModel; readonly reply: Reply; readonly bill: Bill }
  | { readonly kind: "opened"; readonly head: CallHead; readonly operation: Operation; readonly model: CatalogModel }
  | { readonly kind: "frames"; readonly bytes: Buffer }
  /** Settled: committed, or safe in the journal while Postgres is away. */
  | { readonly kind: "done"; readonly bill: Bill }
  /** Broke off after content; what was produced is settled. */
  | { readonly kind: "broken"; readonly failure: Failure };

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
    cache: caching && (cached ? "hit" : "miss"),
  });
  const refuse = async (why: Failure): Promise<CallEvent> => {
    await limits?.finish(SPENT_NOTHING);
    ports.ledger.record(toRecord(trail, { outcome: "refused", closing: undefined, failure: why }, ports.clock));
    return { kind: "refused", head: { ...head(), cache: undefined }, failure: why };
  };

  if (!ports.accepting()) return tell(await refuse(failure("shutting_down", { retryAfterMs: 1_000 })));
  const waitMs = origin.session === undefined ? undefined : ports.runaway.take(`${principal.keyId} ${origin.session}`);
  if (waitMs !== undefined) return tell(await refuse(failure("rate_limit_exceeded", { retryAfterMs: waitMs, publicText: TOO_FAST })));
  const idempotent = origin.idempotencyKey === undefined ? undefined : await lookUpKey(ports, principal, job, origin.idempotencyKey);
  if (idempotent?.kind === "refused") return tell(await refuse(idempotent.failure));
  if (idempotent?.kind === "replay") return tell(replayOf(head(), idempotent));
  const route = resolve(ports.catalog.current(), principal, job.modelAsked);
  const plan = route.ok ? planFor(ports, route.value, job, origin) : undefined;
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

  const deadline = ports.later(ports.callMaxMs, () => abort.abort(TOO_LONG));
  const upstream = new AbortController();
  const leave = (): void => {
    if (trail.finishReason === undefined) upstream.abort();
    // Everything was said and only the usage is missing: a moment's patience makes the charge exact.
    else ports.later(LAST_WORDS_MS, () => upstream.abort());
  };
  if (abort.signal.aborted) leave();
  else abort.signal.addEventListener("abort", leave, { once: true });
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
        upstream: upstream.signal,
      },
      abort,
      tell,
    );
  } finally {
    deadline.cancel();
    abort.signal.removeEventListener("abort", leave);
  }
}

const NOT_SPOKEN = { reason: "unsupported" } as const;
const TOO_FAST = "This session asks far faster than a person could: it seems to repeat itself without end.";
const TOO_LONG = failure("upstream_timeout", { detail: "the call took longer than any call may" });
/** How long a provider may still report usage when the client left after the last word, in milliseconds. */
const LAST_WORDS_MS = 250;

interface Underway {
  readonly ask: CallAsk;
  readonly route: Route;
  readonly plan: Plan;
  readonly held: Held;
  readonly trail: Trail;
  readonly head: () => CallHead;
  readonly finishLimits: Finish;
  readonly claim: IdempotencyClaim | undefined;
  readonly caching: Caching | undefined;
  /** Aborts the provider's connection. */
  readonly upstream: AbortSignal;
}

/** From the committed hold to its closing. */
async function carryOut(ports: GatewayPorts, underway: Underway, abort: AbortController, tell: Tell<CallEvent>): Promise<void> {
  const { trail, head } = underway;
  let closed = false;
  const close = async (outcome: CallOutcome, closing: Closing, why?: Failure): Promise<void> => {
    closed = true;
    await ports.ledger.close({ record: toRecord(trail, { outcome, closing, failure: why }, ports.clock), void: closing.void });
    await underway.finishLimits(spentOf(closing));
  };
  try {
    const attempted = await attemptTargets(ports, undertakingOf(underway), underway.upstream, trail);
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
        const closing = closingOf({ usage: reply.usage, outputBytes: reply.outputBytes, complete: true }, termsOf(underway, attempted.target.model));
        const answer: KnownAnswer = { operation: attempted.operation, model: attempted.target.model, reply, bill: closing };
        if (underway.claim) await keepAnswer(ports, { principal: trail.principal, callId: trail.callId, claim: underway.claim }, answer);
        await close("answered", closing);
        if (underway.caching && isWorthKeeping(closing)) cacheAnswer(ports, underway.caching, trail.generationId, answer);
        return await tell({ kind: "reply", head: head(), ...answer });
      }
      case "stream":
        return await streamOut(ports, underway, attempted, { abort, close, tell });
    }
  } finally {
    // Only a defect of ours gets here unclosed: the hold is given back, never forgotten.
    if (!closed) await close("failed", NOTHING_CHARGED, failure("internal"));
  }
}

/** A token of ordinary text, for a pace when nobody reported any usage. */
const BYTES_PER_TOKEN = 4;

const replayOf = (head: CallHead, { callId, answer }: Extract<Idempotent, { kind: "replay" }>): CallEvent => ({
  kind: "reply",
  head: { ...head, callId, generationId: formatId("call", callId), provider: answer.model.provider.name, attempts: 0, replayed: true },
  ...answer,
});

/** Nothing is kept that had no content, or whose price is in doubt. */
const isWorthKeeping = ({ void: nothing, suspect }: Closing): boolean => !nothing && !suspect;

/** An answer that is known already, told as if it were new. */
async function tellCached({ known }: CachedAnswer, bill: Bill, head: CallHead, tell: Tell<CallEvent>): Promise<void> {
  const { operation, model } = known;
  if ("reply" in known) return tell({ kind: "reply", head, operation, model, reply: known.reply, bill });
  await tell({ kind: "opened", head, operation, model });
  await tell({ kind: "frames", bytes: known.frames });
  await tell({ kind: "done", bill });
}

type Close = (outcome: CallOutcome, closing: Closing, why?: Failure) => Promise<void>;

/** Content has begun: from here on there is no other target. */
async function streamOut(
  ports: GatewayPorts,
  underway: Underway,
  stream: Attempted & { kind: "stream" },
  { abort, close, tell }: { readonly abort: AbortController; readonly close: Close; readonly tell: Tell<CallEvent> },
): Promise<void> {
  const { trail, upstream, caching } = underway;
  const kept = caching && new FramesToKeep();
  const terms = termsOf(underway, stream.target.model);
  const tap: Tap = { usage: undefined, outputBytes: 0, bytes: 0, finishReason: undefined, end: undefined };
  let finished = false;
  const finish = async (): Promise<Failure | undefined> => {
    if (finished) return undefined;
    finished = true;
    await stream.rest.return?.().catch(() => {}); // its connection is closed either way
    const outcome = tap.end?.kind === "done" ? "ok" : abort.signal.aborted || !tap.end ? "aborted" : "failed";
    stream.finish({
      outcome,
      bytes: tap.bytes,
      outputTokens: tap.usage ? completionTokensOf(tap.usage) : tap.outputBytes / BYTES_PER_TOKEN,
      ...(tap.end?.kind === "failure" && outcome === "failed" ? { failure: tap.end.failure } : {}),
    });
    const complete = outcome === "ok";
    const closing = closingOf({ usage: tap.usage, outputBytes: tap.outputBytes, complete }, terms);
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
    await tell({ kind: "opened", head: underway.head(), operation: stream.operation, model: stream.target.model });
    let parts: readonly StreamPart[] = stream.prelude;
    for (;;) {
      const bytes = tapInto(tap, parts);
      trail.finishReason = tap.finishReason;
      trail.reportedCost = tap.reportedCost;
      // Far enough to count: a crash from here on charges what was produced so far.
      ports.ledger.progress(trail.callId, tap.outputBytes, () => {
        const closing = estimated(tap.outputBytes, terms, "recovered");
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

/** Whoever aborts says why: the door (the client left), the shutdown, or the deadline. */
const leftFailure = (abort: AbortController): Failure => abort.signal.reason as Failure;
const outcomeOfAbort = (abort: AbortController): CallOutcome => (leftFailure(abort).code === "client_closed" ? "aborted" : "failed");

const planFor = (ports: GatewayPorts, route: Route, job: Job, origin: CallOrigin): Plan =>
  planAttempts(route, {
    health: ports.health,
    turns: ports.turns,
    random: ports.random,
    now: ports.clock.now(),
    stream: job.stream,
    session: origin.session ?? cacheKeyOf(job),
    unfit: (model) => unfitFor(ports, job, model),
    isExhausted: (model) => ports.learned.exhausted(model.id, promptTokensLikely(job.demand.prompt), ports.clock.now()) !== undefined,
  });

function unfitFor(ports: GatewayPorts, job: Job, model: CatalogModel): Unfit | undefined {
  if (!isSpoken(ports, job, model)) return NOT_SPOKEN;
  const why = unsuitable(model, job.demand);
  return why && { reason: "incapable", because: why.because };
}

function isSpoken(ports: GatewayPorts, job: Job, model: CatalogModel): boolean {
  const adapter = ports.adapterOf(model.provider.kind);
  return adapter !== undefined && offerFor(job.offers, adapter, model) !== undefined;
}

function undertakingOf({ ask, route, plan, held, trail }: Underway) {
  return {
    demand: ask.job.demand,
    offers: ask.job.offers,
    fit: ask.job.fit,
    stream: ask.job.stream,
    targets: plan.attempts,
    maxOutputOf: held.maxOutputOf,
    generationId: trail.generationId,
    skipped: plan.skipped,
    policy: route.policy,
  };
}

function termsOf({ held }: Underway, model: CatalogModel): Terms {
  const { prompt, choices, units } = held.demand;
  return { price: model.price as Price, held: held.amount, prompt, completionMax: held.maxOutputOf(model) * choices, units };
}

function nothingToTry(plan: Plan | undefined, ports: GatewayPorts, job: Job): Failure {
  if (!plan) return failure("model_not_found", { param: "model" });
  if (plan.skipped.some(({ rest }) => rest)) return allRest(plan.skipped, ports.clock.now());
  const incapable = plan.skipped.find(({ reason }) => reason === "incapable");
  const why = incapable && unsuitable(incapable.target.model, job.demand);
  if (why) return why.failure;
  if (plan.skipped.some(({ reason }) => reason === "unsupported")) {
    const { modelAsked } = job;
    return failure("not_supported", {
      param: "model",
      publicText: `${modelAsked.length <= 100 ? `The model '${modelAsked}'` : "This model"} has no provider that can do this.`,
    });
  }
  return failure("service_unavailable", { detail: "no target is enabled and priced", publicText: "This model has no target that is switched on and priced." });
}
