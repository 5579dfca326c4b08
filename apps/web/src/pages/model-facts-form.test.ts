import { expect, test } from "vitest";
import { factsFaultsOf, factsFieldsOf, factsOf } from "./model-facts-form.ts";

const none = factsFieldsOf(undefined);

test("says only what was typed, and capabilities only where they changed", () => {
  expect(factsOf(none, none)).toEqual({});
  const before = { ...none, name: "m", contextWindow: "1000", capabilities: ["chat", "tools"] as const };
  expect(factsOf({ ...before, capabilities: ["tools", "chat"] }, before)).toEqual({ contextWindow: 1000 });
  expect(factsOf({ ...before, maxOutput: "5", capabilities: ["chat"] }, before)).toEqual({ contextWindow: 1000, maxOutput: 5, capabilities: ["chat"] });
});

test("finds what the server would refuse", () => {
  expect(factsFaultsOf(none)).toEqual(["name"]);
  expect(factsFaultsOf({ ...none, name: "m", contextWindow: "0", maxOutput: "1.5" })).toEqual(["contextWindow", "maxOutput"]);
  expect(factsFaultsOf({ ...none, name: "a/b", contextWindow: "128000", maxOutput: "4096" })).toEqual([]);
});
