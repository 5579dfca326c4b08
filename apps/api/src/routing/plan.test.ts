import { describe, expect, test } from "vitest";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { qualifiedName } from "../catalog/snapshot.ts";
import { HealthBook } from "./health.ts";
import { ATTEMPTS_MAX, planAttempts } from "./plan.ts";
import { modelOf } from "./testing/catalog-of.ts";

const NOW = toEpochMs(1_000_000);
const all = (): boolean => true;
const names = (models: readonly (readonly [CatalogModel, number])[], health = new HealthBook(), now = NOW): string[] =>
  planAttempts(
    models.map(([model, priority]) => ({ model, priority })),
    health,
    now,
    all,
  ).attempts.map((target) => qualifiedName(target.model));

describe("the order of attempts", () => {
  test("is the lowest priority number first, then the cheaper, then the name", () => {
    const dear = modelOf("dear/m", { perMillion: 9n });
    const cheap = modelOf("cheap/m", { perMillion: 1n });
    const twin = modelOf("a-twin/m", { perMillion: 9n });
    expect(
      names([
        [dear, 2],
        [cheap, 3],
        [twin, 2],
        [modelOf("first/m"), 1],
      ]),
    ).toEqual(["first/m", "a-twin/m", "dear/m", "cheap/m"]);
  });

  test("leaves out what is off, has no price, no adapter, or rests, and says why", () => {
    const resting = modelOf("resting/m");
    const health = new HealthBook();
    health.restModel(resting.id, { until: toEpochMs(NOW + 5_000), reason: "rate_limited" });
    const targets = [modelOf("off/m", { enabled: false }), modelOf("free/m", { perMillion: undefined }), modelOf("strange/m"), resting, modelOf("good/m")].map(
      (model) => ({ model, priority: 1 }),
    );
    const plan = planAttempts(targets, health, NOW, (model) => model.provider.name !== "strange");
    expect(plan.attempts.map((target) => qualifiedName(target.model))).toEqual(["good/m"]);
    expect(plan.skipped.map(({ target, reason }) => [target.model.provider.name, reason])).toEqual([
      ["off", "disabled"],
      ["free", "unpriced"],
      ["strange", "unsupported"],
      ["resting", "resting"],
    ]);
  });

  test("is bounded, however long the group", () => {
    expect(names(Array.from({ length: 50 }, (_, index) => [modelOf(`p${index}/m`), index] as const))).toHaveLength(ATTEMPTS_MAX);
  });
});

describe("a rest", () => {
  test("ends by time or by an answer, and never becomes shorter by a milder failure", () => {
    const model = modelOf("main/m");
    const health = new HealthBook();
    health.restModel(model.id, { until: toEpochMs(NOW + 10_000), reason: "rate_limited" });
    health.restModel(model.id, { until: toEpochMs(NOW + 1_000), reason: "overloaded" });
    expect(names([[model, 1]], health, toEpochMs(NOW + 9_999))).toEqual([]);
    expect(names([[model, 1]], health, toEpochMs(NOW + 10_000))).toEqual(["main/m"]);
    health.restProvider(model.provider.id, { until: toEpochMs(NOW + 60_000), reason: "quota_exhausted" });
    expect(names([[model, 1]], health, toEpochMs(NOW + 20_000))).toEqual([]);
    health.recovered(model);
    expect(names([[model, 1]], health)).toEqual(["main/m"]);
  });
});
