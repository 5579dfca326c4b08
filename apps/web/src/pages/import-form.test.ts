import { describe, expect, it } from "vitest";
import type { ImportOutcomeRow } from "@switchyard/shared/wire/console/imports";
import { chosenOf, isAlias, isPrice, wordsOf } from "./import-form.ts";

const priced = (id: string, input: bigint | undefined): ImportOutcomeRow["models"][number] => ({
  id,
  alias: undefined,
  change: "new",
  contextWindow: undefined,
  maxOutput: undefined,
  capabilities: [],
  price:
    input === undefined
      ? undefined
      : {
          inputPerMillion: input,
          cachedInputPerMillion: 0n,
          cacheWritePerMillion: 0n,
          outputPerMillion: 2n * input,
          reasoningPerMillion: 0n,
          perCall: 0n,
        },
  priceSource: undefined,
});

describe("the form of an import", () => {
  it("reads words with commas between them", () => {
    expect(wordsOf(" llama, ,qwen ,")).toEqual(["llama", "qwen"]);
    expect(wordsOf("")).toEqual([]);
  });

  it("takes a price whole or not at all", () => {
    expect(isPrice({ input: "", output: " " })).toBe(true);
    expect(isPrice({ input: "0.15", output: "0" })).toBe(true);
    for (const half of [
      { input: "1", output: "" },
      { input: "", output: "1" },
      { input: "-1", output: "1" },
      { input: "1e3", output: "1" },
    ])
      expect(isPrice(half)).toBe(false);
  });

  it("asks for a price only where it was changed", () => {
    const models = [priced("a", 1_000_000_000n), priced("b", 1_000_000_000n), priced("c", undefined), priced("d", undefined)];
    const typed = { a: { input: "1.00", output: "2.00" }, b: { input: "3", output: "4" }, c: { input: "0", output: "0" } };
    expect(chosenOf(models, new Set(["a", "b", "c", "d"]), typed)).toEqual([
      { id: "a" },
      { id: "b", price: { inputPerMillion: "3", outputPerMillion: "4" } },
      { id: "c", price: { inputPerMillion: "0", outputPerMillion: "0" } },
      { id: "d" },
    ]);
    expect(chosenOf(models, new Set(["b"]), {})).toEqual([{ id: "b" }]);
  });

  it("knows what an alias may begin with", () => {
    expect(isAlias("groq.")).toBe(true);
    expect(isAlias("")).toBe(true);
    expect(isAlias("a b")).toBe(false);
  });
});
