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
  [["route", "--model", "pool"], { kind: "route", ask: { model: "pool" } }],
  [
    ["route", "--model=m", "--key", "acme/ci", "--at", "+5m", "--session", "s", "--whole"],
    { kind: "route", ask: { model: "m", key: "acme/ci", at: "+5m", session: "s", stream: false } },
  ],
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
  [["route"], "--model"],
  [["route", "--modle", "x"], "--modle"],
  [["route", "pool"], "pool"],
  [["database-url", "toString"], "superuser"],
])("the words %j are a mistake that is named", (words, part) => {
  expect(parseCommand(words)).toMatchObject({ kind: "mistake", text: expect.stringContaining(part) as string });
});

test("the usage names every command", () => {
  for (const name of ["apply", "export", "password", "invariants", "route", "database-url", "help"]) expect(USAGE).toContain(`\n  ${name}`);
});
