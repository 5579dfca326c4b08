import { expect, test } from "vitest";
import { derivedUuid } from "./derived-uuid.ts";
import { secretBox } from "./secret-box.ts";

const nonce = Buffer.alloc(12, 7);

test("a sealed secret opens with the same secret in the same place, and nowhere else", () => {
  const box = secretBox("s".repeat(32));
  const sealed = box.seal("sk-provider", "row-1", nonce);
  expect(sealed.includes("sk-provider")).toBe(false);
  expect(box.open(sealed, "row-1")).toBe("sk-provider");
  expect(() => box.open(sealed, "row-2")).toThrow(/unable to authenticate/);
  expect(() => secretBox("t".repeat(32)).open(sealed, "row-1")).toThrow(/unable to authenticate/);
  const changed = Buffer.from(sealed);
  changed.writeUInt8(changed.readUInt8(20) ^ 1, 20);
  expect(() => box.open(changed, "row-1")).toThrow(/unable to authenticate/);
});

test("a derived UUID is of version 5 and follows from its name (RFC 9562, appendix A.4)", () => {
  expect(derivedUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
});
