import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toId } from "@switchyard/shared/kernel/id";
import { nano } from "@switchyard/shared/kernel/money";
import type { Price } from "@switchyard/shared/domain/price";
import { affordableOutput, CLAMPED_OUTPUT_MIN, mediaTokensOf, promptTokensMax, worstCase, type CallDemand } from "./estimate.ts";

const price = (input: bigint, output: bigint): Price => ({
  id: toId("price", "00000000-0000-7000-8000-000000000000"),
  inputPerMillion: nano(input),
  cachedInputPerMillion: nano(input),
  cacheWritePerMillion: nano(input),
  outputPerMillion: nano(output),
  reasoningPerMillion: nano(output),
  perCall: nano(0n),
});

/** A prompt of so many tokens of text at most. */
const text = (tokens: number, choices: number): CallDemand => ({ prompt: { bytes: 3 * tokens, messages: 0, mediaParts: 0 }, choices });

describe("the worst case", () => {
  test("counts a prompt for at most a third of its bytes and a little for each message", () => {
    expect(promptTokensMax({ bytes: 300, messages: 2, mediaParts: 0 })).toBe(116);
    expect(promptTokensMax({ bytes: 0, messages: 0, mediaParts: 1 })).toBeGreaterThan(1_000);
  });

  test("is that of the dearest planned attempt, for all choices together", () => {
    const cheap = { price: price(1_000_000n, 2_000_000n), maxOutput: 1_000 };
    const dear = { price: price(3_000_000n, 15_000_000n), maxOutput: 100 };
    expect(worstCase(text(10, 1), [cheap, dear])).toBe(2_010n);
    expect(worstCase(text(10, 3), [cheap, dear])).toBe(6_010n);
    expect(worstCase(text(10, 1), [])).toBe(0n);
  });
});

describe("what is no text", () => {
  const terms: Price = {
    ...price(1_000_000n, 10_000_000n),
    further: { audioInput: 40_000_000n, audioOutput: 80_000_000n, images: 40_000_000n, searches: 10_000_000n },
  };

  test("is held for by its size, at the dearest rate it can meet, never beyond the model's window", () => {
    const sound = { kind: "audio", bytes: 1_600_000, remote: false } as const;
    const mediaTokensMax = mediaTokensOf([sound]);
    expect(mediaTokensMax).toBe(4_096 + 10_000);
    expect(mediaTokensOf([sound, { kind: "image", bytes: 9_000_000, remote: false }, { kind: "file", bytes: 0, remote: true }])).toBe(14_096 + 4_096 + 32_768);
    const demand = { prompt: { bytes: 0, messages: 0, mediaParts: 1, mediaTokensMax }, choices: 1 };
    expect(worstCase(demand, [{ price: terms, maxOutput: 0 }])).toBe(14_096n * 40n);
    expect(worstCase(demand, [{ price: terms, maxOutput: 0, contextWindow: 1_000 }])).toBe(40_000n);
  });

  test("counts pictures and searches asked for, and spoken answers only where they were asked for", () => {
    expect(worstCase({ ...text(0, 1), units: { images: 3 } }, [{ price: terms, maxOutput: 0 }])).toBe(120_000_000n);
    // What was found is prompt, too.
    expect(worstCase(text(0, 1), [{ price: terms, maxOutput: 0, searches: 100 }])).toBe(1_000_000n + 100n * 8_192n * 40n);
    expect(worstCase(text(0, 1), [{ price: terms, maxOutput: 0, searches: 100, contextWindow: 1_000 }])).toBe(1_000_000n + 40_000n);
    expect(worstCase({ ...text(0, 2), mediaOutput: true }, [{ price: terms, maxOutput: 10 }])).toBe(1_600n);
    expect(worstCase(text(0, 2), [{ price: terms, maxOutput: 10 }])).toBe(200n);
  });
});

describe("a clamped output", () => {
  test("fits into what is left, whichever attempt answers, and is no smaller than it must be", () => {
    const amount = fc.bigInt(0n, 100_000_000_000n);
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10_000_000_000n),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.tuple(amount, amount, fc.integer({ min: 1, max: 200_000 })), { minLength: 1, maxLength: 4 }),
        (available, promptMax, choices, rows) => {
          const demand = text(promptMax, choices);
          const planned = rows.map(([input, output, maxOutput]) => ({ price: price(input, output), maxOutput }));
          const cap = affordableOutput(nano(available), demand, planned);
          if (cap === undefined) return true;
          const clamped = planned.map((one) => ({ ...one, maxOutput: Math.min(one.maxOutput, cap) }));
          return cap >= CLAMPED_OUTPUT_MIN && worstCase(demand, clamped) <= available;
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is refused when not even the prompt can be paid", () => {
    expect(affordableOutput(nano(1n), text(1_000_000, 1), [{ price: price(1_000_000_000n, 1n), maxOutput: 1_000 }])).toBeUndefined();
  });
});
