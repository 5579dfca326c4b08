import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toId } from "@switchyard/shared/kernel/id";
import { nano } from "@switchyard/shared/kernel/money";
import type { Price } from "@switchyard/shared/domain/price";
import { affordableOutput, CLAMPED_OUTPUT_MIN, promptTokensMax, worstCase } from "./estimate.ts";

const price = (input: bigint, output: bigint): Price => ({
  id: toId("price", "00000000-0000-7000-8000-000000000000"),
  inputPerMillion: nano(input),
  cachedInputPerMillion: nano(input),
  cacheWritePerMillion: nano(input),
  outputPerMillion: nano(output),
  reasoningPerMillion: nano(output),
  perCall: nano(0n),
});

describe("the worst case", () => {
  test("counts a prompt for at most a third of its bytes and a little for each message", () => {
    expect(promptTokensMax({ bytes: 300, messages: 2, mediaParts: 0 })).toBe(116);
    expect(promptTokensMax({ bytes: 0, messages: 0, mediaParts: 1 })).toBeGreaterThan(1_000);
  });

  test("is that of the dearest planned attempt, for all choices together", () => {
    const cheap = { price: price(1_000_000n, 2_000_000n), maxOutput: 1_000 };
    const dear = { price: price(3_000_000n, 15_000_000n), maxOutput: 100 };
    expect(worstCase(10, 1, [cheap, dear])).toBe(2_010n);
    expect(worstCase(10, 3, [cheap, dear])).toBe(6_010n);
    expect(worstCase(10, 1, [])).toBe(0n);
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
          const planned = rows.map(([input, output, maxOutput]) => ({ price: price(input, output), maxOutput }));
          const cap = affordableOutput(nano(available), promptMax, choices, planned);
          if (cap === undefined) return true;
          const clamped = planned.map((one) => ({ ...one, maxOutput: Math.min(one.maxOutput, cap) }));
          return cap >= CLAMPED_OUTPUT_MIN && worstCase(promptMax, choices, clamped) <= available;
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is refused when not even the prompt can be paid", () => {
    expect(affordableOutput(nano(1n), 1_000_000, 1, [{ price: price(1_000_000_000n, 1n), maxOutput: 1_000 }])).toBeUndefined();
  });
});
