import { describe, expect, test } from "vitest";
import { FREE } from "./price-fields.ts";
import { planImport, type ImportWish } from "./import-plan.ts";
import { createPriceBook } from "./price-book.sdk.ts";

const book = createPriceBook(() => new Date("2026-11-21T00:00:00Z"));
const provider = { name: "openai", kind: "openai", baseUrl: "https://api.openai.com/v1" } as const;
const wish = (extra: Partial<ImportWish> = {}): ImportWish => ({ aliasPrefix: "", include: [], exclude: [], ...extra });
const listed = ["gpt-4o-mini", "gpt-4o", "org/unknown-1", "gpt-4o-mini-tts", "gpt-4o"].map((id) => ({ id }));
const idsOf = (extra: Partial<ImportWish>) => planImport(listed, wish(extra), { provider, present: new Map(), book }).planned.map(({ id }) => id);

describe("an import", () => {
  test("chooses by words, in any case, and by ids; each model once", () => {
    expect(idsOf({})).toEqual(["gpt-4o", "gpt-4o-mini", "gpt-4o-mini-tts", "org/unknown-1"]);
    expect(idsOf({ include: ["MINI", "unknown"], exclude: ["tts"] })).toEqual(["gpt-4o-mini", "org/unknown-1"]);
    expect(idsOf({ models: [{ id: "gpt-4o" }] })).toEqual(["gpt-4o"]);
  });

  test("says what is missing and how many are left out", () => {
    const plan = planImport(listed, wish({ models: [{ id: "gpt-4o" }, { id: "gone" }] }), { provider, present: new Map(), book });
    expect(plan).toMatchObject({ missing: ["gone"], leftOut: 3 });
  });

  test("takes the price that was wished for, else what is there, else the list's, else the book's, else none", () => {
    const mine = { ...FREE, inputPerMillion: 7n };
    const there = { ...FREE, inputPerMillion: 8n };
    const own = { ...FREE, inputPerMillion: 9n };
    const present = new Map([["gpt-4o", { enabled: false, price: { terms: there, source: "configuration" } }]]);
    const plan = planImport(
      [{ id: "gpt-4o-mini" }, { id: "gpt-4o" }, { id: "a", price: own }, { id: "b" }, { id: "c" }],
      wish({ models: [{ id: "gpt-4o-mini" }, { id: "gpt-4o" }, { id: "a" }, { id: "b", price: mine }, { id: "c" }] }),
      { provider, present, book },
    );
    const source = Object.fromEntries(plan.planned.map((one) => [one.id, [one.priceSource, one.price?.inputPerMillion]]));
    expect(source).toEqual({
      a: ["list of openai", 9n],
      b: ["import", 7n],
      c: [undefined, undefined],
      "gpt-4o": ["configuration", 8n],
      "gpt-4o-mini": [book.source(), 150_000_000n],
    });
    expect(plan.planned.find(({ id }) => id === "gpt-4o")?.change).toBe("off");
  });

  test("makes an alias of the prefix and the last part of the name", () => {
    const plan = planImport(listed, wish({ aliasPrefix: "acme." }), { provider, present: new Map(), book });
    expect(plan.planned.map(({ alias }) => alias)).toContain("acme.unknown-1");
  });
});
