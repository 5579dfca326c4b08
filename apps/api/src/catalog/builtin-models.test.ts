import { expect, test } from "vitest";
import { builtinProviders, type BuiltinKeys } from "./builtin-models.ts";
import { checkConfig } from "./config-file.ts";
import { createPriceBook } from "./price-book.sdk.ts";

const book = createPriceBook(() => new Date("2026-11-21T12:00:00Z"));
const none: BuiltinKeys = { openai: undefined, anthropic: undefined, google: undefined, xai: undefined, openrouter: undefined };
const kinds = Object.keys(none) as (keyof BuiltinKeys)[];

test.each(kinds)("a key for %s in the environment registers it alone, with models that can be called", (kind) => {
  const providers = builtinProviders({ ...none, [kind]: "the-key" }, book);
  expect(providers).toMatchObject([{ name: kind, kind, apiKey: "the-key" }]);
  const checked = checkConfig({ providers }, {});
  expect(checked.ok && checked.value.providers?.[0]?.models?.length).toBeGreaterThan(1);
});

test("without a key there is no provider", () => {
  expect(builtinProviders(none, book)).toEqual([]);
});
