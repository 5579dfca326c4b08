/** A password is derived, not stored, and means the same however its accents are composed. */
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { DERIVED_BYTES, derivePassword, SALT_BYTES } from "./password.ts";

it("derives the same from the same password and salt, and nothing alike from another", async () => {
  const [salt, other] = [randomBytes(SALT_BYTES), randomBytes(SALT_BYTES)];
  const [a, again, otherSalt, otherCase] = await Promise.all([
    derivePassword("Correct Horse", salt),
    derivePassword("Correct Horse", salt),
    derivePassword("Correct Horse", other),
    derivePassword("correct horse", salt),
  ]);
  expect(a).toHaveLength(DERIVED_BYTES);
  expect(a.equals(again)).toBe(true);
  expect(a.equals(otherSalt)).toBe(false);
  expect(a.equals(otherCase)).toBe(false);
});

it("takes composed and decomposed letters for the same password", async () => {
  const salt = randomBytes(SALT_BYTES);
  expect((await derivePassword("caf\u00e9 au lait", salt)).equals(await derivePassword("cafe\u0301 au lait", salt))).toBe(true);
});

it("costs what RFC 7914 says these parameters yield", async () => {
  // scrypt(N=32768, r=8, p=1) of a fixed input, computed once with another implementation of RFC 7914 (Python's hashlib).
  const derived = await derivePassword("pleaseletmein", Buffer.from("SodiumChloride!!"));
  expect(derived.toString("hex")).toBe("258281b8b0d07a3756f753a80150a2191f5f3bb88a9c6f132cc6c976b83074f7");
});
