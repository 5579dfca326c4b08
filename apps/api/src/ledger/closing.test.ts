import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nano } from "@switchyard/shared/kernel/money";
import { NO_USAGE } from "@switchyard/shared/domain/usage";
import { closing, type Terms } from "./closing.ts";

const terms: Terms = {
  price: {
    inputPerMillion: nano(1_000_000n),
    cachedInputPerMillion: nano(500_000n),
    cacheWritePerMillion: nano(1_000_000n),
    outputPerMillion: nano(10_000_000n),
    reasoningPerMillion: nano(10_000_000n),
    perCall: nano(0n),
  },
  held: nano(5_000n),
  prompt: { bytes: 400, messages: 2, mediaParts: 0 },
  completionMax: 500,
};

describe("a call that ended", () => {
  test("with reported usage costs exactly that", () => {
    const usage = { ...NO_USAGE, input: 100, cachedInput: 20, output: 50 };
    expect(closing({ usage, outputBytes: 200, complete: true }, terms)).toEqual({ void: false, usage, basis: "usage", suspect: false, cost: 610n });
  });

  test("without usage costs what it likely was, never more than its hold", () => {
    expect(closing({ usage: undefined, outputBytes: 400, complete: false }, terms)).toMatchObject({ void: false, basis: "estimate", cost: 100n + 8n + 1_000n });
    expect(closing({ usage: undefined, outputBytes: 10_000_000, complete: false }, terms).cost).toBe(terms.held);
  });

  test("without any output costs nothing, even when the provider counts a prompt", () => {
    for (const complete of [true, false]) {
      expect(closing({ usage: undefined, outputBytes: 0, complete }, terms)).toMatchObject({ void: true, cost: 0n, basis: "none" });
      expect(closing({ usage: { ...NO_USAGE, input: 100 }, outputBytes: 0, complete }, terms)).toMatchObject({ void: true, cost: 0n });
    }
  });

  test("with a report beyond what was asked is marked and cut to its hold", () => {
    expect(closing({ usage: { ...NO_USAGE, input: 10, output: 1_000_000 }, outputBytes: 40, complete: true }, terms)).toMatchObject({
      suspect: true,
      cost: terms.held,
    });
    expect(closing({ usage: { ...NO_USAGE, input: 1_000_000, output: 1 }, outputBytes: 40, complete: true }, terms)).toMatchObject({
      suspect: true,
      cost: terms.held,
    });
  });

  test("is never credited, and an estimate never passes the hold", () => {
    const part = fc.nat(2 ** 31);
    fc.assert(
      fc.property(
        fc.option(fc.record({ input: part, cachedInput: part, cacheWrite: part, output: part, reasoning: part }), { nil: undefined }),
        fc.nat(10_000_000),
        fc.boolean(),
        (usage, outputBytes, complete) => {
          const end = closing({ usage, outputBytes, complete }, terms);
          return end.cost >= 0n && ((end.basis === "usage" && !end.suspect) || end.cost <= terms.held) && (!end.void || end.cost === 0n);
        },
      ),
    );
  });

  test("is charged the units it asked for, unless the report counts them", () => {
    const pictures: Terms = {
      ...terms,
      completionMax: 0,
      price: { ...terms.price, further: { images: nano(1_000n), searches: nano(1_000n) } },
      units: { images: 3 },
      searches: 10,
    };
    const told = { ...NO_USAGE, input: 100 };
    expect(closing({ usage: told, outputBytes: 90_000, complete: true }, pictures)).toMatchObject({
      usage: { ...told, images: 3 },
      suspect: false,
      cost: 3_100n,
    });
    expect(closing({ usage: { ...told, images: 2 }, outputBytes: 90_000, complete: true }, pictures)).toMatchObject({ cost: 2_100n });
    expect(closing({ usage: { ...told, images: 2, searches: 1_000 }, outputBytes: 90_000, complete: true }, pictures)).toMatchObject({ cost: 3_100n });
    // No report at all: what was asked for, and no token of output that could not have been made.
    expect(closing({ usage: undefined, outputBytes: 90_000, complete: true }, pictures)).toMatchObject({ basis: "estimate", usage: { output: 0, images: 3 } });
    expect(closing({ usage: undefined, outputBytes: 0, complete: true }, pictures)).toMatchObject({ void: true, cost: 0n });
  });
});
