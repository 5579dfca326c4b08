import fc from "fast-check";
import { expect, test } from "vitest";
import { formatId, parseId, toId } from "./id.ts";

test("the public form of an id is read back to the same UUID, and by no other kind", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const text = formatId("call", toId("call", uuid));
      return (
        /^gen_[0-9a-hjkmnp-tv-z]{26}$/.test(text) && parseId("call", text) === uuid && parseId("key", text) === undefined && parseId("call", uuid) === uuid
      );
    }),
  );
});

test("public ids sort as their UUIDs do", () => {
  fc.assert(fc.property(fc.uuid(), fc.uuid(), (a, b) => a < b === formatId("call", toId("call", a)) < formatId("call", toId("call", b))));
});

test.each(["", "gen_", "gen_short", `gen_${"z".repeat(26)}`, `gen_${"U".repeat(26)}`, `GEN_${"0".repeat(26)}`, "'; drop table calls"])(
  "%j is no id",
  (text) => {
    expect(parseId("call", text)).toBeUndefined();
  },
);
