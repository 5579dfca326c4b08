import { describe, expect, test } from "vitest";
import type { ProviderKey, Target } from "@switchyard/shared/domain/catalog";
import { DEFAULT_REST_THRESHOLD } from "@switchyard/shared/domain/routing";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { LearnedLimits } from "../limits/learned-limits.ts";
import { HealthBook } from "../routing/health.ts";
import { modelOf } from "../routing/testing/catalog-of.ts";
import { Turns } from "../routing/turns.ts";
import { KEY_CHANGES_MAX, Tries } from "./tries.ts";

const BAD = { kind: "bad_credentials" } as const;
const keysOf = (names: readonly string[], weight = 1): ProviderKey[] =>
  names.map((name) => ({ id: toId("providerKey", `of-${name}`), name, masked: "…", weight }));
function targetOf(name: string, keys?: readonly ProviderKey[]): Target {
  const model = modelOf(name);
  return { model: { ...model, provider: { ...model.provider, ...(keys ? { keys } : {}) } }, priority: 1, weight: 1 };
}

function rig() {
  let seconds = 0;
  const clock = { now: () => toEpochMs(1_000_000_000 + seconds * 1_000), monotonic: () => seconds * 1_000 };
  const ports = { health: new HealthBook(), turns: new Turns(), learned: new LearnedLimits(), clock };
  return {
    ...ports,
    later: (by: number) => void (seconds += by),
    tries: (targets: readonly Target[], session?: string) => new Tries(ports, { targets, session, promptTokens: 1 }),
    fail: (target: Target, key: ProviderKey | undefined) => ports.health.failed(target.model, BAD, DEFAULT_REST_THRESHOLD, clock.now(), key?.id),
  };
}
const named = (one: ReturnType<Tries["next"]>): string | undefined => one && `${one.target.model.provider.name} ${one.key?.name ?? "-"}`;

/** Everything that is tried when every try fails. */
function allFailing(of: ReturnType<typeof rig>, targets: readonly Target[]): (string | undefined)[] {
  const tries = of.tries(targets);
  const seen: (string | undefined)[] = [];
  for (let one = tries.next(); one; one = tries.next()) {
    seen.push(named(one));
    of.fail(one.target, one.key);
    tries.failed(one, BAD);
  }
  return seen;
}

describe("what a call tries", () => {
  test("is each key of a provider before the next target, each once", () => {
    expect(allFailing(rig(), [targetOf("a/m", keysOf(["1", "2", "3"])), targetOf("b/m")])).toEqual(["a 1", "a 2", "a 3", "b -"]);
  });

  test("changes keys so many times in all, and every target comes all the same", () => {
    const many = Array.from({ length: 20 }, (_, index) => `${index}`);
    const seen = allFailing(rig(), [targetOf("a/m", keysOf(many)), targetOf("b/m", keysOf(many.map((name) => `b${name}`)))]);
    expect([seen.length, seen.at(-1)?.startsWith("b ")]).toEqual([2 + KEY_CHANGES_MAX, true]);
  });

  test("goes on to the next target after a failure that is the target's own", () => {
    const of = rig();
    const tries = of.tries([targetOf("a/m", keysOf(["1", "2"])), targetOf("b/m")]);
    const first = tries.next();
    if (first) tries.failed(first, { kind: "timeout" });
    expect([named(first), named(tries.next()), named(tries.next())]).toEqual(["a 1", "b -", undefined]);
  });

  test("leaves a key to other calls that it did not come to use", () => {
    const of = rig();
    const [one, two] = keysOf(["1", "2"]) as [ProviderKey, ProviderKey];
    const target = targetOf("a/m", [one, two]);
    of.fail(target, two);
    of.later(11); // its rest is over: one call at a time may find out
    const tries = of.tries([target], "session");
    const first = tries.next();
    // An answer came after all (from a hedged attempt): nobody asks for the next.
    if (first) tries.failed(first, BAD);
    const other = first?.key === one ? two : one;
    expect(of.health.claimKey(target.model, other.id, of.clock.now())).toBe(true);
  });

  test("has beside one that is late the next target, then another key of the same provider, never one that rests or was tried", () => {
    const of = rig();
    const keys = keysOf(["1", "2", "3"]);
    const target = targetOf("a/m", keys);
    const both = of.tries([target, targetOf("b/m")]);
    const late = both.next();
    expect(late && named(both.beside(late))).toBe("b -");
    of.fail(target, keys[2]);
    const alone = of.tries([target]);
    const first = alone.next();
    expect(first && [named(first), named(alone.beside(first))].map(String).toSorted()).toEqual(["a 1", "a 2"]);
    expect(first && alone.beside(first)).toBeUndefined();
    const single = of.tries([targetOf("c/m")]);
    const only = single.next();
    expect(only && single.beside(only)).toBeUndefined();
  });

  test("takes the key that is free soonest where all of them rest", () => {
    const of = rig();
    const keys = keysOf(["1", "2"]);
    const target = targetOf("a/m", keys);
    of.fail(target, keys[1]);
    of.later(5);
    of.fail(target, keys[0]);
    expect(named(of.tries([target]).next())).toBe("a 2");
  });
});

test("keys take turns by their weight, spread evenly", () => {
  const turns = new Turns();
  const keys = keysOf(["a", "b", "c"]).map((key, index) => ({ ...key, weight: [5, 1, 1][index] ?? 1 }));
  // nginx's own example.
  expect(Array.from({ length: 7 }, () => turns.takeKey(keys).name).join("")).toBe("aabacaa");
});
