/** Keys are unguessable, recognisable and never shown whole. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hasValidChecksum, hashApiKey, isKeyShaped, KEY_RANDOM_BYTES, makeApiKey, maskApiKey } from "./api-key.ts";

describe("a key that we make", () => {
  it("is sy- and forty letters and digits, with a checksum", () => {
    for (let round = 0; round < 200; round++) {
      const { secret } = makeApiKey(randomBytes(KEY_RANDOM_BYTES));
      expect(secret).toMatch(/^sy-[0-9A-Za-z]{40}$/);
      expect(hasValidChecksum(secret)).toBe(true);
      expect(isKeyShaped(secret)).toBe(true);
    }
  });

  it("says by its checksum that a letter was lost on the way", () => {
    const { secret } = makeApiKey(Buffer.alloc(KEY_RANDOM_BYTES, 7));
    for (let at = 3; at < secret.length; at++) {
      const wrong = secret.slice(0, at) + (secret[at] === "a" ? "b" : "a") + secret.slice(at + 1);
      expect(hasValidChecksum(wrong), wrong).toBe(false);
    }
    expect(hasValidChecksum("")).toBe(false);
  });

  it("uses every bit of its randomness", () => {
    const all = new Set(
      Array.from({ length: KEY_RANDOM_BYTES * 8 }, (_, bit) => {
        const random = Buffer.alloc(KEY_RANDOM_BYTES);
        random[bit >> 3] = 1 << (bit & 7);
        return makeApiKey(random).secret;
      }),
    );
    expect(all.size).toBe(KEY_RANDOM_BYTES * 8);
    expect(() => makeApiKey(Buffer.alloc(8))).toThrow(/random bytes/);
  });

  it("keeps of itself a hash, its beginning and its end", () => {
    const { secret, hash, prefix, lastFour } = makeApiKey(randomBytes(KEY_RANDOM_BYTES));
    expect(hash).toEqual(hashApiKey(secret));
    expect(hash).toHaveLength(32);
    expect(maskApiKey(secret)).toBe(`${prefix}…${lastFour}`);
    expect(prefix).toHaveLength(5);
    expect(maskApiKey(secret)).toHaveLength(10);
  });
});

it.each([
  ["a secret of a configuration file", "test-key-without-checksum", true],
  ["sixteen characters", "a".repeat(16), true],
  ["fifteen characters", "a".repeat(15), false],
  ["two hundred characters", "a".repeat(200), true],
  ["two hundred and one", "a".repeat(201), false],
  ["a blank within", "abcdefgh ijklmnopq", false],
  ["a NUL", "abcdefgh\u0000ijklmnopq", false],
  ["an umlaut", "abcdefghäijklmnopq", false],
])("takes %s for what it is", (_what, secret, shaped) => {
  expect(isKeyShaped(secret)).toBe(shaped);
});
