import { describe, expect, it } from "vitest";
import { isCallId, matchItems, scoreOf, type PaletteItem } from "./palette-items.ts";

const item = (label: string): PaletteItem => ({ id: label, section: "pages", label, href: `/${label}` });

describe("the palette", () => {
  it("prefers the start of a name, then of a word, then any place, then letters in order", () => {
    expect([scoreOf("Providers", "pro"), scoreOf("API keys", "key"), scoreOf("Wallet", "all"), scoreOf("Overview", "ovw"), scoreOf("Calls", "xyz")]).toEqual([
      5, 4, 3, 2, 0,
    ]);
  });
  it("keeps the order of equals and offers everything for no text", () => {
    expect(matchItems([item("Calls"), item("Groups")], "").map(({ label }) => label)).toEqual(["Calls", "Groups"]);
    expect(matchItems([item("chat-pool"), item("pool")], "pool").map(({ label }) => label)).toEqual(["pool", "chat-pool"]);
  });
  it("knows a call's id when it sees one", () => {
    expect(isCallId(" gen_01jd0000000000000000000001 ")).toBe(true);
    expect(isCallId("gen_")).toBe(false);
    expect(isCallId("key_01jd0000000000000000000001")).toBe(false);
  });
});
