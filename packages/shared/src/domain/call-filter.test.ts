/** A filter reads what people type, and means the same calls wherever it is asked. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatId, toId, type CallId } from "../kernel/id.ts";
import { lowerAscii, matches, readFilter, readSearch, type CallCriteria, type FilteredCall } from "./call-filter.ts";

const uuid = (value: bigint): CallId => {
  const hex = value.toString(16).padStart(32, "0");
  return toId("call", `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
};
const anyId = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(uuid);

const call: FilteredCall = {
  id: uuid(1n << 100n),
  at: new Date("2026-01-01T12:00:00Z"),
  outcome: "answered",
  failedOver: true,
  cached: false,
  group: "pool",
  provider: "main",
  model: "m",
  keyId: toId("key", "00000000-0000-7000-8000-000000000001"),
  errorCode: undefined,
  errorText: "Upstream said NO",
};
const criteria = (some: Partial<CallCriteria>): CallCriteria => ({ keyId: undefined, search: undefined, ...some });

describe("a search", () => {
  it("for the beginning of an id means exactly the ids that begin so", () => {
    fc.assert(
      fc.property(anyId, anyId, fc.integer({ min: 0, max: 26 }), (id, other, letters) => {
        const prefix = formatId("call", id).slice(0, 4 + letters);
        const search = readSearch(prefix.toUpperCase());
        expect(search?.kind).toBe("ids");
        for (const one of [id, other]) expect(matches(criteria({ search }), { ...call, id: one })).toBe(formatId("call", one).startsWith(prefix));
      }),
    );
  });

  it("for a whole UUID means that one", () => {
    expect(readSearch(` ${call.id.toUpperCase()} `)).toEqual({ kind: "ids", first: call.id, last: call.id });
  });

  it.each(["gen_u", "gen_!", `gen_${"0".repeat(27)}`, "gen", "no", "key_00"])("for %s, which begins no call's id, means text", (text) => {
    expect(readSearch(text)).toEqual({ kind: "text", part: text });
  });

  it.each([undefined, "", "   "])("for nothing (%o) narrows nothing", (text) => {
    expect(readSearch(text)).toBeUndefined();
  });

  it("for text ignores the case of ASCII letters and of no others", () => {
    const found = (text: string, errorText: string | undefined) => matches(criteria({ search: readSearch(text) }), { ...call, errorText });
    expect(found("said no", "Upstream said NO")).toBe(true);
    expect(found("é", "É")).toBe(false);
    expect(found("x", undefined)).toBe(false);
    expect(lowerAscii("ÄZİ")).toBe("Äzİ");
  });
});

it.each<[string, Partial<CallCriteria>, boolean]>([
  ["nothing", {}, true],
  ["its own instant as the beginning", { from: call.at }, true],
  ["its own instant as the end", { to: call.at }, false],
  ["its outcome", { outcomes: ["failed", "answered"] }, true],
  ["another outcome", { outcomes: ["failed"] }, false],
  ["failed over", { outcomes: ["failed_over"] }, true],
  ["with a kept answer", { outcomes: ["cached"] }, false],
  ["no outcome at all", { outcomes: [] }, true],
  ["its group", { group: "pool" }, true],
  ["another group", { group: "Pool" }, false],
  ["another provider", { provider: "spare" }, false],
  ["another model", { model: "" }, false],
  ["its key", { keyId: toId("key", "00000000-0000-7000-8000-000000000001") }, true],
  ["another key", { keyId: toId("key", "00000000-0000-7000-8000-000000000002") }, false],
  ["an error it has not", { errorCode: "internal" }, false],
])("with %s it means the call or not", (_what, some, meant) => {
  expect(matches(criteria(some), call)).toBe(meant);
});

it("refuses a key that is none", () => {
  expect(readFilter({ key: "gen_00000000000000000000000001" })).toMatchObject({ ok: false, failure: { code: "invalid_request", param: "filter.key" } });
  expect(readFilter({ key: formatId("key", toId("key", "00000000-0000-7000-8000-000000000001")) })).toMatchObject({
    ok: true,
    value: { keyId: "00000000-0000-7000-8000-000000000001" },
  });
});
