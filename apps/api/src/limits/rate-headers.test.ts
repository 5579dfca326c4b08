/** The headers say what OpenAI's clients understand, and never a retry after nothing. */
import { expect, it } from "vitest";
import type { LimitKind } from "@switchyard/shared/domain/limit";
import { refusedBy, UNLIMITED, type LimitState, type LimitVerdict } from "./limiter.ts";
import { rateHeaders, retryAfterSeconds } from "./rate-headers.ts";

const state = (max: number, remaining: number, resetMs: number, kind: LimitKind = "requests"): LimitState => ({
  owner: "key",
  limit: { kind, max, windowSeconds: 60 },
  remaining,
  resetMs,
  waitMs: 0,
});
const verdict = (states: LimitState[], retryAfterMs = 0): LimitVerdict =>
  retryAfterMs === 0 ? { ...UNLIMITED, states } : { ...refusedBy(states), retryAfterMs };

it("describes the limit that leaves the least", () => {
  expect(rateHeaders(verdict([state(600, 599, 100), state(10, 3, 6_000), state(50, 30, 1)]))).toEqual({
    "x-ratelimit-limit-requests": "10",
    "x-ratelimit-remaining-requests": "3",
    "x-ratelimit-reset-requests": "6s",
  });
});

it("tells of tokens apart from requests, and of no cost and no calls at once", () => {
  const states = [state(1_000, 400, 100, "input_tokens"), state(9_000, 300, 2_000, "total_tokens"), state(5, 1, 0, "concurrency"), state(7, 2, 9, "cost")];
  expect(rateHeaders(verdict(states))).toEqual({
    "x-ratelimit-limit-tokens": "9000",
    "x-ratelimit-remaining-tokens": "300",
    "x-ratelimit-reset-tokens": "2s",
  });
});

it("asks nobody to come back after for ever", () => {
  expect(rateHeaders(verdict([state(5, 5, 0)], Number.POSITIVE_INFINITY))["retry-after"]).toBeUndefined();
});

it("says nothing where there is no limit", () => {
  expect(rateHeaders(verdict([]))).toEqual({});
});

it.each([
  [1, 1],
  [999, 1],
  [1_000, 1],
  [1_001, 2],
  [59_999, 60],
])("rounds a wait of %i ms up to %i s", (ms, seconds) => {
  expect(retryAfterSeconds(ms)).toBe(seconds);
  expect(rateHeaders(verdict([state(1, 0, ms)], ms))["retry-after"]).toBe(String(seconds));
});

it.each([
  [0, "0ms"],
  [0.2, "1ms"],
  [250, "250ms"],
  [1_000, "1s"],
  [1_001, "2s"],
  [90_000, "1m30s"],
  [7_205_000, "2h0m5s"],
])("writes a span of %f ms as %s", (ms, text) => {
  expect(rateHeaders(verdict([state(5, 4, ms)]))["x-ratelimit-reset-requests"]).toBe(text);
});
