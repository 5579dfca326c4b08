import type { GroupRow } from "@switchyard/shared/wire/console";
import { expect, test } from "vitest";
import { fieldsOf, groupChangeOf, groupFaultsOf } from "./group-form.ts";

const group: GroupRow = {
  id: "grp_1",
  name: "pool",
  strategy: "weighted",
  ownStrategy: "weighted",
  fromFile: false,
  revision: "",
  shared: false,
  settings: { sticky: false, stallMs: 9_000, firstTokenMs: 800, restAfter: { failures: 3, share: 0.25 } },
  failureKeywords: [
    { text: "overloaded", scope: "any" },
    { text: "no capacity", scope: "error" },
  ],
  targets: [
    {
      provider: "main",
      model: "a/b",
      priority: 2,
      weight: 5,
      enabled: true,
      priced: false,
      price: undefined,
      health: {
        state: "healthy",
        answered: 0,
        failed: 0,
        lastFailure: undefined,
        lastAnswerAt: undefined,
        rest: undefined,
        firstTokenMs: undefined,
        tokensPerSecond: undefined,
      },
    },
  ],
};

test("a form that is not touched changes nothing, not even what it does not show", () => {
  const fields = fieldsOf(group);
  expect(groupFaultsOf(fields)).toEqual([]);
  expect(groupChangeOf(fields, group)).toEqual({
    name: "pool",
    strategy: "weighted",
    settings: group.settings,
    failureKeywords: group.failureKeywords,
    targets: [{ provider: "main", model: "a/b", priority: 2, weight: 5 }],
  });
});

test("an emptied field goes back to what holds for all groups", () => {
  const fields = { ...fieldsOf(group), sticky: true, firstTokenMs: "", restFailures: "", hedgeAfterMs: "0", keywords: " content: sorry \n\nplain " };
  expect(groupChangeOf(fields, group)).toMatchObject({
    settings: { stallMs: 9_000, hedgeAfterMs: 0, restAfter: { share: 0.25 } },
    failureKeywords: [
      { text: "sorry", scope: "content" },
      { text: "plain", scope: "any" },
    ],
  });
  expect(groupChangeOf(fields, group).settings).not.toHaveProperty("sticky");
  expect(groupChangeOf(fields, group).settings).not.toHaveProperty("firstTokenMs");
});

test("what the server would refuse is found", () => {
  const fields = fieldsOf(group);
  expect(groupFaultsOf({ ...fields, firstTokenMs: "5", restMinutes: "61", restSeconds: "1.5", keywords: "x" })).toEqual([
    "firstTokenMs",
    "restMinutes",
    "restSeconds",
    "keywords",
  ]);
  expect(groupFaultsOf({ ...fields, restMinutes: "0.5", targets: [{ target: "main/a/b", priority: "-1", weight: "1" }] })).toEqual(["targets"]);
  expect(groupFaultsOf({ ...fields, keywords: "error:x" })).toEqual(["keywords"]);
});
