/** Losses are all counted, and said once a minute. */
import { expect, it } from "vitest";
import { RedisLosses } from "./redis-losses.ts";

it("says that Redis is away and back, and not each time it comes and goes", () => {
  let now = 0;
  const said: string[] = [];
  const losses = new RedisLosses({ clock: { monotonic: () => now }, warn: (what) => void said.push(what) });
  for (let time = 0; time < 50; time++) {
    now += 1_000;
    losses.reached(false);
    losses.reached(true);
  }
  expect(said).toEqual([expect.stringContaining("out of reach"), expect.stringContaining("again")]);
  now += 60_000;
  losses.reached(false);
  expect(said).toHaveLength(3);
});

it("counts everything and says it at most once a minute, with what came since", () => {
  let now = 5_000;
  const said: Record<string, unknown>[] = [];
  const losses = new RedisLosses({ clock: { monotonic: () => now }, warn: (_what, facts) => void said.push(facts) });
  losses.decidedAlone();
  for (let count = 0; count < 1_000; count++) losses.decidedAlone();
  losses.lost("orders");
  now += 59_000;
  losses.lost("health");
  expect(said).toEqual([{ limitsDecidedAlone: 1, lost: { limits: 0, health: 0, orders: 0, events: 0 } }]);
  now += 1_000;
  losses.lost("limits");
  expect(said[1]).toEqual({ limitsDecidedAlone: 1_000, lost: { limits: 1, health: 1, orders: 1, events: 0 } });
  expect(losses.figures).toEqual({ lost: { limits: 1, health: 1, orders: 1, events: 0 }, decidedAlone: 1_001 });
});
