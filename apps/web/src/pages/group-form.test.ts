import { DEFAULT_OWNER } from "@switchyard/shared/domain/routing";
import type { GroupRow } from "@switchyard/shared/wire/console/groups";
import type { RoutingDefaults } from "@switchyard/shared/wire/console/routing";
import { expect, test } from "vitest";
import { fieldsOf, groupFaultsOf, groupOf, NEW_GROUP, withTarget } from "./group-form.ts";
import { inheritedBy } from "./routing-fields.ts";

const group: GroupRow = {
  id: "grp_1",
  name: "pool",
  strategy: "weighted",
  ownStrategy: "weighted",
  fromFile: false,
  revision: "",
  shared: false,
  settings: {
    sticky: false,
    stallMs: 9_000,
    firstTokenMs: 800,
    cache: { ttlSeconds: 60 },
    on: { empty: "accept" },
    statuses: { next: [418, 420] },
    restAfter: { failures: 3, share: 0.25 },
  },
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
const numbers = (part: Partial<typeof NEW_GROUP.routing.numbers>) => {
  const fields = fieldsOf(group);
  return { ...fields, routing: { ...fields.routing, numbers: { ...fields.routing.numbers, ...part } } };
};

test("a form that is not touched changes nothing", () => {
  const fields = fieldsOf(group);
  expect(groupFaultsOf(fields)).toEqual([]);
  expect(groupOf(fields)).toEqual({
    name: "pool",
    strategy: "weighted",
    settings: group.settings,
    failureKeywords: group.failureKeywords,
    targets: [{ provider: "main", model: "a/b", priority: 2, weight: 5 }],
  });
});

test("an emptied field goes back to what holds for all groups", () => {
  const fields = numbers({ firstTokenMs: "", restFailures: "", restShare: "", hedgeAfterMs: "0", cacheSeconds: "" });
  const routing = { ...fields.routing, sticky: "" as const, on: {}, next: "", stop: " 500,501 ", keywords: " content: sorry \n\nplain " };
  expect(groupOf({ ...fields, strategy: "", routing })).toEqual({
    name: "pool",
    settings: { stallMs: 9_000, hedgeAfterMs: 0, statuses: { stop: [500, 501] } },
    failureKeywords: [
      { text: "sorry", scope: "content" },
      { text: "plain", scope: "any" },
    ],
    targets: [{ provider: "main", model: "a/b", priority: 2, weight: 5 }],
  });
});

test("what the server would refuse is found", () => {
  expect(groupFaultsOf(NEW_GROUP)).toEqual(["name"]);
  const bad = numbers({ firstTokenMs: "5", hedgeAfterMs: "9", restMinutes: "61", restSeconds: "1.5", restShare: "101" });
  expect(groupFaultsOf({ ...bad, routing: { ...bad.routing, next: "200", stop: "500, x", keywords: "x" } })).toEqual([
    "firstTokenMs",
    "restMinutes",
    "restShare",
    "restSeconds",
    "hedgeAfterMs",
    "next",
    "stop",
    "keywords",
  ]);
  const fields = fieldsOf(group);
  expect(groupFaultsOf({ ...fields, targets: [{ target: "main/a/b", priority: "-1", weight: "1" }] })).toEqual(["targets"]);
  expect(groupFaultsOf({ ...fields, routing: { ...fields.routing, next: "500", stop: "500" } })).toEqual(["stop"]);
  expect(groupFaultsOf({ ...fields, routing: { ...fields.routing, keywords: "error:x" } })).toEqual(["keywords"]);
});

test("a further target comes last", () => {
  expect(withTarget(fieldsOf(group).targets, "spare/c")).toEqual([
    { target: "main/a/b", priority: "2", weight: "5" },
    { target: "spare/c", priority: "3", weight: "1" },
  ]);
});

test("what holds for a group that says nothing is what is set for all, over what is built in", () => {
  const { routing, ...owner } = DEFAULT_OWNER;
  const builtin = {
    ...owner,
    sticky: true,
    hedgeAfterMs: 0,
    cache: routing.cache,
    restAfter: routing.restAfter,
    connectMs: 1,
    firstTokenMs: 2,
    answerMs: 3,
    stallMs: 4,
  };
  const inherited = inheritedBy({
    settings: { connectMs: 77, restAfter: { failures: 9 }, strategy: "lowest_cost", on: { empty: "accept" } },
    builtin: { ...builtin, on: { empty: "next", timeout: "next" } as RoutingDefaults["on"] },
  });
  expect(inherited).toMatchObject({
    connectMs: 77,
    firstTokenMs: 2,
    strategy: "lowest_cost",
    restAfter: { failures: 9, minutes: 1 },
    on: { empty: "accept", timeout: "next" },
  });
});
