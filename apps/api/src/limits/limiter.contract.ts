/** The promises of a limiter, to be kept by every one of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ONE_REQUEST, type Limit, type LimitKind, type Load } from "@switchyard/shared/domain/limit";
import { boundsOf, type Bound, type Limiter, type LimitVerdict } from "./limiter.ts";

export interface LimiterUnderTest {
  readonly limiter: Limiter;
  stop(): Promise<void>;
}

export const perSeconds = (max: number, windowSeconds: number, kind: LimitKind = "requests"): Limit => ({ kind, max, windowSeconds });
export const atOnce = (max: number): Limit => ({ kind: "concurrency", max, windowSeconds: 0 });

let scopes = 0;
export const freshScope = (): string => `scope {${++scopes}}`;
export const fresh = (...limits: Limit[]): readonly Bound[] => boundsOf("key", freshScope(), limits);

/** A call that may become so many tokens, at a nano-dollar each. */
export const ofTokens = (input: number, output: number): Load => ({
  ...ONE_REQUEST,
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output,
  cost: input + output,
});
export const NOTHING: Load = ofTokens(0, 0);

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
      const bounds = fresh(perSeconds(60, 60));
      const verdicts = await Promise.all(Array.from({ length: 1_000 }, async () => limiter.take(bounds, ONE_REQUEST)));
      expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(60);
      for (const verdict of verdicts.filter((one) => !one.allowed)) {
        expect(verdict.retryAfterMs).toBeGreaterThan(0);
        expect(verdict.retryAfterMs).toBeLessThanOrEqual(60_000);
      }
    });

    promise("admits again when the window has passed, and not before it says", async (limiter) => {
      const bounds = fresh(perSeconds(2, 2));
      expect([(await limiter.take(bounds, ONE_REQUEST)).allowed, (await limiter.take(bounds, ONE_REQUEST)).allowed]).toEqual([true, true]);
      const refused = await limiter.take(bounds, ONE_REQUEST);
      expect(refused.allowed).toBe(false);
      await sleep(refused.retryAfterMs + 30);
      expect((await limiter.take(bounds, ONE_REQUEST)).allowed).toBe(true);
    });

    promise("counts down what remains, from what was given to nothing", async (limiter) => {
      const bounds = fresh(perSeconds(3, 60));
      const remaining: number[] = [];
      for (let request = 0; request < 4; request++) remaining.push((await limiter.take(bounds, ONE_REQUEST)).states[0]?.remaining ?? -1);
      expect(remaining).toEqual([2, 1, 0, 0]);
    });

    promise("takes all limits or none: a refusal leaves no trace in any, whoever they belong to", async (limiter) => {
      const wide = [...boundsOf("workspace", freshScope(), [perSeconds(10, 60)]), ...fresh(perSeconds(1_000, 60, "total_tokens"), atOnce(5))];
      const narrow = fresh(perSeconds(1, 60));
      expect((await limiter.take([...wide, ...narrow], ofTokens(10, 20))).allowed).toBe(true);
      for (let request = 0; request < 5; request++) expect((await limiter.take([...wide, ...narrow], ofTokens(10, 20))).allowed).toBe(false);
      expect((await limiter.take(wide, ofTokens(10, 20))).states.map((state) => state.remaining)).toEqual([8, 940, 3]);
    });

    promise("tells scopes apart, whatever they are called", async (limiter) => {
      for (const scope of [freshScope(), `a}${freshScope()}`, `{}${freshScope()}`, `é ${freshScope()}`, "x".repeat(300)]) {
        const bounds = boundsOf("key", scope, [perSeconds(1, 60)]);
        expect((await limiter.take(bounds, ONE_REQUEST)).allowed).toBe(true);
        expect((await limiter.take(bounds, ONE_REQUEST)).allowed).toBe(false);
        expect((await limiter.take(boundsOf("member", scope, [perSeconds(1, 60)]), ONE_REQUEST)).allowed).toBe(true);
      }
    });

    promise("counts a request once under a limit that is given twice, and by the narrower of two for one window", async (limiter) => {
      const twice = fresh(perSeconds(3, 60), perSeconds(2, 60), perSeconds(2, 60));
      const verdicts = [await limiter.take(twice, ONE_REQUEST), await limiter.take(twice, ONE_REQUEST), await limiter.take(twice, ONE_REQUEST)];
      expect(verdicts.map((verdict) => verdict.allowed)).toEqual([true, true, false]);
    });

    promise("goes on with what was admitted when a limit is changed", async (limiter) => {
      const scope = freshScope();
      for (let request = 0; request < 5; request++) expect((await limiter.take(boundsOf("key", scope, [perSeconds(5, 60)]), ONE_REQUEST)).allowed).toBe(true);
      expect((await limiter.take(boundsOf("key", scope, [perSeconds(3, 60)]), ONE_REQUEST)).allowed).toBe(false);
      const wider = await limiter.take(boundsOf("key", scope, [perSeconds(7, 60)]), ONE_REQUEST);
      expect([wider.allowed, wider.states[0]?.remaining]).toEqual([true, 1]);
    });

    promise("admits what has no limit", async (limiter) => {
      expect(await limiter.take([], ONE_REQUEST)).toMatchObject({ allowed: true, retryAfterMs: 0, states: [] });
    });

    promise("does not postpone the next admission of who hammers", async (limiter) => {
      const bounds = fresh(perSeconds(1, 1));
      await limiter.take(bounds, ONE_REQUEST);
      const began = performance.now();
      let verdict = await limiter.take(bounds, ONE_REQUEST);
      while (!verdict.allowed && performance.now() - began < 10_000) {
        await sleep(5);
        verdict = await limiter.take(bounds, ONE_REQUEST);
      }
      expect(verdict.allowed).toBe(true);
    });

    promise("never lets the most that calls may become pass a limit, and gives back what they did not become", async (limiter) => {
      for (const kind of ["output_tokens", "total_tokens", "cost"] as const) {
        const bounds = fresh(perSeconds(10_000, 60, kind));
        const first = await Promise.all(Array.from({ length: 50 }, async () => limiter.take(bounds, ofTokens(0, 1_000))));
        const admitted = first.filter((verdict) => verdict.allowed);
        expect(admitted).toHaveLength(10);
        for (const verdict of admitted) await verdict.finish(ofTokens(0, 100));
        const second = await Promise.all(Array.from({ length: 50 }, async () => limiter.take(bounds, ofTokens(0, 1_000))));
        expect(second.filter((verdict) => verdict.allowed)).toHaveLength(9);
      }
    });

    promise("counts what a call became beyond what it was taken for", async (limiter) => {
      const bounds = fresh(perSeconds(1_000, 60, "input_tokens"));
      const verdict = await limiter.take(bounds, ofTokens(100, 0));
      await verdict.finish(ofTokens(950, 0));
      await verdict.finish(NOTHING); // only the first time counts
      const next = await limiter.take(bounds, ofTokens(100, 0));
      expect([next.allowed, next.states[0]?.remaining]).toEqual([false, 50]);
      expect((await limiter.take(bounds, ofTokens(50, 0))).allowed).toBe(true);
    });

    promise("says when there will be room for just this call, and holds to it", async (limiter) => {
      const bounds = fresh(perSeconds(100, 3, "total_tokens"));
      await limiter.take(bounds, ofTokens(60, 0));
      await sleep(1_200);
      await limiter.take(bounds, ofTokens(40, 0));
      const small = await limiter.take(bounds, ofTokens(50, 0));
      const large = await limiter.take(bounds, ofTokens(70, 0));
      expect(small.retryAfterMs).toBeLessThanOrEqual(1_800);
      expect(large.retryAfterMs).toBeGreaterThan(small.retryAfterMs + 600);
      await sleep(small.retryAfterMs + 30);
      expect((await limiter.take(bounds, ofTokens(50, 0))).allowed).toBe(true);
    });

    promise("tells a call that is more than the limit that waiting does not help", async (limiter) => {
      const bounds = fresh(perSeconds(100, 60, "output_tokens"), perSeconds(10, 60));
      const verdict = await limiter.take(bounds, ofTokens(1, 101));
      expect([verdict.allowed, verdict.retryAfterMs]).toEqual([false, Number.POSITIVE_INFINITY]);
      expect((await limiter.take(bounds, ofTokens(1, 100))).allowed).toBe(true);
    });

    promise("tells what is used now and until when, and takes nothing by it", async (limiter) => {
      const bounds = fresh(perSeconds(1_000, 60, "total_tokens"), perSeconds(10, 60), atOnce(3));
      const verdict = await limiter.take(bounds, ofTokens(100, 200));
      for (let time = 0; time < 3; time++) {
        const usage = await limiter.usage(bounds);
        expect(usage.map(({ used, shared }) => [used, shared])).toEqual([
          [300, true],
          [1, true],
          [1, true],
        ]);
        expect(usage[0]?.resetMs).toBeGreaterThan(1_000);
        expect(usage[0]?.resetMs).toBeLessThanOrEqual(60_000);
      }
      await verdict.finish(ofTokens(50, 50));
      expect((await limiter.usage(bounds)).map(({ used }) => used)).toEqual([100, 1, 0]);
      expect(await limiter.usage(fresh(perSeconds(5, 60)))).toEqual([{ used: 0, resetMs: 0, shared: true }]);
    });

    promise("lets only so many run at once, and the next when one ends", async (limiter) => {
      const bounds = fresh(atOnce(3));
      const verdicts = await Promise.all(Array.from({ length: 20 }, async () => limiter.take(bounds, ONE_REQUEST)));
      const running = verdicts.filter((verdict) => verdict.allowed);
      expect(running).toHaveLength(3);
      expect(verdicts.find((verdict) => !verdict.allowed)?.retryAfterMs).toBe(1_000);
      await running[0]?.finish(NOTHING);
      await running[0]?.finish(NOTHING);
      const after: LimitVerdict[] = [await limiter.take(bounds, ONE_REQUEST), await limiter.take(bounds, ONE_REQUEST)];
      expect(after.map((verdict) => verdict.allowed)).toEqual([true, false]);
    });

    promise("admits every call of who paces at 95 % of a limit of tokens", async (limiter) => {
      const bounds = fresh(perSeconds(2_000, 1, "total_tokens"), perSeconds(2_000, 1, "cost"));
      for (let call = 0; call < 40; call++) {
        const verdict = await limiter.take(bounds, ofTokens(60, 35));
        expect(verdict.allowed).toBe(true);
        await verdict.finish(ofTokens(60, 35));
        await sleep(50); // at least: 95 tokens each 50 ms are 1,900 a second
      }
    });
  });
}
