/**
 * What is known of each target: which are left alone for now and why, how they did lately, how fast they are. One
 * program's memory; what others should know goes out as notices, theirs come in. Time is given, never read.
 *
 * A rest ends in three steps: while it lasts nobody asks; when it is over one call at a time does ("half-open"), the
 * others only when nothing else is left; an answer ends it, a failure begins a longer one.
 *
 * Of a provider with several keys each key rests by itself, or each model at one key; the target rests when all of them do.
 */
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { HealthState, RestThreshold } from "@switchyard/shared/domain/routing";
import type { ModelId, ProviderId, ProviderKeyId } from "@switchyard/shared/kernel/id";
import { toEpochMs, type EpochMs } from "@switchyard/shared/kernel/time";
import { AttemptCounts } from "./attempt-counts.ts";
import { REST_MAX_MS, VERDICTS, type ImmediateRest } from "./failover.ts";
import { PACE_HALF_LIFE_MS, type Pace } from "./order.ts";
import { atKey, best, graver, idsOf, keyIds, OPEN, targetIds, type HealthSubject, type Rest, type RestId, type Standing } from "./standing.ts";

/** What one program tells the others. */
export type HealthNotice =
  | { readonly kind: "failed"; readonly model: ModelId; readonly at: EpochMs; readonly reason: ProviderFailureKind }
  | { readonly kind: "rest"; readonly id: RestId; readonly rest: Rest }
  | { readonly kind: "recovered"; readonly id: RestId };

export interface HealthFailure {
  readonly kind: ProviderFailureKind;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Everything an operator may want to see. */
export interface HealthEvidence {
  readonly state: Exclude<HealthState, "disabled">;
  /** Of the last five minutes. */
  readonly answered: number;
  readonly failed: number;
  readonly lastFailure: { readonly at: EpochMs; readonly reason: ProviderFailureKind; readonly status: number | undefined } | undefined;
  readonly lastAnswerAt: EpochMs | undefined;
  readonly rest: Rest | undefined;
  readonly pace: Pace | undefined;
}

/** A call that went to a target after its rest has this long until another one may. */
const PROBE_LEASE_MS = 30_000;
export const EVIDENCE_SPAN_MS = 5 * 60_000;
/** So many rests in a row, and it counts as down. */
const DOWN_LEVEL = 3;
/** Rests of a whole provider that an answered question ends. */
const ENDED_BY_PROBE: ReadonlySet<ProviderFailureKind> = new Set<ProviderFailureKind>(["connection", "timeout", "unavailable", "bad_credentials"]);
/** More than this part of the attempts failed lately: degraded. */
const DEGRADED_SHARE = 0.1;
/** How much of the old figure stays when a new one comes right after it. */
const PACE_INERTIA = 0.7;

interface Record {
  readonly counts: AttemptCounts;
  lastFailure: { at: EpochMs; reason: ProviderFailureKind; status: number | undefined } | undefined;
  lastAnswerAt: EpochMs | undefined;
  pace: Pace | undefined;
}

export class HealthBook {
  readonly #rests = new Map<RestId, Rest>();
  readonly #probedUntil = new Map<RestId, EpochMs>();
  readonly #records = new Map<ModelId, Record>();
  readonly #tell: (notice: HealthNotice) => void;

  /** @param tell is given what other programs should know; must neither throw nor wait */
  constructor(tell: (notice: HealthNotice) => void = () => {}) {
    this.#tell = tell;
  }

  /** How a target stands, whichever of its provider's keys serves. */
  standingOf(model: HealthSubject, now: EpochMs): Standing {
    if (this.#rests.size === 0) return OPEN;
    const own = this.#standingOfAny(targetIds(model), now);
    const { keys } = model.provider;
    return keys === undefined || own.kind === "resting" ? own : graver(own, best(keys.map((key) => this.standingOfKey(model, key.id, now))));
  }

  /** How one of several keys stands for a model. */
  standingOfKey(model: Pick<HealthSubject, "id">, key: ProviderKeyId, now: EpochMs): Standing {
    return this.#rests.size === 0 ? OPEN : this.#standingOfAny(keyIds(model, key), now);
  }

  #standingOfAny(ids: readonly RestId[], now: EpochMs): Standing {
    let longest: Rest | undefined;
    for (const id of ids) {
      const rest = this.#rests.get(id);
      if (rest && (!longest || rest.until > longest.until)) longest = rest;
    }
    if (!longest) return OPEN;
    if (longest.until > now) return { kind: "resting", rest: longest };
    return { kind: "half_open", rest: longest, probed: ids.some((id) => (this.#probedUntil.get(id) ?? 0) > now) };
  }

  /** Whether a call may ask this target right now; after a rest, one call at a time is told so. */
  claim(model: HealthSubject, now: EpochMs): boolean {
    const standing = this.standingOf(model, now);
    if (standing.kind === "open") return true;
    if (standing.kind === "resting" || standing.probed) return false;
    this.#lease(targetIds(model), now);
    return true;
  }

  /** The same of one of several keys. */
  claimKey(model: Pick<HealthSubject, "id">, key: ProviderKeyId, now: EpochMs): boolean {
    const standing = this.standingOfKey(model, key, now);
    if (standing.kind === "open") return true;
    if (standing.kind === "resting" || standing.probed) return false;
    this.#lease(keyIds(model, key), now);
    return true;
  }

  #lease(ids: readonly RestId[], now: EpochMs): void {
    const until = toEpochMs(now + PROBE_LEASE_MS);
    for (const id of ids) if (this.#rests.has(id)) this.#probedUntil.set(id, until);
  }

  /** The call that had claimed the target ended without telling anything about it. */
  unclaim(model: HealthSubject, key?: ProviderKeyId): void {
    if (this.#probedUntil.size === 0) return;
    for (const id of idsOf(model, key)) this.#probedUntil.delete(id);
  }

  /**
   * An answer began to come. It ends a rest that is over; during one it proves nothing, for it was asked before.
   * @param took milliseconds from the attempt's start to its first content, or to the whole answer
   * @param key which of several keys served
   */
  answered(model: HealthSubject, took: { readonly firstTokenMs?: number; readonly answerMs?: number }, now: EpochMs, key?: ProviderKeyId): void {
    const record = this.#recordOf(model.id);
    record.counts.answered(now);
    record.lastAnswerAt = now;
    record.pace = paced(record.pace, took, now);
    if (this.#rests.size === 0) return;
    for (const id of idsOf(model, key)) if ((this.#rests.get(id)?.until ?? now + 1) <= now) this.#recover(id);
  }

  /** @param tokensPerSecond of one whole stream, after its first token */
  produced(model: HealthSubject, tokensPerSecond: number, now: EpochMs): void {
    const record = this.#recordOf(model.id);
    record.pace = paced(record.pace, { tokensPerSecond }, now);
  }

  /**
   * @param key which of several keys was used: what is the key's own failure lets the key rest, and is not held against the target
   * @returns whether an operator has to mend something, told once for each rest
   */
  failed(model: HealthSubject, failure: HealthFailure, threshold: RestThreshold, now: EpochMs, key?: ProviderKeyId): { readonly alarm: boolean } {
    const verdict = VERDICTS[failure.kind];
    if (!verdict.counts) {
      this.unclaim(model, key);
      return { alarm: false };
    }
    if (key !== undefined && verdict.ofKey) return this.#keyFailed(model, key, failure, now);
    if (key !== undefined) this.unclaim(model, key);
    this.#note(model.id, failure, now);
    this.#tell({ kind: "failed", model: model.id, at: now, reason: failure.kind });
    const again = this.#failedAgain(targetIds(model), failure, now);
    const { rest } = verdict;
    if (rest && this.#restAtOnce(rest.scope === "provider" ? model.provider.id : model.id, rest, failure, now)) return { alarm: rest.alarm === true };
    if (!again && this.#isOverThreshold(model.id, threshold, now))
      this.#rest(model.id, { since: now, until: toEpochMs(now + restMs(threshold, 0)), reason: failure.kind, level: 0 });
    return { alarm: false };
  }

  #keyFailed(model: HealthSubject, key: ProviderKeyId, failure: HealthFailure, now: EpochMs): { readonly alarm: boolean } {
    const { rest } = VERDICTS[failure.kind];
    if (!rest) return { alarm: false };
    this.#failedAgain(keyIds(model, key), failure, now);
    const began = this.#restAtOnce(rest.scope === "provider" ? key : atKey(model, key), rest, failure, now);
    return { alarm: began && rest.alarm === true };
  }

  /** @returns whether a rest began or became longer */
  #restAtOnce(id: RestId, rest: ImmediateRest, failure: HealthFailure, now: EpochMs): boolean {
    const level = this.#rests.get(id)?.level ?? 0;
    const ours = rest.defaultMs * 2 ** level;
    // A provider knows when its rate allows more; when its quota is filled up again it does not know.
    const wanted = rest.alarm ? Math.max(ours, failure.retryAfterMs ?? 0) : (failure.retryAfterMs ?? ours);
    const ms = Math.min(wanted, rest.maxMs);
    return ms > 0 && this.#rest(id, { since: now, until: toEpochMs(now + ms), reason: failure.kind, level });
  }

  /** What failed right after its rest rests again, for longer. */
  #failedAgain(ids: readonly RestId[], failure: HealthFailure, now: EpochMs): boolean {
    let again = false;
    for (const id of ids) {
      const rest = this.#rests.get(id);
      if (!rest || rest.until > now) continue;
      const level = rest.level + 1;
      const ms = Math.min((rest.until - rest.since) * 2, VERDICTS[rest.reason].rest?.maxMs ?? REST_MAX_MS);
      again = this.#rest(id, { since: now, until: toEpochMs(now + Math.max(ms, failure.retryAfterMs ?? 0)), reason: failure.kind, level }) || again;
    }
    return again;
  }

  #isOverThreshold(model: ModelId, { failures, minutes, share }: RestThreshold, now: EpochMs): boolean {
    if (failures === 0) return false;
    const { answered, failed } = this.#recordOf(model).counts.within(minutes * 60_000, now);
    return failed >= failures && failed >= share * (answered + failed);
  }

  /** A rest never becomes shorter by a later, milder failure. @returns whether it began or became longer */
  #rest(id: RestId, rest: Rest): boolean {
    if ((this.#rests.get(id)?.until ?? 0) >= rest.until) return false;
    this.#rests.set(id, rest);
    this.#probedUntil.delete(id);
    this.#tell({ kind: "rest", id, rest });
    return true;
  }

  #recover(id: RestId): void {
    this.#probedUntil.delete(id);
    if (this.#rests.delete(id)) this.#tell({ kind: "recovered", id });
  }

  /** Whatever was wrong is over, because somebody mended it: a new key, another address, a probe that found it well. */
  mended(ids: readonly (ModelId | ProviderId | ProviderKeyId)[]): void {
    for (const id of ids) {
      this.#recover(id);
      for (const other of this.#rests.keys()) if (other.startsWith(`${id}/`) || other.endsWith(`/${id}`)) this.#recover(other);
      // What it did before it was mended says nothing about it now.
      this.#records.delete(id as ModelId);
    }
  }

  /** A question to the provider itself, beside all calls, was answered or not. What only a call can find out, it ends not. */
  probed(provider: ProviderId, failure: { readonly reason: ProviderFailureKind; readonly until: EpochMs } | undefined, now: EpochMs): void {
    const rest = this.#rests.get(provider);
    if (failure) this.#rest(provider, { since: rest?.since ?? now, until: failure.until, reason: failure.reason, level: DOWN_LEVEL });
    else if (rest && ENDED_BY_PROBE.has(rest.reason)) this.#recover(provider);
  }

  /** What another program found out. Never told on. */
  hear(notice: HealthNotice): void {
    if (notice.kind === "failed") this.#note(notice.model, { kind: notice.reason }, notice.at);
    else if (notice.kind === "recovered") {
      this.#rests.delete(notice.id);
      this.#probedUntil.delete(notice.id);
    } else if ((this.#rests.get(notice.id)?.until ?? 0) < notice.rest.until) {
      this.#rests.set(notice.id, notice.rest);
      this.#probedUntil.delete(notice.id);
    }
  }

  /** Every rest that has not ended by an answer yet. */
  rests(): ReadonlyMap<RestId, Rest> {
    return this.#rests;
  }

  /** Drops what is known of things that are gone. */
  keepOnly(ids: ReadonlySet<RestId>): void {
    for (const map of [this.#rests, this.#probedUntil]) for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
    for (const id of this.#records.keys()) if (!ids.has(id)) this.#records.delete(id);
  }

  paceOf(model: ModelId): Pace | undefined {
    return this.#records.get(model)?.pace;
  }

  evidenceOf(model: HealthSubject, now: EpochMs): HealthEvidence {
    const record = this.#records.get(model.id);
    const { answered, failed } = record?.counts.within(EVIDENCE_SPAN_MS, now) ?? { answered: 0, failed: 0 };
    const standing = this.standingOf(model, now);
    const rest = standing.kind === "open" ? undefined : standing.rest;
    const isDegraded = failed > 0 && failed >= DEGRADED_SHARE * (answered + failed);
    const state = rest ? stateOfRest(rest, now) : isDegraded ? "degraded" : "healthy";
    return { state, answered, failed, lastFailure: record?.lastFailure, lastAnswerAt: record?.lastAnswerAt, rest, pace: record?.pace };
  }

  restOfProvider(provider: ProviderId): Rest | undefined {
    return this.#rests.get(provider);
  }

  /** The key's own rest, for whatever model. */
  restOfKey(key: ProviderKeyId): Rest | undefined {
    return this.#rests.get(key);
  }

  #note(model: ModelId, failure: HealthFailure, at: EpochMs): void {
    const record = this.#recordOf(model);
    record.counts.failed(at);
    record.lastFailure = { at, reason: failure.kind, status: failure.status };
  }

  #recordOf(model: ModelId): Record {
    let record = this.#records.get(model);
    if (!record) this.#records.set(model, (record = { counts: new AttemptCounts(), lastFailure: undefined, lastAnswerAt: undefined, pace: undefined }));
    return record;
  }
}

const restMs = (threshold: RestThreshold, level: number): number => Math.min(threshold.restSeconds * 1_000 * 2 ** level, REST_MAX_MS);

/** How a rest counts for whoever looks: what only an operator can mend, and what failed again and again, is down. */
export function stateOfRest(rest: Rest, now: EpochMs): "down" | "resting" | "degraded" {
  if (VERDICTS[rest.reason].rest?.alarm === true || rest.level >= DOWN_LEVEL) return "down";
  return rest.until > now ? "resting" : "degraded";
}

/** The newer the last figure, the more of it stays. */
function paced(before: Pace | undefined, figures: Partial<Pick<Pace, "firstTokenMs" | "answerMs" | "tokensPerSecond">>, now: EpochMs): Pace {
  const stays = before ? PACE_INERTIA * 2 ** (-Math.max(0, now - before.at) / PACE_HALF_LIFE_MS) : 0;
  const mix = (old: number | undefined, one: number | undefined): number | undefined =>
    one === undefined ? old : old === undefined ? one : old * stays + one * (1 - stays);
  return {
    firstTokenMs: mix(before?.firstTokenMs, figures.firstTokenMs),
    answerMs: mix(before?.answerMs, figures.answerMs),
    tokensPerSecond: mix(before?.tokensPerSecond, figures.tokensPerSecond),
    at: now,
  };
}
