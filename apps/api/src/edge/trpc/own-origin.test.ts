/** A page is ours when it came from where the request goes to, or from the public address. */
import { expect, it } from "vitest";
import { isOwnOrigin } from "./own-origin.ts";

it.each<[string | undefined, string | undefined, string | undefined, boolean]>([
  ["http://127.0.0.1:4100", "127.0.0.1:4100", undefined, true],
  ["https://gateway.test", "gateway.test", undefined, true],
  ["https://gateway.test", "GATEWAY.test", undefined, true],
  ["https://gateway.test", "internal:4100", "https://gateway.test/console", true],
  ["https://gateway.test", "internal:4100", "https://other.test", false],
  ["http://127.0.0.1:4101", "127.0.0.1:4100", undefined, false],
  ["http://gateway.test", "internal", "https://gateway.test", false],
  ["https://evil.test", "gateway.test", "https://gateway.test", false],
  ["https://gateway.test.evil.test", "gateway.test", undefined, false],
  ["https://evil.test/https://gateway.test", "gateway.test", undefined, false],
  ["https://user@gateway.test", "gateway.test", undefined, false],
  ["file://", "", undefined, false],
  ["chrome-extension://gateway.test", "gateway.test", undefined, false],
  ["null", "null", undefined, false],
  ["", "", undefined, false],
  [undefined, "gateway.test", "https://gateway.test", false],
  ["https://gateway.test", undefined, undefined, false],
])("%s to %s, publicly %s: %s", (origin, host, publicUrl, own) => {
  expect(isOwnOrigin(origin, host, publicUrl)).toBe(own);
});
