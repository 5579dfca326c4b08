import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import type { Overview, OverviewTotals } from "@switchyard/shared/wire/console/overview";
import type { ProviderRow } from "@switchyard/shared/wire/console/providers";
import { describe, expect, it } from "vitest";
import { stackedSums } from "../ui/chart-canvas.ts";
import { attentionOf, stepUnit, successRate } from "./overview-figures.ts";

const totals = (some: Partial<OverviewTotals>): OverviewTotals => ({
  calls: 0,
  answered: 0,
  failedOver: 0,
  cached: 0,
  failed: 0,
  refused: 0,
  aborted: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  charged: 0n,
  firstTokenP50Ms: undefined,
  firstTokenP95Ms: undefined,
  totalP50Ms: undefined,
  totalP95Ms: undefined,
  ...some,
});
const now = new Date("2026-11-20T12:00:00Z");
const overview = (providers: Overview["providers"]): Overview => ({
  from: now,
  to: now,
  stepSeconds: 60,
  totals: totals({}),
  previous: totals({}),
  buckets: [],
  models: [],
  providers,
});
const key = (used: bigint, state: KeyRow["state"] = "active"): KeyRow => ({
  id: "key_1",
  name: "ci",
  masked: "sy-…",
  state,
  scopes: ["inference"],
  groups: undefined,
  limits: [],
  cacheSeconds: undefined,
  budget: { cap: 5_000_000_000n, used, held: 0n, windowDays: 30 },
  expiresAt: undefined,
  createdAt: now,
  lastUsedAt: undefined,
});
const provider = (some: Partial<ProviderRow>): ProviderRow => ({
  id: "prv_1",
  name: "main",
  kind: "openai",
  baseUrl: undefined,
  enabled: true,
  shared: true,
  hasKey: true,
  keys: undefined,
  models: [],
  health: "healthy",
  resting: undefined,
  ...some,
});

describe("the overview's figures", () => {
  it("count refused and aborted calls neither as success nor as failure", () => {
    expect(successRate(totals({ answered: 9, failed: 1, refused: 50, aborted: 7 }))).toBe(0.9);
    expect(successRate(totals({ refused: 3 }))).toBeUndefined();
  });
  it("name a bucket by its largest whole unit", () => {
    expect([60, 900, 7_200, 86_400].map(stepUnit)).toEqual([
      { unit: "minutes", count: 1 },
      { unit: "minutes", count: 15 },
      { unit: "hours", count: 2 },
      { unit: "days", count: 1 },
    ]);
  });
  it("stack layers on the sum of those below", () => {
    expect(
      stackedSums([
        [1, 2],
        [undefined, 3],
        [4, 0],
      ]),
    ).toEqual([
      [1, 2],
      [1, 5],
      [5, 5],
    ]);
  });
});

describe("what needs attention", () => {
  it("is nothing while all is well", () => {
    expect(
      attentionOf({
        overview: overview([{ provider: "main", attempts: 1_000, failed: 4, buckets: [] }]),
        providers: [provider({})],
        keys: [key(1_000_000_000n)],
        wallet: undefined,
        now,
      }),
    ).toEqual([]);
  });
  it("is a provider that fails often, one that rests, and a budget near its end", () => {
    const found = attentionOf({
      overview: overview([{ provider: "main", attempts: 40, failed: 10, buckets: [] }]),
      providers: [
        provider({ resting: { until: new Date(now.getTime() + 1_000), reason: "overloaded" } }),
        provider({ name: "old", resting: { until: now, reason: "over" } }),
      ],
      keys: [key(4_100_000_000n), key(5_000_000_000n, "revoked")],
      wallet: { posted: 1n, held: 1n, available: 0n, frozen: false, openHolds: 1 },
      now,
    });
    expect(found.map(({ kind }) => kind)).toEqual(["emptyWallet", "resting", "failing", "budget"]);
  });
});
