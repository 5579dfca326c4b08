/** Tries one target after the other until the first real content, and never after it. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { CatalogModel, ProviderKey, Target } from "@switchyard/shared/domain/catalog";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import type { ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { RoutingPolicy } from "@switchyard/shared/domain/routing";
import { promptTokensLikely } from "../ledger/estimate.ts";
import type { Ask, AttemptTimeouts, Operation, ProviderFailure, Reply, StreamPart } from "../providers/provider.ts";
import { goesOn } from "../routing/failover.ts";
import { failureKeywordIn, hasContentKeywords, JUDGED_CHARS, textOfFrames, textOfReply } from "../routing/keywords.ts";
import { failureOfAll } from "../routing/no-target.ts";
import type { Skipped } from "../routing/plan.ts";
import { askProvider } from "./ask-provider.ts";
import { hedged, SLOWER } from "./hedge.ts";
import { isGenerating, offerFor, type Demand, type Job, type Offer } from "./job.ts";
import type { GatewayPorts } from "./ports.ts";
import { withPricedTier } from "./service-tier.ts";
import { Tries, type Try } from "./tries.ts";
import { beginAttempt, elapsed, endAttempt, type Trail } from "./trail.ts";

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

export type Attempted =
  | { readonly kind: "reply"; readonly target: Target; readonly operation: Operation; readonly reply: Reply; readonly finish: (bytes?: number) => void }
  | {
      readonly kind: "stream";
      readonly target: Target;
      readonly operation: Operation;
      /** What was held back until content came, in order. */
      readonly prelude: readonly StreamPart[];
      readonly rest: AsyncIterator<readonly StreamPart[]>;
      /** Writes the attempt down when its stream ended. */
      readonly finish: (end: StreamEnd) => void;
    }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "aborted" };

export interface StreamEnd {
  readonly outcome: "ok" | "failed" | "aborted";
  readonly failure?: ProviderFailure;
  readonly bytes: number;
  readonly serviceTier?: ServiceTier | undefined;
  /** Words for an end that is no failure. */
  readonly detail?: string;
  /** What it produced, for the pace of its target; undefined when nobody counted. */
  readonly outputTokens?: number;
}

/**
 * More than this of a prelude means that the provider never comes to the point. A Responses stream tells the request's own tools and
 * instructions twice before it says a word.
 */
const PRELUDE_BYTES_MAX = 4 * 1024 * 1024;

export async function attemptTargets(ports: GatewayPorts, undertaking: Undertaking, signal: AbortSignal, trail: Trail): Promise<Attempted> {
  const failures: ProviderFailure[] = [];
  const { policy } = undertaking;
  const decides = (tried: Tried): boolean => tried.kind !== "failure" || !goesOn(tried.failure.kind, tried.failure.status, policy);
  const tries = new Tries(ports, {
    targets: undertaking.targets,
    session: undertaking.session,
    promptTokens: promptTokensLikely(undertaking.demand.prompt),
  });
  for (let one = tries.next(); one; one = tries.next()) {
    const first = one;
    const outcomes =
      policy.hedgeAfterMs > 0
        ? await hedged({
            first: (own) => tryTarget(ports, undertaking, first, own, trail),
            second: () => {
              const other = tries.next();
              return other && ((own) => tryTarget(ports, undertaking, other, own, trail, true));
            },
            afterMs: policy.hedgeAfterMs,
            later: ports.later,
            signal,
            decides,
            discard,
          })
        : [await tryTarget(ports, undertaking, first, signal, trail)];
    for (const tried of outcomes) {
      if (tried.kind === "failure") {
        failures.push(tried.failure);
        tries.failed(tried.of, tried.failure);
      } else {
        if (tried.kind !== "aborted") trail.target = tried.target;
        return tried;
      }
    }
    if (outcomes.some(decides)) break;
  }
  const now = ports.clock.now();
  const freeAt = undertaking.targets.map(({ model }) => {
    const standing = ports.health.standingOf(model, now);
    return standing.kind === "resting" ? standing.rest.until : now;
  });
  return { kind: "failed", failure: failureOfAll({ failures, skipped: undertaking.skipped, freeAt, now }) };
}

/** An answer that came at the same moment as a faster one: its connection is closed and it is written down as broken off. */
function discard(tried: Tried): void {
  if (tried.kind === "reply") tried.finish();
  if (tried.kind !== "stream") return;
  tried.finish({ outcome: "aborted", bytes: 0, detail: SLOWER });
  void tried.rest.return?.()?.catch(() => {}); // its connection is closed either way
}

/** Tells the health of a target that an attempt at it failed; what only an operator can mend, they are told. */
function noteFailure(ports: GatewayPorts, { target: { model }, key }: Try, failed: ProviderFailure, policy: RoutingPolicy): void {
  const { alarm } = ports.health.failed(model, failed, policy.restAfter, ports.clock.now(), key?.id);
  if (!alarm) return;
  if (key === undefined) ports.log.warn("a provider rests until an operator mends it", { provider: model.provider.name, reason: failed.kind });
  else ports.log.warn("a key of a provider rests until an operator mends it", { provider: model.provider.name, key: shown(key), reason: failed.kind });
}

const shown = ({ name, masked }: ProviderKey): string => `${name} ${masked}`;

function timeoutsOf(ports: GatewayPorts, { policy, stream }: Undertaking): AttemptTimeouts {
  const { timeouts } = ports;
  return {
    connectMs: policy.connectMs ?? timeouts.connectMs,
    firstByteMs: (stream ? policy.firstTokenMs : policy.answerMs) ?? timeouts.firstByteMs,
    idleMs: policy.stallMs ?? timeouts.idleMs,
  };
}

type Tried = Exclude<Attempted, { kind: "failed" }> | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly of: Try };

async function tryTarget(ports: GatewayPorts, undertaking: Undertaking, one: Try, signal: AbortSignal, trail: Trail, hedge = false): Promise<Tried> {
  const { target, key } = one;
  trail.target = target;
  const { model } = target;
  const { policy } = undertaking;
  const adapter = ports.adapterOf(model.provider.kind);
  const endpoint = ports.catalog.endpointOf(model.provider.id, key?.id);
  const startMs = beginAttempt(trail, ports.clock);
  let firstTokenMs: number | undefined;
  const finish = ({ outcome, failure: failed, bytes, outputTokens, serviceTier, detail = failed?.detail }: StreamEnd, status?: number): void => {
    const totalMs = endAttempt(trail, ports.clock) - startMs;
    trail.attempts.push({
      provider: model.provider.name,
      model: model.name,
      ...(key ? { key: shown(key) } : {}),
      outcome,
      startMs: round(startMs),
      totalMs: round(totalMs),
      bytes,
      ...(failed ? { failure: failed.kind } : {}),
      ...(status === undefined ? {} : { status }),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs: round(firstTokenMs) }),
      ...(hedge ? { hedge } : {}),
      ...(serviceTier === undefined ? {} : { serviceTier }),
      ...(detail === undefined ? {} : { detail }),
    });
    if (failed) noteFailure(ports, one, failed, policy);
    else if (outcome === "aborted") ports.health.unclaim(model, key?.id);
    else if (firstTokenMs !== undefined && outputTokens !== undefined) notePace(ports, model, outputTokens, startMs + totalMs - firstTokenMs);
  };
  const fail = (failed: ProviderFailure, bytes: number): Tried => {
    if (signal.aborted) {
      finish({ outcome: "aborted", bytes, ...lostTo(signal) }, failed.status);
      return { kind: "aborted" };
    }
    const judged = judgedByWords(failed, policy);
    finish({ outcome: "failed", failure: judged, bytes }, judged.status);
    return { kind: "failure", failure: judged, of: one };
  };
  if (!adapter || !endpoint) return fail({ kind: "unavailable", detail: "the provider was removed while this call was on its way" }, 0);
  const offer = offerFor(undertaking.offers, adapter, model);
  if (!offer) return fail({ kind: "not_found", detail: "this kind of provider has no such operation" }, 0);
  const { operation } = offer;
  const ask: Ask = {
    ...withPricedTier(undertaking.fit?.(offer, model) ?? offer, model),
    stream: undertaking.stream,
    mayBeEmpty: policy.on.empty === "accept",
    model: model.name,
    maxOutput: undertaking.maxOutputOf(model),
    generationId: undertaking.generationId,
    createdSeconds: Math.floor(trail.at / 1000),
  };
  const own = ownDeadline(ports, undertaking, signal);
  const timeouts = timeoutsOf(ports, undertaking);
  const answer = await askProvider(ports, { model, key, adapter, ask, endpoint, timeouts, signal: own.signal, demand: undertaking.demand });
  if (answer.kind === "failure") {
    own.met();
    return fail(own.missed() ?? answer.failure, answer.bytes);
  }
  if (answer.kind === "reply") {
    own.met();
    const { reply, bytes, status } = answer;
    if (isGenerating(operation) && policy.on.empty !== "accept" && isEmpty(reply.outputBytes, reply.finishReason))
      return fail({ kind: "empty", status, detail: "the answer has no content" }, bytes);
    const keyword =
      policy.keywords.length > 0 ? failureKeywordIn(textOfReply(reply.body, operation).slice(0, JUDGED_CHARS), policy.keywords, "content") : undefined;
    if (keyword !== undefined) return fail({ kind: "keyword", status, detail: `the answer says '${keyword}'` }, bytes);
    ports.health.answered(model, { answerMs: elapsed(trail, ports.clock) - startMs }, ports.clock.now(), key?.id);
    return {
      kind: "reply",
      target,
      operation,
      reply,
      finish: () => finish({ outcome: signal.aborted ? "aborted" : "ok", bytes, serviceTier: reply.serviceTier, ...lostTo(signal) }, status),
    };
  }
  const begun = await untilContent(answer.parts, operation, policy);
  own.met();
  if (begun.kind === "failure") return fail({ status: answer.status, ...(own.missed() ?? begun.failure) }, begun.bytes);
  firstTokenMs = elapsed(trail, ports.clock);
  trail.firstTokenMs ??= firstTokenMs;
  ports.health.answered(model, { firstTokenMs: firstTokenMs - startMs }, ports.clock.now(), key?.id);
  return { kind: "stream", target, operation, prelude: begun.parts, rest: begun.rest, finish: (end) => finish(end, answer.status) };
}

/** Why an attempt was broken off, where it was not the client who left. */
const lostTo = (signal: AbortSignal): { detail?: string } => (signal.aborted && signal.reason === SLOWER ? { detail: SLOWER } : {});

/** An error that says one of the group's failure keywords is one, whatever its status. */
function judgedByWords(failed: ProviderFailure, { keywords }: RoutingPolicy): ProviderFailure {
  if (keywords.length === 0 || failed.kind === "keyword") return failed;
  const keyword = failureKeywordIn(`${failed.detail ?? ""} ${failed.publicText ?? ""}`, keywords, "error");
  if (keyword === undefined) return failed;
  return {
    kind: "keyword",
    detail: `the provider's error says '${keyword}'`,
    ...(failed.status === undefined ? {} : { status: failed.status }),
    ...(failed.retryAfterMs === undefined ? {} : { retryAfterMs: failed.retryAfterMs }),
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

/** Fewer tokens or a shorter time tell nothing about how fast a target is. */
const PACE_TOKENS_MIN = 8;
const PACE_MS_MIN = 20;

function notePace(ports: GatewayPorts, model: CatalogModel, outputTokens: number, ms: number): void {
  if (outputTokens >= PACE_TOKENS_MIN && ms >= PACE_MS_MIN) ports.health.produced(model, (outputTokens * 1_000) / ms, ports.clock.now());
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

/** Nothing was said although nothing hindered it. A cap or a filter that left no word is an answer. */
const isEmpty = (outputBytes: number, finishReason: string | undefined): boolean =>
  outputBytes === 0 && (finishReason === undefined || finishReason === "stop");

type Begun =
  | { readonly kind: "content"; readonly parts: readonly StreamPart[]; readonly rest: AsyncIterator<readonly StreamPart[]> }
  | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly bytes: number };

/** Reads a stream up to its first content, or to its end when that comes first; with failure keywords, a little further. */
async function untilContent(stream: AsyncIterable<readonly StreamPart[]>, operation: Operation, policy: RoutingPolicy): Promise<Begun> {
  const { keywords } = policy;
  const judges = hasContentKeywords(keywords);
  const rest = stream[Symbol.asyncIterator]();
  const held: StreamPart[] = [];
  let bytes = 0;
  let text = "";
  let content = false;
  let finishReason: string | undefined;
  const failed = async (failed: ProviderFailure): Promise<Begun> => {
    await rest.return?.();
    return { kind: "failure", failure: failed, bytes };
  };
  for (;;) {
    const step = await rest.next();
    const parts: readonly StreamPart[] = step.done ? [{ kind: "failure", failure: { kind: "incomplete" } }] : step.value;
    let ended = false;
    for (const part of parts) {
      held.push(part);
      if ("bytes" in part) bytes += part.bytes.length;
      if (part.kind === "content") {
        content = true;
        if (judges) text += textOfFrames(part.bytes, operation);
      } else if (part.kind === "finish") finishReason = part.reason;
      else if (part.kind === "failure") {
        if (!content) return failed(part.failure);
        ended = true;
      } else if (part.kind === "done") ended = true;
    }
    const keyword = failureKeywordIn(text, keywords, "content");
    if (keyword !== undefined) return failed({ kind: "keyword", detail: `the answer says '${keyword}'` });
    if (content && (ended || !judges || text.length >= JUDGED_CHARS)) return { kind: "content", parts: held, rest };
    if (ended) {
      if (policy.on.empty !== "accept" && isEmpty(0, finishReason)) return failed({ kind: "empty", detail: "the stream ended without content" });
      return { kind: "content", parts: held, rest };
    }
    if (!content && bytes > PRELUDE_BYTES_MAX) return failed({ kind: "protocol", detail: "too much came before the first content" });
  }
}

/** The word for a stream that broke after content. */
export const brokenStreamFailure = (kind: ProviderFailureKind): Failure =>
  failure(kind === "timeout" ? "upstream_timeout" : kind === "protocol" ? "upstream_invalid" : kind === "overloaded" ? "overloaded" : "upstream_incomplete", {
    detail: kind,
  });
