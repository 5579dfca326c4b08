import { expect, test } from "vitest";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { Offer } from "../../../routing/resolve.ts";
import { messagesModelOf, modelPageOf } from "./models.ts";

const offer = (name: string, ...models: Partial<CatalogModel>[]): Offer => ({
  name,
  targets: models.map((model) => ({ model: model as CatalogModel, priority: 1, weight: 1 })),
});
const offers = ["a", "b", "c", "d", "e"].map((name) => offer(name));
const page = (query: Record<string, unknown>) => {
  const made = modelPageOf(offers, query);
  if (!made.ok) return made.failure.param;
  const { data, ...rest } = made.value as { data: { id: string }[] };
  return { ids: data.map((one) => one.id).join(""), ...rest };
};

test.each<[Record<string, unknown>, unknown]>([
  [{}, { ids: "abcde", has_more: false, first_id: "a", last_id: "e" }],
  [{ limit: "2" }, { ids: "ab", has_more: true, first_id: "a", last_id: "b" }],
  [
    { limit: "2", after_id: "b" },
    { ids: "cd", has_more: true, first_id: "c", last_id: "d" },
  ],
  [
    { limit: "2", after_id: "d" },
    { ids: "e", has_more: false, first_id: "e", last_id: "e" },
  ],
  [
    { limit: "2", before_id: "d" },
    { ids: "bc", has_more: true, first_id: "b", last_id: "c" },
  ],
  [{ after_id: "e" }, { ids: "", has_more: false, first_id: null, last_id: null }],
  [{ limit: "0" }, "limit"],
  [{ limit: "x" }, "limit"],
  [{ after_id: "none" }, "after_id"],
  [{ before_id: "none" }, "before_id"],
])("%j", (query, expected) => {
  expect(page(query)).toEqual(expected);
});

test("a group promises what each of its targets can", () => {
  expect(messagesModelOf(offer("pool", { contextWindow: 200, maxOutput: 20 }, { contextWindow: 100, maxOutput: undefined }))).toMatchObject({
    type: "model",
    id: "pool",
    display_name: "pool",
    max_input_tokens: 100,
    max_tokens: 20,
  });
});
