import { describe, expect, it } from "vitest";
import { EMPTY_KEY, faultsOf, newKeyOf, snippetsOf } from "./key-form.ts";

describe("the form of a key", () => {
  it("needs a name and nothing else", () => {
    expect(faultsOf({ ...EMPTY_KEY, name: "  " })).toEqual(["name"]);
    expect(faultsOf({ ...EMPTY_KEY, name: "ci" })).toEqual([]);
    expect(newKeyOf({ ...EMPTY_KEY, name: " ci " }, 0)).toEqual({ name: "ci" });
  });
  it("names every field that is wrong", () => {
    expect(faultsOf({ ...EMPTY_KEY, allGroups: false, requestsPerMinute: "1.5", budgetUsd: "5,00" })).toEqual(["name", "groups", "rate", "budget"]);
    for (const budgetUsd of ["0", "-1", "1e3", "0.0000000001"]) expect(faultsOf({ ...EMPTY_KEY, name: "ci", budgetUsd })).toEqual(["budget"]);
    for (const requestsPerMinute of ["0", "-1", "2000000"]) expect(faultsOf({ ...EMPTY_KEY, name: "ci", requestsPerMinute })).toEqual(["rate"]);
  });
  it("asks for exactly what was entered", () => {
    const fields = { name: "ci", allGroups: false, groups: ["demo"], requestsPerMinute: "600", budgetUsd: "5.00", windowDays: "7", expiresInDays: "30" };
    expect(newKeyOf(fields, Date.parse("2026-11-01T00:00:00Z"))).toEqual({
      name: "ci",
      groups: ["demo"],
      requestsPerMinute: 600,
      budgetUsd: "5.00",
      budgetWindowDays: 7,
      expiresAt: new Date("2026-12-01T00:00:00Z"),
    });
  });
  it("shows how to use the key at this very address", () => {
    for (const snippet of Object.values(snippetsOf("https://gate.example:8443", "demo", "sy-secret"))) {
      expect(snippet).toContain("https://gate.example:8443/v1");
      expect(snippet).toContain("sy-secret");
      expect(snippet).toContain("demo");
    }
  });
});
