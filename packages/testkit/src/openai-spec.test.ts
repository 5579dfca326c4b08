import { describe, expect, test } from "vitest";
import { hasOpenAiSpec, openAiSpec } from "./openai-spec.ts";

const usage = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 2,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 3,
};
const delta = { type: "response.output_text.delta", item_id: "m", output_index: 0, content_index: 0, delta: "x", sequence_number: 4, logprobs: [] };

describe.runIf(hasOpenAiSpec)("OpenAI's description of its API", { timeout: 60_000 }, () => {
  test("accepts what OpenAI documents, unknown fields included", () => {
    expect(openAiSpec().faultsOf("ResponseUsage", { ...usage, cost: "0.1" })).toEqual([]);
    expect(openAiSpec().faultsOf("ResponseStreamEvent", delta)).toEqual([]);
  });

  test("names what is missing or of another type, and where", () => {
    const { total_tokens: _total, ...partial } = usage;
    expect(openAiSpec().faultsOf("ResponseUsage", partial).join()).toContain("total_tokens");
    expect(
      openAiSpec()
        .faultsOf("ResponseUsage", { ...usage, output_tokens: "2" })
        .join(),
    ).toContain("/output_tokens");
  });

  test("names a fault in an alternative by the alternative that was meant", () => {
    const { item_id: _item, ...partial } = delta;
    const faults = openAiSpec().faultsOf("ResponseStreamEvent", partial);
    expect(faults.join()).toContain("item_id");
    expect(faults).toHaveLength(1);
  });

  test("refuses a schema that does not exist", () => {
    expect(() => openAiSpec().faultsOf("NoSuchThing", {})).toThrow("NoSuchThing");
  });
});
