/** The credential is found where clients put it, and nothing is guessed. */
import { describe, expect, it } from "vitest";
import { bearerOf } from "./bearer.ts";

const key = "sy-0123456789012345";

describe("a credential", () => {
  it.each([
    [{ authorization: `Bearer ${key}` }],
    [{ authorization: `bearer ${key}` }],
    [{ authorization: `Bearer   ${key} ` }],
    [{ "x-api-key": key }],
    [{ "api-key": key }],
    [{ authorization: `Bearer ${key}`, "x-api-key": key }],
  ])("is read from %o", (headers) => {
    expect(bearerOf(headers)).toEqual({ ok: true, value: key });
  });

  it.each([
    ["nothing", {}],
    ["an empty header", { authorization: "" }],
    ["an empty key", { "x-api-key": "" }],
    ["no key after the scheme", { authorization: "Bearer " }],
    ["Basic", { authorization: `Basic ${key}` }],
    ["no scheme", { authorization: key }],
    ["two different keys", { authorization: `Bearer ${key}`, "x-api-key": `${key}x` }],
    ["a good key beside an empty one", { authorization: `Bearer ${key}`, "api-key": "" }],
    ["a hundred kilobytes", { authorization: `Bearer ${"a".repeat(100_000)}` }],
    ["an injection", { authorization: "Bearer ' OR '1'='1' -- " }],
    ["what is no ASCII", { authorization: "Bearer sy-01234567890123é" }],
    ["two keys in one", { "x-api-key": `${key}, ${key}` }],
  ])("is not found in %s", (_what, headers) => {
    expect(bearerOf(headers)).toMatchObject({ ok: false, failure: { code: "invalid_api_key" } });
  });

  it("is refused when its header is sent twice, in whatever case", () => {
    const headers = { authorization: `Bearer ${key}` };
    expect(bearerOf(headers, ["Host", "x", "Authorization", `Bearer ${key}`]).ok).toBe(true);
    expect(bearerOf(headers, ["Authorization", `Bearer ${key}`, "authorization", `Bearer ${key}`]).ok).toBe(false);
    expect(bearerOf({ "x-api-key": key }, ["X-Api-Key", key, "x-api-key", key]).ok).toBe(false);
    expect(bearerOf(headers, ["Authorization", `Bearer ${key}`, "X-Api-Key", key]).ok).toBe(true);
  });
});
