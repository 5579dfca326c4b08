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
      perImage: "0.04",
      perAudioHour: "0.36",
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

  test("does not give away what is no token where a prompt is long", () => {
    const { perImage: _image, perAudioHour: _hour, ...tier } = written.tiers[0] as Record<string, unknown>;
    expect(configuredPrice.parse({ ...written, tiers: [tier] })).toEqual(configuredPrice.parse(written));
  });

  test("may have other rates for service tiers: its own, or a multiple of the ordinary ones", () => {
    const terms = configuredPrice.parse({
      ...written,
      serviceTiers: { flex: { multiplier: "0.5" }, priority: { inputPerMillion: "5", outputPerMillion: "17.5" } },
    });
    expect(terms.serviceTiers?.flex).toMatchObject({
      inputPerMillion: 1_250_000_000n,
      cachedInputPerMillion: 625_000_000n,
      // Tokens by the multiplier, everything else as ever.
      further: { audioInput: 20_000_000_000n, images: 40_000_000n, audioMs: 360_000_000n },
      perCall: 1_000_000n,
      tiers: [{ abovePromptTokens: 200_000, outputPerMillion: 7_500_000_000n }],
    });
    expect(terms.serviceTiers?.priority).toEqual({
      inputPerMillion: 5_000_000_000n,
      cachedInputPerMillion: 5_000_000_000n,
      cacheWritePerMillion: 5_000_000_000n,
      outputPerMillion: 17_500_000_000n,
      reasoningPerMillion: 17_500_000_000n,
      further: { images: 40_000_000n, audioMs: 360_000_000n },
      perCall: 1_000_000n,
    });
    expect(configuredPrice.parse(writePrice(terms))).toEqual(terms);
    expect(snakePrice(terms)).toMatchObject({ service_tiers: { priority: { output_per_million: "17.50" } } });
    // A third of a nano-dollar is charged as a whole one.
    expect(configuredPrice.parse({ inputPerMillion: "0.000000001", outputPerMillion: "0", serviceTiers: { flex: { multiplier: "0.333" } } })).toMatchObject({
      serviceTiers: { flex: { inputPerMillion: 1n } },
    });
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
    [{ inputPerMillion: "1", outputPerMillion: "1", serviceTiers: { turbo: { multiplier: "2" } } }, "turbo"],
    [{ inputPerMillion: "1", outputPerMillion: "1", serviceTiers: { flex: { multiplier: "-0.5" } } }, "from"],
    [{ inputPerMillion: "1", outputPerMillion: "1", serviceTiers: { flex: { multiplier: 0.5 } } }, "multiplier"],
    [{ inputPerMillion: "9000000000", outputPerMillion: "1", serviceTiers: { priority: { multiplier: "2" } } }, "multiplier"],
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
