import { describe, expect, test } from "vitest";
import { PROVIDER_FAILURES } from "@switchyard/shared/domain/call";
import { DEFAULT_REST_THRESHOLD } from "@switchyard/shared/domain/routing";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs, type EpochMs } from "@switchyard/shared/kernel/time";
import { REST_MAX_MS, VERDICTS } from "./failover.ts";
import { HealthBook, type HealthNotice } from "./health.ts";
import { readMessage, writeMessage } from "./health-notice.ts";
import { modelOf } from "./testing/catalog-of.ts";

const at = (seconds: number): EpochMs => toEpochMs(1_000_000_000 + seconds * 1_000);
const model = modelOf("main/m");
const sibling = modelOf("main/other");
const THREE = { failures: 3, minutes: 1, share: 0, restSeconds: 30 };

describe("a rest", () => {
  test("asked for by the provider lasts as long, for that model alone, and is never shortened", () => {
    const health = new HealthBook();
    health.failed(model, { kind: "rate_limited", retryAfterMs: 7_000 }, DEFAULT_REST_THRESHOLD, at(0));
    health.failed(model, { kind: "overloaded", retryAfterMs: 1_000 }, DEFAULT_REST_THRESHOLD, at(1));
    expect(health.standingOf(model, at(6.9)).kind).toBe("resting");
    expect(health.standingOf(model, at(7)).kind).toBe("half_open");
    expect(health.standingOf(sibling, at(1)).kind).toBe("open");
    // An answer to a call that was asked before proves nothing.
    health.answered(model, { firstTokenMs: 5 }, at(3));
    expect(health.standingOf(model, at(3)).kind).toBe("resting");
    health.answered(model, { firstTokenMs: 5 }, at(8));
    expect(health.standingOf(model, at(8)).kind).toBe("open");
  });

  test("however long it is asked for, ends", () => {
    const health = new HealthBook();
    health.failed(model, { kind: "rate_limited", retryAfterMs: 10 * REST_MAX_MS }, DEFAULT_REST_THRESHOLD, at(0));
    expect(health.standingOf(model, toEpochMs(at(0) + REST_MAX_MS)).kind).toBe("half_open");
  });

  test("for want of quota or credentials is the whole provider's, and the operator is told once", () => {
    for (const kind of ["quota_exhausted", "bad_credentials"] as const) {
      const health = new HealthBook();
      expect(health.failed(model, { kind }, DEFAULT_REST_THRESHOLD, at(0)).alarm).toBe(true);
      expect(health.failed(sibling, { kind }, DEFAULT_REST_THRESHOLD, at(0)).alarm).toBe(false);
      expect(health.standingOf(sibling, at(5)).kind).toBe("resting");
      expect(health.evidenceOf(sibling, at(5)).state).toBe("down");
      health.mended([model.provider.id]);
      expect(health.standingOf(sibling, at(5)).kind).toBe("open");
    }
  });

  test("begins after so many failures within so much time, and not when they are further apart", () => {
    const health = new HealthBook();
    for (const seconds of [0, 70, 140]) health.failed(model, { kind: "timeout" }, THREE, at(seconds));
    expect(health.standingOf(model, at(141)).kind).toBe("open");
    for (const seconds of [145, 150]) health.failed(model, { kind: "connection" }, THREE, at(seconds));
    expect(health.standingOf(model, at(179)).kind).toBe("resting");
    expect(health.standingOf(model, at(180)).kind).toBe("half_open");
  });

  test("does not begin while most attempts go well, nor when failures are not to be counted", () => {
    const health = new HealthBook();
    for (let call = 0; call < 100; call++) {
      health.answered(model, { firstTokenMs: 5 }, at(call / 10));
      if (call % 5 === 0) health.failed(model, { kind: "timeout" }, { ...THREE, share: 0.5 }, at(call / 10));
    }
    expect(health.standingOf(model, at(10)).kind).toBe("open");
    expect(health.evidenceOf(model, at(10)).state).toBe("degraded");
    for (let call = 0; call < 50; call++) health.failed(sibling, { kind: "timeout" }, { ...THREE, failures: 0 }, at(1));
    expect(health.standingOf(sibling, at(1)).kind).toBe("open");
  });

  test("is for no mistake of the client", () => {
    for (const kind of PROVIDER_FAILURES.filter((one) => !VERDICTS[one].counts)) {
      const health = new HealthBook();
      for (let call = 0; call < 20; call++) health.failed(model, { kind, retryAfterMs: 60_000 }, { ...THREE, failures: 1 }, at(0));
      expect(health.standingOf(model, at(1)).kind, kind).toBe("open");
      expect(health.evidenceOf(model, at(1)), kind).toMatchObject({ state: "healthy", failed: 0 });
    }
  });

  test("is tried by one call when it is over; it doubles with each failure, is down in the end, and ends by an answer", () => {
    const health = new HealthBook();
    for (let call = 0; call < 3; call++) health.failed(model, { kind: "timeout" }, THREE, at(0));
    let now = 0;
    const spans: number[] = [];
    for (let probe = 0; probe < 6; probe++) {
      const standing = health.standingOf(model, at(now));
      const until = standing.kind === "resting" ? (standing.rest.until - at(0)) / 1_000 : Number.NaN;
      spans.push(until - now);
      now = until;
      expect(health.claim(model, at(now))).toBe(true);
      expect(health.claim(model, at(now + 1))).toBe(false);
      health.failed(model, { kind: "timeout" }, THREE, at(now));
    }
    expect(spans).toEqual([30, 60, 120, 240, 480, 600]);
    expect(health.evidenceOf(model, at(now)).state).toBe("down");
    health.answered(model, { firstTokenMs: 5 }, at(now + 601));
    expect(health.standingOf(model, at(now + 601)).kind).toBe("open");
    expect(health.claim(model, at(now + 601))).toBe(true);
  });

  test("that a probe leaves without a word is free again at once, or when its time is over", () => {
    const health = new HealthBook();
    health.failed(model, { kind: "rate_limited" }, DEFAULT_REST_THRESHOLD, at(0));
    expect([health.claim(model, at(2)), health.claim(model, at(2))]).toEqual([true, false]);
    health.unclaim(model);
    expect([health.claim(model, at(3)), health.claim(model, at(3)), health.claim(model, at(40))]).toEqual([true, false, true]);
  });
});

describe("what one program tells", () => {
  test("another takes over, counts with its own, and never tells on", () => {
    const told: HealthNotice[] = [];
    const there = new HealthBook((notice) => told.push(notice));
    const here = new HealthBook((notice) => there.hear(notice));
    here.failed(model, { kind: "timeout" }, THREE, at(0));
    here.failed(model, { kind: "timeout" }, THREE, at(1));
    expect(there.evidenceOf(model, at(2))).toMatchObject({ failed: 2, lastFailure: { reason: "timeout" } });
    expect(told).toEqual([]);
    there.failed(model, { kind: "timeout" }, THREE, at(2));
    expect(there.standingOf(model, at(3)).kind).toBe("resting");
    expect(told.map(({ kind }) => kind)).toEqual(["failed", "rest"]);
    here.failed(sibling, { kind: "rate_limited", retryAfterMs: 2_000 }, THREE, at(3));
    expect(there.standingOf(sibling, at(4)).kind).toBe("resting");
    here.answered(sibling, { firstTokenMs: 3 }, at(6));
    expect(there.standingOf(sibling, at(6)).kind).toBe("open");
  });
});

describe("several keys of a provider", () => {
  const [a, b] = [toId("providerKey", "a"), toId("providerKey", "b")];
  const of = (one: typeof model) => ({ id: one.id, provider: { id: one.provider.id, keys: [{ id: a }, { id: b }] } });

  test("rest each by itself, and the target when all do, until the first is free", () => {
    const health = new HealthBook();
    expect(health.failed(of(model), { kind: "bad_credentials" }, DEFAULT_REST_THRESHOLD, at(0), a).alarm).toBe(true);
    expect(health.standingOfKey(sibling, a, at(1)).kind).toBe("resting");
    expect(health.standingOf(of(model), at(1)).kind).toBe("open");
    expect(health.evidenceOf(of(model), at(1))).toMatchObject({ state: "healthy", failed: 0 });
    health.failed(of(model), { kind: "quota_exhausted" }, DEFAULT_REST_THRESHOLD, at(1), b);
    expect(health.standingOf(of(model), at(2))).toMatchObject({ kind: "resting", rest: { reason: "bad_credentials", until: at(10) } });
    expect(health.standingOf(of(sibling), at(2)).kind).toBe("resting");
    expect(health.standingOf(of(model), at(10)).kind).toBe("half_open");
    expect([health.claimKey(model, a, at(10)), health.claimKey(model, a, at(10)), health.claimKey(model, b, at(10))]).toEqual([true, false, false]);
    health.answered(of(model), { firstTokenMs: 5 }, at(11), a);
    expect([health.standingOf(of(model), at(11)).kind, health.restOfKey(a), health.restOfKey(b)?.reason]).toEqual(["open", undefined, "quota_exhausted"]);
  });

  test("a rate holds for one model at one key, and a failure of the target is the target's whatever the key", () => {
    const told: HealthNotice[] = [];
    const health = new HealthBook((notice) => told.push(notice));
    health.failed(of(model), { kind: "rate_limited", retryAfterMs: 9_000 }, THREE, at(0), a);
    expect([health.standingOfKey(model, a, at(1)).kind, health.standingOfKey(sibling, a, at(1)).kind]).toEqual(["resting", "open"]);
    expect(told.map(({ kind }) => kind)).toEqual(["rest"]);
    for (const seconds of [1, 2, 3]) health.failed(of(model), { kind: "timeout" }, THREE, at(seconds), b);
    expect(health.standingOf(of(model), at(4))).toMatchObject({ kind: "resting", rest: { reason: "timeout" } });
    health.mended([a, model.id]);
    expect([...health.rests().keys()]).toEqual([]);
  });

  test("are told to other programs, which know the same then", () => {
    const other = new HealthBook();
    const health = new HealthBook((notice) => {
      const heard = readMessage(writeMessage("node", notice));
      if (heard) other.hear(heard.notice);
    });
    const key = toId("providerKey", "0197a000-0000-7000-8000-00000000000a");
    const subject = { id: toId("model", "0197a000-0000-7000-8000-00000000000b"), provider: model.provider };
    // What does not come over as it was told is heard by nobody.
    health.failed(subject, { kind: "rate_limited", retryAfterMs: 9_000 }, THREE, at(0), key);
    expect(other.standingOfKey(subject, key, at(1)).kind).toBe("resting");
    expect(readMessage(writeMessage("node", { kind: "recovered", id: toId("model", "no id") }))).toBeUndefined();
  });
});
