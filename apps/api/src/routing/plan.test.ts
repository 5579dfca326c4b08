import { describe, expect, test } from "vitest";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { DEFAULT_REST_THRESHOLD, DEFAULT_ROUTING } from "@switchyard/shared/domain/routing";
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import { qualifiedName } from "../catalog/snapshot.ts";
import { HealthBook } from "./health.ts";
import { ATTEMPTS_MAX, planAttempts, recordOfRoute, type Plan, type PlanView } from "./plan.ts";
import type { Route } from "./resolve.ts";
import { modelOf, targetOf } from "./testing/catalog-of.ts";
import { Turns } from "./turns.ts";

const NOW = toEpochMs(1_000_000);
const routeTo = (targets: readonly Target[], more: Partial<Route> = {}): Route => ({
  by: "group",
  of: "platform",
  alias: undefined,
  group: undefined,
  targets,
  strategy: "priority",
  policy: DEFAULT_ROUTING,
  ...more,
});
const view = (more: Partial<PlanView> = {}): PlanView => ({
  health: new HealthBook(),
  turns: new Turns(),
  now: NOW,
  random: () => 0.5,
  stream: true,
  session: undefined,
  unfit: () => undefined,
  ...more,
});
const namesOf = (plan: Plan): string[] => plan.attempts.map((target) => qualifiedName(target.model));
const order = (targets: readonly (readonly [CatalogModel, number])[], more?: Partial<PlanView>): string[] =>
  namesOf(planAttempts(routeTo(targets.map(([model, priority]) => targetOf(model, priority))), view(more)));

describe("the plan of a call", () => {
  test("is the lowest priority number first, then the cheaper, then the name", () => {
    const dear = modelOf("dear/m", { perMillion: 9n });
    const cheap = modelOf("cheap/m", { perMillion: 1n });
    const twin = modelOf("a-twin/m", { perMillion: 9n });
    expect(
      order([
        [dear, 2],
        [cheap, 3],
        [twin, 2],
        [modelOf("first/m"), 1],
      ]),
    ).toEqual(["first/m", "a-twin/m", "dear/m", "cheap/m"]);
  });

  test("leaves out what is off, has no price, cannot do it, or rests, and says why, in the trail too", () => {
    const resting = modelOf("resting/m");
    const health = new HealthBook();
    health.failed(resting, { kind: "rate_limited", retryAfterMs: 5_000 }, DEFAULT_REST_THRESHOLD, NOW);
    const targets = [modelOf("off/m", { enabled: false }), modelOf("free/m", { perMillion: undefined }), modelOf("strange/m"), resting, modelOf("good/m")].map(
      (model) => targetOf(model),
    );
    const route = routeTo(targets);
    const plan = planAttempts(
      route,
      view({ health, unfit: (model) => (model.provider.name === "strange" ? { reason: "incapable", because: "vision" } : undefined) }),
    );
    expect(namesOf(plan)).toEqual(["good/m"]);
    expect(recordOfRoute(route, plan, health, true)).toEqual({
      by: "group",
      of: "platform",
      strategy: "priority",
      order: ["good/m"],
      figures: [1],
      skipped: [
        { target: "off/m", reason: "disabled" },
        { target: "free/m", reason: "unpriced" },
        { target: "strange/m", reason: "incapable", because: "vision" },
        { target: "resting/m", reason: "resting", because: "rate_limited", until: NOW + 5_000 },
      ],
    });
  });

  test("is bounded, however long the group, and tells what was beyond", () => {
    const targets = Array.from({ length: 50 }, (_, index) => targetOf(modelOf(`p${index}/m`), index));
    const plan = planAttempts(routeTo(targets), view());
    expect(plan.attempts).toHaveLength(ATTEMPTS_MAX);
    expect(plan.skipped.filter(({ reason }) => reason === "beyond_bound")).toHaveLength(50 - ATTEMPTS_MAX);
  });

  test("takes a target that was resting in its place for one call, and last for the calls meanwhile", () => {
    const [ill, well] = [modelOf("ill/m"), modelOf("well/m")];
    const health = new HealthBook();
    health.failed(ill, { kind: "rate_limited", retryAfterMs: 1_000 }, DEFAULT_REST_THRESHOLD, NOW);
    const both = [
      [ill, 1],
      [well, 2],
    ] as const;
    const later = toEpochMs(NOW + 1_000);
    expect(order(both, { health })).toEqual(["well/m"]);
    expect(order(both, { health, now: later })).toEqual(["ill/m", "well/m"]);
    expect(health.claim(ill, later)).toBe(true);
    expect(order(both, { health, now: later })).toEqual(["well/m", "ill/m"]);
    health.answered(ill, { firstTokenMs: 10 }, later);
    expect(order(both, { health, now: later })).toEqual(["ill/m", "well/m"]);
  });

  test("keeps a session only where the group sticks", () => {
    const targets = ["a/m", "b/m", "c/m"].map((name) => targetOf(modelOf(name)));
    const firsts = new Set(Array.from({ length: 50 }, (_, index) => namesOf(planAttempts(routeTo(targets), view({ session: `s${index}` })))[0]));
    expect(firsts.size).toBe(3);
    const loose = routeTo(targets, { policy: { ...DEFAULT_ROUTING, sticky: false } });
    expect(namesOf(planAttempts(loose, view({ session: "s1" })))).toEqual(["a/m", "b/m", "c/m"]);
    expect(planAttempts(loose, view({ session: "s1" })).sticky).toBe(false);
  });
});
