import { describe, expect, test } from "vitest";
import { configuredPrice, snakePrice, writePrice } from "./price-fields.ts";

const written = {
  inputPerMillion: "2.50",
  cachedInputPerMillion: "1.25",
  cacheWritePerMillion: "2.50",
  outputPerMillion: "10.00",
  reasoningPerMillion: "10.00",
  audioInputPerMillion: "40.00",
  perImage: "0.04",
  perAudioHour: "0.36",
  perCall: "0.001",
  tiers: [
    {
      abovePromptTokens: 200_000,
      inputPerMillion: "5.00",
      cachedInputPerMillion: "2.50",
      cacheWritePerMillion: "5.00",
      outputPerMillion: "15.00",
      reasoningPerMillion: "15.00",
    },
  ],
};

describe("a price in a configuration", () => {
  test("is read and written without loss", () => {
    const terms = configuredPrice.parse(written);
    expect(terms).toMatchObject({
      inputPerMillion: 2_500_000_000n,
      perCall: 1_000_000n,
      further: { audioInput: 40_000_000_000n, images: 40_000_000n, audioMs: 360_000_000n },
    });
    expect(writePrice(terms)).toEqual(written);
    expect(configuredPrice.parse(writePrice(terms))).toEqual(terms);
    expect(snakePrice(terms)).toMatchObject({ audio_input_per_million: "40.00", per_image: "0.04", tiers: [{ above_prompt_tokens: 200_000 }] });
  });

  test("may use the units people think in", () => {
    const base = { inputPerMillion: "0", outputPerMillion: "0" };
    expect(configuredPrice.parse({ ...base, perAudioMinute: "0.006", perSearch: "0.01", perVideoSecond: "0.10", cacheWrite1hPerMillion: "6" }).further).toEqual(
      {
        audioMs: 360_000_000n,
        searches: 10_000_000_000n,
        videoMs: 360_000_000_000n,
        cacheWriteLong: 6_000_000_000n,
      },
    );
    expect(configuredPrice.parse("free").inputPerMillion).toBe(0n);
  });

  test.each([
    [{ inputPerMillion: "1" }, "outputPerMillion"],
    [{ inputPerMillion: "-1", outputPerMillion: "1" }, "inputPerMillion"],
    [{ inputPerMillion: "1", outputPerMillion: "1", perImage: "0.0000000001" }, "perImage"],
    [{ inputPerMillion: "1", outputPerMillion: "1", perVideoSecond: "9000000000" }, "perVideoSecond"],
    [{ inputPerMillion: "1", outputPerMillion: "1", perPicture: "1" }, "perPicture"],
    [
      {
        inputPerMillion: "1",
        outputPerMillion: "1",
        tiers: [
          { ...written.tiers[0], abovePromptTokens: 5 },
          { ...written.tiers[0], abovePromptTokens: 5 },
        ],
      },
      "ascend",
    ],
  ])("is refused when it is not one: %j", (wrong, word) => {
    const parsed = configuredPrice.safeParse(wrong);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(word);
  });
});
