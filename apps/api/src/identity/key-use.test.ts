/** A use of a key is kept until it is written, once for each key, and only the latest. */
import { describe, expect, it } from "vitest";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { KeyUse } from "./key-use.ts";
import { keyPrincipal } from "./testing/key-principal.ts";

const principal = (key: string): KeyPrincipal => keyPrincipal({ keyId: toId("key", key) });
const used = (key: string, at: number) => ({ workspaceId: "w", keyId: key, at });

describe("the uses of keys", () => {
  it("are one for each key, the latest, whichever answer about the key was in hand", () => {
    const uses = new KeyUse();
    const [earlier, later, other] = [principal("a"), principal("a"), principal("b")];
    uses.note(earlier, toEpochMs(1));
    uses.note(later, toEpochMs(5));
    uses.note(earlier, toEpochMs(3));
    uses.note(other, toEpochMs(2));
    expect(uses.take()).toEqual([used("a", 5), used("b", 2)]);
  });

  it("are taken once", () => {
    const uses = new KeyUse();
    uses.note(principal("a"), toEpochMs(1));
    expect(uses.take()).toHaveLength(1);
    expect(uses.take()).toEqual([]);
  });

  it("that could not be written are taken again, unless a later one is known", () => {
    const uses = new KeyUse();
    uses.note(principal("a"), toEpochMs(1));
    uses.note(principal("b"), toEpochMs(1));
    const taken = uses.take();
    uses.note(principal("a"), toEpochMs(7));
    uses.putBack(taken);
    expect(uses.take()).toEqual([used("a", 7), used("b", 1)]);
    expect(uses.take()).toEqual([]);
  });
});
