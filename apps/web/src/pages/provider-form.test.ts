import type { ProviderEditRow } from "@switchyard/shared/wire/console";
import { expect, test } from "vitest";
import { NEW_PROVIDER, providerFaultsOf, providerFieldsOf, providerOf, testOf } from "./provider-form.ts";

const stored: ProviderEditRow = {
  name: "main",
  kind: "openai",
  baseUrl: "https://api.openai.com/v1",
  headers: { "x-team": "search" },
  enabled: true,
  limits: [],
  local: false,
  probeSeconds: 30,
  hasKey: true,
  revision: "r",
  fromFile: false,
};

test("a form that is not touched changes nothing and sends no key", () => {
  expect(providerFaultsOf(providerFieldsOf(stored), stored)).toEqual([]);
  expect(providerOf(providerFieldsOf(stored))).toEqual({
    name: "main",
    kind: "openai",
    baseUrl: "https://api.openai.com/v1",
    headers: { "x-team": "search" },
    enabled: true,
    local: false,
    probeSeconds: 30,
  });
});

test("what is emptied is put back, a key is replaced or removed", () => {
  const fields = { ...providerFieldsOf(stored), local: "" as const, probeSeconds: "", headers: "", baseUrl: "" };
  expect(providerOf(fields)).toEqual({ name: "main", kind: "openai", headers: {}, enabled: true, local: null, probeSeconds: null });
  expect(providerOf({ ...fields, removeKey: true })).toMatchObject({ apiKey: null });
  expect(providerOf({ ...fields, removeKey: true, apiKey: "sk-new" })).toMatchObject({ apiKey: "sk-new" });
  expect(testOf({ ...fields, apiKey: "sk-new" }, "main")).toEqual({ was: "main", kind: "openai", headers: {}, apiKey: "sk-new" });
});

test("what the server would refuse is found", () => {
  expect(providerFaultsOf(NEW_PROVIDER, undefined)).toEqual(["name", "baseUrl"]);
  const fields = providerFieldsOf(stored);
  for (const baseUrl of ["ftp://x", "https://a:b@x.test", "https://x.test/#y", "x"])
    expect(providerFaultsOf({ ...fields, baseUrl, apiKey: "k" }, stored)).toEqual(["baseUrl"]);
  expect(providerFaultsOf({ ...fields, headers: "x-team search", probeSeconds: "4" }, stored)).toEqual(["headers", "probeSeconds"]);
  expect(providerFaultsOf({ ...fields, apiKey: "env:KEY" }, stored)).toEqual(["apiKey"]);
});

test("a stored key goes to its own address alone", () => {
  const moved = { ...providerFieldsOf(stored), baseUrl: "https://elsewhere.test/v1" };
  expect(providerFaultsOf(moved, stored)).toEqual(["apiKey"]);
  expect(providerFaultsOf({ ...moved, apiKey: "sk-new" }, stored)).toEqual([]);
  expect(providerFaultsOf({ ...moved, removeKey: true }, stored)).toEqual([]);
  expect(providerFaultsOf(moved, { ...stored, hasKey: false })).toEqual([]);
  expect(providerFaultsOf({ ...moved, baseUrl: "https://api.openai.com/v2" }, stored)).toEqual([]);
});
