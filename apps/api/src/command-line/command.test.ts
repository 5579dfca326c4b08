import { expect, test } from "vitest";
import { parseCommand, USAGE } from "./command.ts";

test.each([
  [[], { kind: "help" }],
  [["--help"], { kind: "help" }],
  [["apply", "a.json"], { kind: "apply", file: "a.json" }],
  [["export"], { kind: "export", file: undefined }],
  [["export", "b.json"], { kind: "export", file: "b.json" }],
  [["password", "a@b.test"], { kind: "password", email: "a@b.test" }],
  [["invariants"], { kind: "invariants" }],
  [["database-url"], { kind: "database-url", login: "app" }],
  [["database-url", "superuser"], { kind: "database-url", login: "superuser" }],
])("the words %j are a command", (words, command) => {
  expect(parseCommand(words)).toEqual(command);
});

test.each([
  [["apply"], "FILE"],
  [["password"], "EMAIL"],
  [["frobnicate"], "frobnicate"],
  [["export", "a", "b"], "at most one"],
  [["invariants", "x"], "nothing"],
  [["database-url", "toString"], "superuser"],
])("the words %j are a mistake that is named", (words, part) => {
  expect(parseCommand(words)).toMatchObject({ kind: "mistake", text: expect.stringContaining(part) as string });
});

test("the usage names every command", () => {
  for (const name of ["apply", "export", "password", "invariants", "database-url", "help"]) expect(USAGE).toContain(`\n  ${name}`);
});
