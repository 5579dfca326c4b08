import { describe, expect, test } from "vitest";
import { qualifiedName } from "../catalog/snapshot.ts";
import { offersOf, resolve } from "./resolve.ts";
import { ACME, groupOf, modelOf, OTHER, PLATFORM, snapshotOf } from "./testing/catalog-of.ts";

const shared = modelOf("main/gpt");
const twin = modelOf("spare/gpt");
const own = modelOf("mine/llama", { owner: ACME });
const unpriced = modelOf("main/unpriced", { perMillion: undefined });
const catalog = snapshotOf(
  [shared, twin, own, unpriced],
  [
    groupOf("pool", [
      [shared, 1],
      [twin, 2],
    ]),
    groupOf("pool", [[own, 1]], ACME),
    groupOf("secret", [[own, 1]], ACME),
    groupOf("main/gpt", [[twin, 1]], OTHER),
  ],
  [
    { workspaceId: PLATFORM, name: "gpt-4o", stands: "pool" },
    { workspaceId: PLATFORM, name: "claude", stands: "spare/gpt" },
    { workspaceId: ACME, name: "claude", stands: "secret" },
    { workspaceId: PLATFORM, name: "pool", stands: "spare/gpt" },
    { workspaceId: PLATFORM, name: "chain", stands: "gpt-4o" },
    { workspaceId: PLATFORM, name: "gone", stands: "no/model" },
  ],
);
const acme = { workspaceId: ACME, groups: undefined };
const other = { workspaceId: OTHER, groups: undefined };
const targetsOf = (who: typeof acme | { workspaceId: typeof ACME; groups: readonly string[] }, asked: string): string[] | string => {
  const found = resolve(catalog, who, asked);
  return found.ok ? found.value.targets.map((target) => qualifiedName(target.model)) : found.failure.code;
};

describe("a model's name", () => {
  test("means the workspace's own group before the platform's", () => {
    expect(targetsOf(acme, "pool")).toEqual(["mine/llama"]);
    expect(targetsOf(other, "pool")).toEqual(["main/gpt", "spare/gpt"]);
  });
  test("means a group before provider/model", () => {
    expect(targetsOf(other, "main/gpt")).toEqual(["spare/gpt"]);
    expect(targetsOf(acme, "main/gpt")).toEqual(["main/gpt"]);
  });
  test("may be bare where one callable model has it, else it is ambiguous", () => {
    expect(targetsOf(acme, "llama")).toEqual(["mine/llama"]);
    expect(targetsOf(acme, "gpt")).toBe("model_not_found");
    expect(targetsOf(acme, "unpriced")).toEqual(["main/unpriced"]);
  });
  test("may be an alias, after groups and before models: the workspace's own first, one step and no further", () => {
    expect(targetsOf(other, "gpt-4o")).toEqual(["main/gpt", "spare/gpt"]);
    expect(targetsOf(other, "claude")).toEqual(["spare/gpt"]);
    expect(targetsOf(acme, "claude")).toEqual(["mine/llama"]);
    expect(targetsOf(other, "pool")).toHaveLength(2);
    expect(targetsOf(other, "chain")).toBe("model_not_found");
    expect(targetsOf(other, "gone")).toBe("model_not_found");
    expect(resolve(catalog, other, "gpt-4o")).toMatchObject({ value: { by: "alias", of: "platform", alias: "pool", group: { name: "pool" } } });
  });
  test("may be auto: what a key lists in that order, or all there is by price", () => {
    const auto = resolve(catalog, other, "auto");
    expect(auto).toMatchObject({ ok: true, value: { by: "auto", strategy: "lowest_cost" } });
    expect(targetsOf(other, "auto")).toEqual(["spare/gpt", "main/gpt"]);
    expect(targetsOf({ workspaceId: OTHER, groups: ["spare/gpt", "pool"] }, "auto")).toEqual(["spare/gpt", "main/gpt"]);
    expect(targetsOf({ workspaceId: OTHER, groups: ["nothing", "auto"] }, "auto")).toBe("model_not_found");
    expect(targetsOf({ workspaceId: OTHER, groups: [] }, "auto")).toBe("model_not_found");
  });
  test("says how it was found", () => {
    expect(resolve(catalog, acme, "pool")).toMatchObject({ value: { by: "group", of: "workspace" } });
    expect(resolve(catalog, acme, "main/gpt")).toMatchObject({ value: { by: "model", of: "platform" } });
    expect(resolve(catalog, acme, "llama")).toMatchObject({ value: { by: "bare_model", of: "workspace" } });
  });
  test("of another workspace is not found, with the same words as one that does not exist", () => {
    const theirs = resolve(catalog, other, "secret");
    const nobodys = resolve(catalog, other, "sicret");
    expect(theirs).toMatchObject({ ok: false, failure: { code: "model_not_found" } });
    expect(JSON.stringify(theirs).replace("secret", "sicret")).toBe(JSON.stringify(nobodys));
    expect(targetsOf(other, "mine/llama")).toBe("model_not_found");
  });
});

describe("a key with a list", () => {
  test("may use what it lists, by whatever name it came to it", () => {
    expect(targetsOf({ workspaceId: OTHER, groups: ["pool"] }, "pool")).toHaveLength(2);
    expect(targetsOf({ workspaceId: OTHER, groups: ["pool"] }, "spare/gpt")).toBe("model_not_allowed");
    expect(targetsOf({ workspaceId: ACME, groups: ["mine/llama"] }, "llama")).toEqual(["mine/llama"]);
    expect(targetsOf({ workspaceId: ACME, groups: [] }, "pool")).toBe("model_not_allowed");
  });
  test("may name a bare model of which it may use one alone", () => {
    expect(targetsOf({ workspaceId: OTHER, groups: ["spare/gpt"] }, "gpt")).toEqual(["spare/gpt"]);
    expect(targetsOf({ workspaceId: OTHER, groups: ["pool"] }, "gpt")).toBe("model_not_allowed");
  });
  test("may use an alias by its own name or by what it stands for, and nothing beside it", () => {
    expect(targetsOf({ workspaceId: OTHER, groups: ["gpt-4o"] }, "gpt-4o")).toHaveLength(2);
    expect(targetsOf({ workspaceId: OTHER, groups: ["gpt-4o"] }, "pool")).toBe("model_not_allowed");
    expect(targetsOf({ workspaceId: OTHER, groups: ["pool"] }, "gpt-4o")).toHaveLength(2);
    expect(targetsOf({ workspaceId: OTHER, groups: ["main/gpt"] }, "claude")).toBe("model_not_allowed");
    expect(offersOf(catalog, { workspaceId: OTHER, groups: ["gpt-4o"] }).map(({ name }) => name)).toEqual(["gpt-4o"]);
  });
  test("is offered just that, groups first, and nothing that cannot be called", () => {
    expect(offersOf(catalog, acme).map((offer) => offer.name)).toEqual(["pool", "secret", "claude", "gpt-4o", "mine/llama", "main/gpt", "spare/gpt"]);
    expect(offersOf(catalog, { workspaceId: ACME, groups: ["secret"] }).map((offer) => offer.name)).toEqual(["secret", "claude"]);
  });
});
