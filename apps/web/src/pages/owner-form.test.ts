import { expect, test } from "vitest";
import { ownerFaultsOf, ownerFieldsOf, ownerOf } from "./owner-form.ts";

const set = {
  settings: {
    strategy: "lowest_cost" as const,
    auto: { enabled: false },
    probe: { seconds: 30 },
    hedgeAfterMs: 500,
    restAfter: { share: 0.25 },
  },
  failureKeywords: [{ text: "sorry", scope: "content" as const }],
};
const none = { settings: {}, failureKeywords: [] };

test("what is not touched stays, and what is emptied is as built in", () => {
  expect(ownerOf(ownerFieldsOf(set))).toEqual(set);
  expect(ownerOf(ownerFieldsOf(none))).toEqual(none);
  const fields = ownerFieldsOf(set);
  expect(ownerOf({ ...fields, strategy: "", auto: "", probeSeconds: "", probeFailures: "4", autoStrategy: "weighted" }).settings).toEqual({
    hedgeAfterMs: 500,
    restAfter: { share: 0.25 },
    auto: { strategy: "weighted" },
    probe: { failures: 4 },
  });
});

test("finds what the server would refuse", () => {
  const fields = ownerFieldsOf(none);
  expect(ownerFaultsOf(fields)).toEqual([]);
  expect(ownerFaultsOf({ ...fields, probeSeconds: "0", probeFailures: "1" })).toEqual([]);
  for (const probeSeconds of ["4", "86401", "x", "-1", "1.5"]) expect(ownerFaultsOf({ ...fields, probeSeconds })).toEqual(["probeSeconds"]);
  for (const probeFailures of ["0", "101", "x"]) expect(ownerFaultsOf({ ...fields, probeFailures })).toEqual(["probeFailures"]);
  expect(ownerFaultsOf({ ...fields, routing: { ...fields.routing, keywords: "x" } })).toEqual(["keywords"]);
});
