import { describe, expect, it } from "vitest";
import { paths, safeNext } from "./paths.ts";
import { makeRouter } from "./routes.tsx";
import { parseSearch, readCallsSearch, readOverviewSearch, stringifySearch } from "./search.ts";

const patternOf = (path: string): string => decodeURIComponent(path);

describe("paths", () => {
  const router = makeRouter();
  const made = Object.values({
    home: paths.home(),
    signIn: paths.signIn(),
    workspace: paths.workspace("$workspace"),
    overview: paths.overview("$workspace"),
    calls: paths.calls("$workspace"),
    call: paths.call("$workspace", "$callId"),
    providers: paths.providers("$workspace"),
    groups: paths.groups("$workspace"),
    routing: paths.routing("$workspace"),
    keys: paths.keys("$workspace"),
    limits: paths.limits("$workspace"),
    wallet: paths.wallet("$workspace"),
  } satisfies Record<keyof typeof paths, string>).map(patternOf);

  it("has a function for every route and a route for every function", () => {
    const routes = Object.keys(router.routesByPath).map((path) => (path === "/" ? path : path.replace(/\/$/, "")));
    expect([...new Set(routes)].toSorted()).toEqual([...new Set(made)].toSorted());
  });
  it("keeps any workspace name and any id in one segment", () => {
    expect(paths.call("a/b c", "gen_1?x")).toBe("/w/a%2Fb%20c/calls/gen_1%3Fx");
  });
  it("leaves empty values out of the address", () => {
    expect(paths.calls("acme", { range: "24h", group: "", q: undefined, outcome: "failed,failed_over" })).toBe(
      "/w/acme/calls?range=24h&outcome=failed%2Cfailed_over",
    );
  });
  it("returns after sign-in to this console and nowhere else", () => {
    expect(safeNext("/w/acme/calls?call=gen_1")).toBe("/w/acme/calls?call=gen_1");
    for (const evil of ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/sign-in?next=/x", ""])
      expect(safeNext(evil)).toBeUndefined();
  });
});

describe("search", () => {
  it("comes back as it was written", () => {
    const search = { range: "24h", outcome: "failed,failed_over", group: "a&b=c", q: "50% off + 1" };
    expect(readCallsSearch(parseSearch(stringifySearch(search)))).toEqual(search);
  });
  it("drops what it does not know", () => {
    expect(readCallsSearch({ range: "24h", colour: "red", group: 7 })).toEqual({ range: "24h" });
    expect(readOverviewSearch({ range: "2y" })).toEqual({});
    expect(readOverviewSearch({ range: "7d" })).toEqual({ range: "7d" });
  });
});
