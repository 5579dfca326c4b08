import { describe, expect, it } from "vitest";
import type { ModelRow } from "@switchyard/shared/wire/console/providers";
import { faultsOfPrice, priceFieldsOf, priceOf } from "./model-form.ts";

const rates = {
  inputPerMillion: 1_000_000_000n,
  cachedInputPerMillion: 500_000_000n,
  cacheWritePerMillion: 1_000_000_000n,
  outputPerMillion: 2_000_000_000n,
  reasoningPerMillion: 2_000_000_000n,
};
const model = {
  price: {
    ...rates,
    id: "p",
    effectiveAt: new Date(0),
    source: "x",
    perCall: 0n,
    further: { audioInput: 3_000_000_000n },
    tiers: [{ ...rates, abovePromptTokens: 5 }],
    serviceTiers: { flex: { ...rates, perCall: 7n, tiers: [{ ...rates, abovePromptTokens: 9 }] } },
  },
} as unknown as ModelRow;

describe("the form of a price", () => {
  it("shows what is there and gives it back with everything it does not show", () => {
    const fields = priceFieldsOf(model);
    expect(fields).toMatchObject({ inputPerMillion: "1.00", cachedInputPerMillion: "0.50", perCall: "0.00" });
    expect(faultsOfPrice(fields)).toEqual([]);
    expect(priceOf({ ...fields, outputPerMillion: " 9 ", reasoningPerMillion: "" }, model)).toMatchObject({
      inputPerMillion: "1.00",
      outputPerMillion: "9",
      audioInputPerMillion: "3.00",
      tiers: [{ abovePromptTokens: 5, outputPerMillion: "2.00" }],
      serviceTiers: { flex: { inputPerMillion: "1.00", perCall: "0.000000007", tiers: [{ abovePromptTokens: 9, cachedInputPerMillion: "0.50" }] } },
    });
    expect(priceOf({ ...fields, reasoningPerMillion: "" }, model)).not.toHaveProperty("reasoningPerMillion");
  });

  it("needs input and output, and amounts that are none are faults", () => {
    const empty = priceFieldsOf({ price: undefined } as unknown as ModelRow);
    expect(faultsOfPrice(empty)).toEqual(["inputPerMillion", "outputPerMillion"]);
    expect(faultsOfPrice({ ...empty, inputPerMillion: "0", outputPerMillion: "1e3", perCall: "-1" })).toEqual(["outputPerMillion", "perCall"]);
  });
});
