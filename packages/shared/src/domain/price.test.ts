import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toId } from "../kernel/id.ts";
import { nano } from "../kernel/money.ts";
import { costOf, worstCaseOf, type Price } from "./price.ts";
import { completionTokensOf, NO_USAGE, promptTokensOf } from "./usage.ts";

const price = (input: bigint, cached: bigint, write: bigint, output: bigint, reasoning: bigint): Price => ({
  id: toId("price", "00000000-0000-7000-8000-000000000000"),
  inputPerMillion: nano(input),
  cachedInputPerMillion: nano(cached),
  cacheWritePerMillion: nano(write),
  outputPerMillion: nano(output),
  reasoningPerMillion: nano(reasoning),
  perCall: nano(0n),
});
const tokens = fc.integer({ min: 0, max: 10_000_000 });
const amount = fc.bigInt(0n, 100_000_000_000n);

describe("the cost of a call", () => {
  test("is rounded up once, not part by part", () => {
    expect(costOf({ ...NO_USAGE, input: 1, output: 1 }, price(1n, 0n, 0n, 1n, 0n))).toBe(1n);
    expect(costOf({ ...NO_USAGE, input: 1_000_000 }, price(150_000_000n, 0n, 0n, 0n, 0n))).toBe(150_000_000n);
    expect(costOf(NO_USAGE, price(1n, 1n, 1n, 1n, 1n))).toBe(0n);
  });

  test("never passes the worst case of its tokens, whichever parts they are", () => {
    fc.assert(
      fc.property(
        fc.tuple(tokens, tokens, tokens, tokens, tokens),
        fc.tuple(amount, amount, amount, amount, amount),
        ([input, cachedInput, cacheWrite, output, reasoning], prices) => {
          const usage = { input, cachedInput, cacheWrite, output, reasoning };
          const one = price(...prices);
          return costOf(usage, one) <= worstCaseOf({ promptMax: promptTokensOf(usage), completionMax: completionTokensOf(usage) }, one);
        },
      ),
    );
  });

  test("grows with every part", () => {
    fc.assert(
      fc.property(tokens, tokens, amount, (a, b, each) => {
        const one = price(each, each, each, each, each);
        return costOf({ ...NO_USAGE, output: a }, one) <= costOf({ ...NO_USAGE, output: a + b }, one);
      }),
    );
  });
});
