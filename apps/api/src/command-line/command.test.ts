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
  [["import", "groq"], { kind: "import", ask: { provider: "groq", dryRun: false, include: [], exclude: [] } }],
  [
    ["import", "--dry-run", "--include", "llama", "--include", "qwen", "--exclude", "guard", "groq", "--alias", "g.", "--model", "a/b"],
    { kind: "import", ask: { provider: "groq", dryRun: true, include: ["llama", "qwen"], exclude: ["guard"], aliasPrefix: "g.", models: ["a/b"] } },
  ],
  [["import-undo", "aud_1"], { kind: "import-undo", importId: "aud_1" }],
  [["prices", "--online"], { kind: "prices", ask: { dryRun: false, online: true } }],
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
  [["import"], "PROVIDER"],
  [["import", "a", "b"], "PROVIDER"],
  [["import", "a", "--frob"], "frob"],
  [["import-undo"], "ID"],
  [["prices", "--frob"], "frob"],
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
