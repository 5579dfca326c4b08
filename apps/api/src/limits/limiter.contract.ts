/** The promises of a limiter, to be kept by every one of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Limit } from "@switchyard/shared/domain/principal";
import type { Limiter } from "./limiter.ts";

export interface LimiterUnderTest {
  readonly limiter: Limiter;
  stop(): Promise<void>;
}

export const perSeconds = (max: number, windowSeconds: number): Limit => ({ kind: "requests", max, windowSeconds });

let scopes = 0;
export const freshScope = (): string => `scope {${++scopes}}`;

/** @param start gives undefined where the limiter's server is not to be had */
export function describeLimiter(name: string, start: () => Promise<LimiterUnderTest | undefined>): void {
  describe(name, () => {
    let under: LimiterUnderTest | undefined;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under?.stop());
    const promise = (what: string, check: (limiter: Limiter) => Promise<void>): void => {
      it(what, async (context) => {
        if (under === undefined) return context.skip();
        await check(under.limiter);
      });
    };

    promise("admits exactly 60 of a thousand that come at once", async (limiter) => {
      const scope = freshScope();
      const verdicts = await Promise.all(Array.from({ length: 1_000 }, async () => limiter.take(scope, [perSeconds(60, 60)])));
      expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(60);
      for (const verdict of verdicts.filter((one) => !one.allowed)) {
        expect(verdict.retryAfterMs).toBeGreaterThan(0);
        expect(verdict.retryAfterMs).toBeLessThanOrEqual(60_000);
      }
    });

    promise("admits again when the window has passed, and not before it says", async (limiter) => {
      const scope = freshScope();
      const limits = [perSeconds(2, 1)];
      expect([(await limiter.take(scope, limits)).allowed, (await limiter.take(scope, limits)).allowed]).toEqual([true, true]);
      const refused = await limiter.take(scope, limits);
      expect(refused.allowed).toBe(false);
      await sleep(refused.retryAfterMs + 30);
      expect((await limiter.take(scope, limits)).allowed).toBe(true);
    });

    promise("counts down what remains, from what was given to nothing", async (limiter) => {
      const scope = freshScope();
      const remaining: number[] = [];
      for (let request = 0; request < 4; request++) remaining.push((await limiter.take(scope, [perSeconds(3, 60)])).states[0]?.remaining ?? -1);
      expect(remaining).toEqual([2, 1, 0, 0]);
    });

    promise("takes all limits or none: a refusal leaves no trace in any", async (limiter) => {
      const scope = freshScope();
      const [wide, narrow] = [perSeconds(10, 60), perSeconds(1, 60)];
      expect((await limiter.take(scope, [wide, narrow])).allowed).toBe(true);
      for (let request = 0; request < 5; request++) expect((await limiter.take(scope, [wide, narrow])).allowed).toBe(false);
      expect((await limiter.take(scope, [wide])).states[0]?.remaining).toBe(8);
    });

    promise("tells scopes apart, whatever they are called", async (limiter) => {
      for (const scope of [freshScope(), `a}${freshScope()}`, `{}${freshScope()}`, `é ${freshScope()}`, "x".repeat(300)]) {
        expect((await limiter.take(scope, [perSeconds(1, 60)])).allowed).toBe(true);
        expect((await limiter.take(scope, [perSeconds(1, 60)])).allowed).toBe(false);
      }
    });

    promise("counts a request once under a limit that is given twice", async (limiter) => {
      const scope = freshScope();
      const twice = [perSeconds(2, 60), perSeconds(2, 60)];
      expect([await limiter.take(scope, twice), await limiter.take(scope, twice), await limiter.take(scope, twice)].map((verdict) => verdict.allowed)).toEqual([
        true,
        true,
        false,
      ]);
    });

    promise("admits what has no limit", async (limiter) => {
      expect(await limiter.take(freshScope(), [])).toEqual({ allowed: true, retryAfterMs: 0, states: [] });
    });

    promise("does not postpone the next admission of who hammers", async (limiter) => {
      const scope = freshScope();
      const limits = [perSeconds(1, 1)];
      await limiter.take(scope, limits);
      const began = performance.now();
      let verdict = await limiter.take(scope, limits);
      while (!verdict.allowed && performance.now() - began < 10_000) {
        await sleep(5);
        verdict = await limiter.take(scope, limits);
      }
      expect(verdict.allowed).toBe(true);
    });
  });
}
