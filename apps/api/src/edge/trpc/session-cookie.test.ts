/** A session's cookie is found among others, and nothing else is taken for one. */
import { expect, it } from "vitest";
import { noSessionCookie, readSessionCookie, sessionCookie } from "./session-cookie.ts";

const token = "A-_9".repeat(10) + "abc";

it.each([
  [`sy_session=${token}`, token],
  [`a=1; sy_session=${token}; b=2`, token],
  [`sy_session=short; sy_session=${token}`, token],
  [`xsy_session=${token}`, undefined],
  [`sy_session=${token}x`, undefined],
  [`sy_session="${token}"`, undefined],
  ["sy_session", undefined],
  ["", undefined],
  [undefined, undefined],
])("in %s is %s", (header, found) => {
  expect(readSessionCookie(header)).toBe(found);
});

it("is limited to https where the console is", () => {
  expect(sessionCookie(token, true)).toBe(`sy_session=${token}; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure`);
  expect(sessionCookie(token, false)).not.toContain("Secure");
  expect(noSessionCookie(true)).toBe("sy_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure");
});
