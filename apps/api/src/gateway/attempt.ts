/** Tries one target after the other until the first real content, and never after it. */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { after, toDurationMs } from "@switchyard/shared/kernel/time";
import type { Ask, Offered, Operation, ProviderFailure, Reply, StreamPart } from "../providers/provider.ts";
import { REST_MAX_MS, VERDICTS } from "../routing/failover.ts";
import { failureKeywordIn, JUDGED_CHARS, textOfFrames, textOfReply } from "../routing/keywords.ts";
import { askProvider } from "./ask-provider.ts";
import { isGenerating, offerFor, type Demand, type Job } from "./job.ts";
import type { GatewayPorts } from "./ports.ts";
import { elapsed, type Trail } from "./trail.ts";

export interface Undertaking {
  readonly demand: Demand;
  readonly offers: readonly Offered[];
  readonly fit: Job["fit"];
  readonly stream: boolean;
  readonly targets: readonly Target[];
  /** Tokens for one choice at this target. */
  readonly maxOutputOf: (model: CatalogModel) => number;
  readonly generationId: string;
  readonly failureKeywords: readonly string[];
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
}

/** More than this of a prelude means that the provider never comes to the point. */
const PRELUDE_BYTES_MAX = 256 * 1024;

export async function attemptTargets(ports: GatewayPorts, undertaking: Undertaking, signal: AbortSignal, trail: Trail): Promise<Attempted> {
  let last: ProviderFailure | undefined;
  let retryAfterMs: number | undefined;
  for (const target of undertaking.targets) {
    trail.target = target;
    const tried = await tryTarget(ports, undertaking, target, signal, trail);
    if (tried.kind !== "failure") return tried;
    last = tried.failure;
    noteHealth(ports, target.model, last);
    if (last.retryAfterMs !== undefined) retryAfterMs = Math.min(retryAfterMs ?? Number.POSITIVE_INFINITY, last.retryAfterMs);
    if (!VERDICTS[last.kind].next) break;
  }
  return { kind: "failed", failure: failureFor(last, trail.attempts.length, retryAfterMs) };
}

/** What the client is told: the provider's words only where the client caused the failure. */
function failureFor(last: ProviderFailure | undefined, tried: number, retryAfterMs: number | undefined): Failure {
  if (!last) return failure("service_unavailable", { detail: "no target was left to try" });
  const verdict = VERDICTS[last.kind];
  return failure(verdict.code, {
    ...(verdict.clientFault && last.publicText !== undefined ? { publicText: last.publicText } : {}),
    ...(verdict.clientFault && last.param !== undefined ? { param: last.param } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    detail: `${tried} attempt${tried === 1 ? "" : "s"}; the last: ${last.kind}${last.detail ? ` (${last.detail})` : ""}`,
  });
}

function noteHealth(ports: GatewayPorts, model: CatalogModel, failed: ProviderFailure): void {
  const { rest } = VERDICTS[failed.kind];
  if (!rest) return;
  const ms = Math.min(failed.retryAfterMs ?? rest.defaultMs, REST_MAX_MS);
  if (ms <= 0) return;
  const until = after(ports.clock.now(), toDurationMs(ms));
  if (rest.scope === "provider") {
    ports.health.restProvider(model.provider.id, { until, reason: failed.kind });
    ports.log.warn("a provider rests", { provider: model.provider.name, reason: failed.kind, restMs: ms });
    ports.onProviderTrouble?.(model, failed.kind);
  } else ports.health.restModel(model.id, { until, reason: failed.kind });
}

type Tried = Exclude<Attempted, { kind: "failed" }> | { readonly kind: "failure"; readonly failure: ProviderFailure };

async function tryTarget(ports: GatewayPorts, undertaking: Undertaking, target: Target, signal: AbortSignal, trail: Trail): Promise<Tried> {
  const { model } = target;
  const adapter = ports.adapterOf(model.provider.kind);
  const endpoint = ports.catalog.endpointOf(model.provider.id);
  const startMs = elapsed(trail, ports.clock);
  if (trail.tried === 0) trail.queueMs = startMs;
  trail.tried++;
  trail.attemptSinceMs = startMs;
  const finish = ({ outcome, failure: failed, bytes }: StreamEnd, status?: number): void => {
    const totalMs = elapsed(trail, ports.clock) - startMs;
    trail.providerMs += totalMs;
    trail.attemptSinceMs = undefined;
    trail.attempts.push({
      provider: model.provider.name,
      model: model.name,
      outcome,
      startMs: round(startMs),
      totalMs: round(totalMs),
      bytes,
      ...(failed ? { failure: failed.kind } : {}),
      ...(status === undefined ? {} : { status }),
      ...(trail.firstTokenMs === undefined || (outcome === "failed" && trail.firstTokenMs < startMs) ? {} : { firstTokenMs: round(trail.firstTokenMs) }),
      ...(failed?.detail === undefined ? {} : { detail: failed.detail }),
    });
  };
  const fail = (failed: ProviderFailure, bytes: number): Tried => {
    if (signal.aborted) {
      finish({ outcome: "aborted", bytes }, failed.status);
      return { kind: "aborted" };
    }
    finish({ outcome: "failed", failure: failed, bytes }, failed.status);
    return { kind: "failure", failure: failed };
  };
  if (!adapter || !endpoint) return fail({ kind: "unavailable", detail: "the provider was removed while this call was on its way" }, 0);
  const offer = offerFor(undertaking.offers, adapter);
  if (!offer) return fail({ kind: "not_found", detail: "this kind of provider has no such operation" }, 0);
  const { operation } = offer;
  const ask: Ask = {
    ...(undertaking.fit?.(offer, model) ?? offer),
    stream: undertaking.stream,
    model: model.name,
    maxOutput: undertaking.maxOutputOf(model),
    generationId: undertaking.generationId,
    createdSeconds: Math.floor(trail.at / 1000),
  };
  const answer = await askProvider(ports, { model, adapter, ask, endpoint, timeouts: ports.timeouts, signal, demand: undertaking.demand });
  if (answer.kind === "failure") return fail(answer.failure, answer.bytes);
  if (answer.kind === "reply") {
    const { reply, bytes, status } = answer;
    if (isGenerating(operation) && isEmpty(reply.outputBytes, reply.finishReason))
      return fail({ kind: "empty", status, detail: "the answer has no content" }, bytes);
    const keyword = failureKeywordIn(textOfReply(reply.body, operation).slice(0, JUDGED_CHARS), undertaking.failureKeywords);
    if (keyword !== undefined) return fail({ kind: "keyword", status, detail: `the answer says '${keyword}'` }, bytes);
    ports.health.recovered(model);
    return { kind: "reply", target, operation, reply, finish: () => finish({ outcome: signal.aborted ? "aborted" : "ok", bytes }, status) };
  }
  const begun = await untilContent(answer.parts, operation, undertaking.failureKeywords);
  if (begun.kind === "failure") return fail({ status: answer.status, ...begun.failure }, begun.bytes);
  ports.health.recovered(model);
  trail.firstTokenMs = elapsed(trail, ports.clock);
  return { kind: "stream", target, operation, prelude: begun.parts, rest: begun.rest, finish: (end) => finish(end, answer.status) };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

/** Nothing was said although nothing hindered it. A cap or a filter that left no word is an answer. */
const isEmpty = (outputBytes: number, finishReason: string | undefined): boolean =>
  outputBytes === 0 && (finishReason === undefined || finishReason === "stop");

type Begun =
  | { readonly kind: "content"; readonly parts: readonly StreamPart[]; readonly rest: AsyncIterator<readonly StreamPart[]> }
  | { readonly kind: "failure"; readonly failure: ProviderFailure; readonly bytes: number };

/** Reads a stream up to its first content, or to its end when that comes first; with failure keywords, a little further. */
async function untilContent(stream: AsyncIterable<readonly StreamPart[]>, operation: Operation, keywords: readonly string[]): Promise<Begun> {
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
        if (keywords.length > 0) text += textOfFrames(part.bytes, operation);
      } else if (part.kind === "finish") finishReason = part.reason;
      else if (part.kind === "failure") {
        if (!content) return failed(part.failure);
        ended = true;
      } else if (part.kind === "done") ended = true;
    }
    const keyword = failureKeywordIn(text, keywords);
    if (keyword !== undefined) return failed({ kind: "keyword", detail: `the answer says '${keyword}'` });
    if (content && (ended || keywords.length === 0 || text.length >= JUDGED_CHARS)) return { kind: "content", parts: held, rest };
    if (ended) {
      if (isEmpty(0, finishReason)) return failed({ kind: "empty", detail: "the stream ended without content" });
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
