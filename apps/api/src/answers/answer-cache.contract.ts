/** The promises of a cache of answers, to be kept by every one of them. */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AnswerCache } from "./answer-cache.ts";

export const BYTES_MAX = 100_000;
const freshName = (): string => `workspace:${randomUUID()}`;

/** @param start gives undefined where the cache's server is not to be had; at most `BYTES_MAX` are to be kept */
export function describeAnswerCache(name: string, start: () => Promise<{ cache: AnswerCache; stop(): Promise<void> } | undefined>): void {
  describe(name, () => {
    let under: { cache: AnswerCache; stop(): Promise<void> } | undefined;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under?.stop());
    const promise = (what: string, check: (cache: AnswerCache) => Promise<void>): void => {
      it(what, async (context) => {
        if (under === undefined) return context.skip();
        await check(under.cache);
      });
    };
    const known = async (cache: AnswerCache, one: string): Promise<Buffer | undefined> => await cache.get(one);
    const kept = (cache: AnswerCache, one: string) => vi.waitFor(async () => expect(await known(cache, one)).toBeDefined(), { timeout: 10_000 });

    promise("tells what it was given, byte for byte, under its name only", async (cache) => {
      const [one, other] = [freshName(), freshName()];
      const answer = randomBytes(5_000);
      cache.put(one, answer, 60);
      await kept(cache, one);
      expect((await known(cache, one))?.equals(answer)).toBe(true);
      expect(await known(cache, other)).toBeUndefined();
      cache.put(one, Buffer.from("newer"), 60);
      await vi.waitFor(async () => expect((await known(cache, one))?.toString()).toBe("newer"));
    });

    promise("forgets what is over", async (cache) => {
      const one = freshName();
      cache.put(one, Buffer.from("short"), 0.5);
      await kept(cache, one);
      await sleep(600);
      expect(await known(cache, one)).toBeUndefined();
    });

    promise("keeps no more than it may, and drops first what would be over soonest", async (cache) => {
      const soon = Array.from({ length: 10 }, freshName);
      for (const one of soon) cache.put(one, randomBytes(8_000), 30);
      const later = Array.from({ length: 10 }, freshName);
      for (const one of later) cache.put(one, randomBytes(8_000), 600);
      await kept(cache, later.at(-1) ?? "");
      const left = async (names: string[]): Promise<number> => (await Promise.all(names.map((one) => known(cache, one)))).filter(Boolean).length;
      expect(await left(later)).toBeGreaterThanOrEqual(9);
      expect((await left(soon)) + (await left(later))).toBeLessThanOrEqual(BYTES_MAX / 8_000);
    });

    promise("does not keep what alone is too large, and loses nothing but an older answer of that name for it", async (cache) => {
      const [small, large] = [freshName(), freshName()];
      cache.put(small, Buffer.from("small"), 900);
      await kept(cache, small);
      cache.put(large, randomBytes(BYTES_MAX + 1), 900);
      await sleep(100);
      expect(await known(cache, large)).toBeUndefined();
      expect(await known(cache, small)).toBeDefined();
    });
  });
}
