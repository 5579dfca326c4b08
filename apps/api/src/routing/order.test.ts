import { describe, expect, test } from "vitest";
import type { Target } from "@switchyard/shared/domain/catalog";
import { STRATEGIES, type Strategy } from "@switchyard/shared/domain/strategy";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { qualifiedName } from "../catalog/snapshot.ts";
import { orderTargets, PACE_HALF_LIFE_MS, type OrderView, type Pace } from "./order.ts";
import { modelOf, targetOf } from "./testing/catalog-of.ts";
import { seededRandom } from "@switchyard/testkit/seeded-random";

const NOW = toEpochMs(10_000_000);
const dear = targetOf(modelOf("dear/m", { perMillion: 9n }), 1, 1);
const cheap = targetOf(modelOf("cheap/m", { perMillion: 1n }), 2, 3);
const home = targetOf(modelOf("home/m", { perMillion: 5n, local: true }), 3, 0);
const all = [home, dear, cheap];

const view = (more: Partial<OrderView> = {}): OrderView => ({
  now: NOW,
  paceOf: () => undefined,
  random: () => 0.5,
  turn: () => 0,
  stream: true,
  session: undefined,
  ...more,
});
const names = (strategy: Strategy, targets: readonly Target[] = all, more: Partial<OrderView> = {}): string =>
  orderTargets(strategy, targets, view(more))
    .map(({ model }) => model.provider.name)
    .join(" ");
const pacesOf =
  (paces: Readonly<Record<string, Partial<Pace>>>): OrderView["paceOf"] =>
  (id) => {
    const target = all.find(({ model }) => model.id === id);
    const pace = target && paces[target.model.provider.name];
    return pace && { firstTokenMs: undefined, answerMs: undefined, tokensPerSecond: undefined, at: NOW, ...pace };
  };

describe("the order of targets", () => {
  const table: readonly (readonly [Strategy, string])[] = [
    ["priority", "dear cheap home"],
    ["lowest_cost", "cheap home dear"],
    ["local_first", "home dear cheap"],
    ["remote_first", "dear cheap home"],
    ["lowest_latency", "dear cheap home"],
    ["highest_throughput", "dear cheap home"],
    ["weighted", "dear cheap home"],
    ["round_robin", "dear cheap home"],
  ];
  test.each(table)("by %s is %s when nothing has been measured", (strategy, expected) => expect(names(strategy)).toBe(expected));
  test("has a line for every strategy", () => expect(table.map(([strategy]) => strategy).toSorted()).toEqual([...STRATEGIES].toSorted()));

  test("by latency asks the fastest first; a stream is judged by its first token, a whole answer by its time", () => {
    const paceOf = pacesOf({
      dear: { firstTokenMs: 300, answerMs: 900 },
      cheap: { firstTokenMs: 200, answerMs: 1_000 },
      home: { firstTokenMs: 250, answerMs: 400 },
    });
    expect(names("lowest_latency", all, { paceOf })).toBe("cheap home dear");
    expect(names("lowest_latency", all, { paceOf, stream: false })).toBe("home dear cheap");
  });

  test("by latency asks one that nobody has measured, and a slow one again when its figure is old", () => {
    expect(names("lowest_latency", all, { paceOf: pacesOf({ dear: { firstTokenMs: 300 }, cheap: { firstTokenMs: 200 } }) })).toBe("home cheap dear");
    const old = toEpochMs(NOW - 3 * PACE_HALF_LIFE_MS);
    const paceOf = pacesOf({ dear: { firstTokenMs: 1_000, at: old }, cheap: { firstTokenMs: 200 }, home: { firstTokenMs: 150 } });
    expect(names("lowest_latency", all, { paceOf })).toBe("dear home cheap");
  });

  test("by throughput asks the one that produces most", () => {
    expect(
      names("highest_throughput", all, { paceOf: pacesOf({ dear: { tokensPerSecond: 50 }, cheap: { tokensPerSecond: 80 }, home: { tokensPerSecond: 10 } }) }),
    ).toBe("cheap dear home");
  });

  test("by weight follows the weights, within the lowest number of priority, and asks weight 0 last", () => {
    const random = seededRandom(7);
    const equals = [
      targetOf(modelOf("one/m"), 1, 1),
      targetOf(modelOf("three/m"), 1, 3),
      targetOf(modelOf("none/m"), 1, 0),
      targetOf(modelOf("next/m"), 2, 100),
    ];
    const firsts = new Map<string, number>();
    for (let run = 0; run < 4_000; run++) {
      const ordered = orderTargets("weighted", equals, view({ random }));
      expect(ordered.slice(2).map(({ model }) => model.provider.name)).toEqual(["none", "next"]);
      const first = ordered[0]?.model.provider.name ?? "";
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    expect((firsts.get("three") ?? 0) / 4_000).toBeCloseTo(0.75, 1);
  });

  test("in turn gives every target of the lowest number the same", () => {
    const equals = ["a/m", "b/m", "c/m"].map((name) => targetOf(modelOf(name)));
    const firsts = Array.from({ length: 6 }, (_, turn) => orderTargets("round_robin", equals, view({ turn: () => turn }))[0]?.model.provider.name);
    expect(firsts.join("")).toBe("abcabc");
  });
});

describe("a session", () => {
  const equals = ["a/m", "b/m", "c/m", "d/m"].map((name) => targetOf(modelOf(name)));
  const homeOf = (session: string, targets: readonly Target[], strategy: Strategy = "round_robin"): string =>
    qualifiedName((orderTargets(strategy, targets, view({ session, random: Math.random, turn: () => Math.floor(Math.random() * 9) }))[0] as Target).model);

  test("stays where it is, is shared out evenly, and only those of a target that leaves move", () => {
    const sessions = Array.from({ length: 2_000 }, (_, index) => `session-${index}`);
    const before = sessions.map((session) => homeOf(session, equals));
    expect(sessions.map((session) => homeOf(session, equals, "weighted"))).toEqual(before);
    for (const { model } of equals) expect(before.filter((name) => name === qualifiedName(model)).length / 2_000).toBeCloseTo(0.25, 1);
    const without = equals.filter(({ model }) => model.provider.name !== "b");
    sessions.forEach((session, index) => {
      if (before[index] === "b/m") expect(homeOf(session, without)).not.toBe("b/m");
      else expect(homeOf(session, without)).toBe(before[index]);
    });
  });

  test("never overrules what the strategy tells apart", () => {
    for (let index = 0; index < 50; index++) {
      const session = `s${index}`;
      expect(names("lowest_cost", all, { session })).toBe("cheap home dear");
      expect(names("priority", all, { session })).toBe("dear cheap home");
      const paceOf = pacesOf({ dear: { firstTokenMs: 9_000 }, cheap: { firstTokenMs: 200 }, home: { firstTokenMs: 1_500 } });
      expect(names("lowest_latency", all, { session, paceOf })).toBe("cheap home dear");
    }
  });
});
