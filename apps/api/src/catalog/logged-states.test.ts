import { expect, test } from "vitest";
import { loggedPrice, loggedProvider, readLoggedPrice, unloggedChanges } from "./logged-states.ts";
import { configuredPrice } from "./price-fields.ts";
import type { StoredProvider } from "./stored-provider.pg.ts";

test.each([
  "free",
  { inputPerMillion: "1", outputPerMillion: "2.5", perCall: "0.001" },
  { inputPerMillion: "2.50", cachedInputPerMillion: "1.25", outputPerMillion: "10", audioInputPerMillion: "40", perSearch: "0.01" },
  { inputPerMillion: "1", outputPerMillion: "10", tiers: [{ abovePromptTokens: 1_000, inputPerMillion: "2", outputPerMillion: "20" }] },
  { inputPerMillion: "1", outputPerMillion: "10", serviceTiers: { flex: { multiplier: "0.5" }, priority: { inputPerMillion: "3", outputPerMillion: "20" } } },
])("a price comes out of the account as it went in, whatever it has: %j", (written) => {
  const price = { terms: configuredPrice.parse(written), source: "price book of 2026-11-20" };
  const logged = loggedPrice(price);
  const stored = JSON.parse(JSON.stringify(logged)) as typeof logged;
  expect(stored).toEqual(logged);
  const read = readLoggedPrice(stored);
  expect(read.source).toBe(price.source);
  expect(loggedPrice(read)).toEqual(logged);
  expect(read.terms).toEqual(price.terms);
});

const provider: StoredProvider = {
  id: "p",
  state: {
    name: "main",
    kind: "openai",
    baseUrl: "https://api.openai.com/v1",
    headers: { "x-secret": "hush" },
    enabled: true,
    limits: [],
    local: null,
    probeSeconds: null,
    responses: null,
  },
  keys: [{ id: "k", name: "key-1", place: 0, weight: 1, sealed: Buffer.from("hush"), changedAt: new Date(0) }],
};

test("what may be secret is told by its name alone", () => {
  expect(JSON.stringify(loggedProvider(provider.state))).not.toContain("hush");
  expect(unloggedChanges(provider, { ...provider, state: { ...provider.state, enabled: false } })).toEqual([]);
  const [key] = provider.keys;
  const keys = key ? [{ ...key, id: "another" }] : [];
  expect(unloggedChanges(provider, { ...provider, keys, state: { ...provider.state, headers: {} } })).toEqual(["keys", "headers"]);
});
