import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("migrations are one row of numbers, so that those of two changes never meet in an order that a database has not seen", () => {
  const names = readdirSync(fileURLToPath(new URL("../migrations/", import.meta.url))).toSorted();
  expect(names.map((name) => Number.parseInt(name, 10))).toEqual(names.map((_, index) => index + 1));
});
