import type { ProviderEditRow } from "@switchyard/shared/wire/console/providers";
import { expect, test } from "vitest";
import { NEW_PROVIDER, providerFaultsOf, providerFieldsOf, providerOf, testOf, type ProviderFields } from "./provider-form.ts";
import { keyFaultsOf, withNewKey, withoutKey, type KeyFields } from "./provider-keys-form.ts";

const stored: ProviderEditRow = {
  name: "main",
  kind: "openai",
  baseUrl: "https://api.openai.com/v1",
  headers: { "x-team": "search" },
  enabled: true,
  limits: [],
  local: false,
  probeSeconds: 30,
  responses: null,
  keys: [{ name: "key-1", masked: "…abcd", weight: 1 }],
  revision: "r",
  fromFile: false,
};

test("a form that is not touched changes nothing and sends no key", () => {
  expect(providerFaultsOf(providerFieldsOf(stored), stored)).toEqual([]);
  expect(providerOf(providerFieldsOf(stored), stored)).toEqual({
    name: "main",
    kind: "openai",
    baseUrl: "https://api.openai.com/v1",
    headers: { "x-team": "search" },
    enabled: true,
    local: false,
    probeSeconds: 30,
    responses: null,
  });
});

const typed = (rows: readonly KeyFields[], at: number, part: Partial<KeyFields>): readonly KeyFields[] =>
  rows.map((row, index) => (index === at ? { ...row, ...part } : row));

test("what is emptied is put back, limits are sent in dollars, and only when they changed", () => {
  const fields: ProviderFields = { ...providerFieldsOf(stored), local: "", probeSeconds: "", headers: "", baseUrl: "", responses: "no" };
  const whole = { name: "main", kind: "openai", headers: {}, enabled: true, local: null, probeSeconds: null, responses: false };
  expect(providerOf(fields, stored)).toEqual(whole);
  const limits = [
    { id: 0, fields: { kind: "cost", max: "2.5", windowSeconds: 60 } },
    { id: 1, fields: { kind: "concurrency", max: "4", windowSeconds: 60 } },
  ] as const;
  const limited = providerOf({ ...fields, limits }, stored);
  expect(limited).toEqual({
    ...whole,
    limits: [
      { kind: "cost", max: "2.50", windowSeconds: 60 },
      { kind: "concurrency", max: 4 },
    ],
  });
  expect(providerFaultsOf({ ...providerFieldsOf(stored), limits: [{ id: 0, fields: { kind: "cost", max: "0", windowSeconds: 60 } }] }, stored)).toEqual([
    "limits",
  ]);
  expect(providerOf(fields, { ...stored, limits: [{ kind: "requests", max: 5, windowSeconds: 60 }] })).toMatchObject({ limits: [] });
});

test("keys are added, renamed, weighted, replaced and removed, and those that stay are named without a secret", () => {
  const fields = providerFieldsOf(stored);
  const keysOf = (keys: readonly KeyFields[]) => providerOf({ ...fields, keys }, stored);
  const two = typed(withNewKey(fields.keys), 1, { secret: "sk-second" });
  expect(keysOf(two)).toMatchObject({
    apiKeys: [
      { was: "key-1", name: "key-1", weight: 1 },
      { name: "key-2", key: "sk-second", weight: 1 },
    ],
  });
  expect(keysOf(typed(typed(two, 0, { name: "eu", weight: "3" }), 1, { name: "us" }))).toMatchObject({
    apiKeys: [{ was: "key-1", name: "eu", weight: 3 }, { name: "us" }],
  });
  expect(keysOf(typed(fields.keys, 0, { secret: "sk-renewed" }))).toMatchObject({ apiKeys: [{ was: "key-1", name: "key-1", key: "sk-renewed", weight: 1 }] });
  expect(keysOf(withoutKey(fields.keys, 0))).toMatchObject({ apiKey: null });
  expect(keysOf(withoutKey(two, 0))).toMatchObject({ apiKeys: [{ name: "key-2", key: "sk-second" }] });
  // One that was not stored yet is gone at once; one that is stays in sight until it is destroyed.
  expect(withoutKey(two, 1)).toHaveLength(1);
  expect(withoutKey(two, 0)[0]).toMatchObject({ removed: true });
  expect(testOf({ ...fields, keys: two }, "main")).toMatchObject({ was: "main", apiKey: "sk-second" });
  expect(testOf(fields, "main")).not.toHaveProperty("apiKey");
  expect(testOf({ ...fields, keys: withoutKey(fields.keys, 0) }, "main")).toMatchObject({ apiKey: null });
});

test("keys that cannot be meant together are found, each at its field", () => {
  const { keys } = providerFieldsOf(stored);
  const two = typed(withNewKey(keys), 1, { secret: "sk-second" });
  const faultsOf = (rows: readonly KeyFields[]) => [...keyFaultsOf(rows, false)];
  expect(faultsOf(two)).toEqual([]);
  expect(faultsOf(withNewKey(keys))).toEqual([[1, ["missing"]]]);
  expect(faultsOf(withNewKey([]))).toEqual([]);
  expect(faultsOf(typed(two, 1, { name: "KEY_1" }))).toEqual([[1, ["name"]]]);
  expect(faultsOf(typed(two, 1, { name: "a b", secret: "env:KEY", weight: "1001" }))).toEqual([[1, ["name", "variable", "weight"]]]);
  expect(faultsOf(typed(typed(two, 0, { weight: "0" }), 1, { weight: "0" }))).toEqual([[0, ["weight"]]]);
  expect(faultsOf(typed(withNewKey(two), 2, { secret: "sk-second" }))).toEqual([[2, ["same"]]]);
  expect(withNewKey(withoutKey(two, 1)).map(({ name }) => name)).toEqual(["key-1", "key-2"]);
});

test("what the server would refuse is found", () => {
  expect(providerFaultsOf(NEW_PROVIDER, undefined)).toEqual(["name", "baseUrl"]);
  const fields = providerFieldsOf(stored);
  for (const baseUrl of ["ftp://x", "https://a:b@x.test", "https://x.test/#y", "x"])
    expect(providerFaultsOf({ ...fields, baseUrl, keys: typed(fields.keys, 0, { secret: "k" }) }, stored)).toEqual(["baseUrl"]);
  expect(providerFaultsOf({ ...fields, headers: "x-team search", probeSeconds: "4" }, stored)).toEqual(["headers", "probeSeconds"]);
  expect(providerFaultsOf({ ...fields, keys: typed(fields.keys, 0, { secret: "env:KEY" }) }, stored)).toEqual(["keys"]);
});

test("a stored key goes to its own address alone", () => {
  const moved = { ...providerFieldsOf(stored), baseUrl: "https://elsewhere.test/v1" };
  expect(providerFaultsOf(moved, stored)).toEqual(["keys"]);
  expect(providerFaultsOf({ ...moved, keys: typed(moved.keys, 0, { secret: "sk-new" }) }, stored)).toEqual([]);
  expect(providerFaultsOf({ ...moved, keys: withoutKey(moved.keys, 0) }, stored)).toEqual([]);
  expect(providerFaultsOf({ ...moved, keys: withNewKey([]) }, { ...stored, keys: [] })).toEqual([]);
  expect(providerFaultsOf({ ...moved, baseUrl: "https://api.openai.com/v2" }, stored)).toEqual([]);
});
