/** Answers in memory keep the promises of a cache, and their count of bytes stays true. */
import { expect, it } from "vitest";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { BYTES_MAX, describeAnswerCache } from "./answer-cache.contract.ts";
import { createMemoryAnswers } from "./answer-cache.memory.ts";

const clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };

describeAnswerCache("in memory", async () => {
  const cache = createMemoryAnswers(clock, BYTES_MAX);
  return { cache, stop: () => cache.close() };
});

it("counts nothing twice and nothing that is gone", () => {
  let now = 0;
  const cache = createMemoryAnswers({ now: () => toEpochMs(now), monotonic: () => now }, 10_000);
  for (let round = 0; round < 1_000; round++) cache.put(`name ${round % 7}`, Buffer.alloc(round % 900), 1 + (round % 3));
  expect(cache.bytes).toBeLessThanOrEqual(10_000);
  now = 10_000;
  for (let name = 0; name < 7; name++) expect(cache.get(`name ${name}`)).toBeUndefined();
  expect(cache.bytes).toBe(0);
});
