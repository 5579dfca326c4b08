import { expect, test } from "vitest";
import { sessionOf } from "./session-of.ts";

test("a session is named by the first header that has one", () => {
  expect(sessionOf({ "x-session-affinity": "b", "x-session-id": " a " })).toBe("a");
  expect(sessionOf({ "x-session-id": "", "x-claude-code-session-id": "c" })).toBe("c");
  expect(sessionOf({ "session-id": "d" })).toBe("d");
  expect(sessionOf({ host: "e" })).toBeUndefined();
  expect(sessionOf({ "x-session-id": "x".repeat(1_000) })).toHaveLength(256);
});
