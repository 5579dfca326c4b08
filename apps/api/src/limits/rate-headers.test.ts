/** The headers say what OpenAI's clients understand, and never a retry after nothing. */
import { expect, it } from "vitest";
import type { LimitKind } from "@switchyard/shared/domain/limit";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { refusedBy, UNLIMITED, type LimitState, type LimitVerdict } from "./limiter.ts";
import { messagesRateHeaders, rateHeaders, retryAfterSeconds } from "./rate-headers.ts";

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

it("tells Anthropic's clients the same in their words, resets as instants", () => {
  const at = toEpochMs(Date.parse("2026-11-21T12:00:00.400Z"));
  const states = [
    state(600, 599, 100),
    state(1_000, 400, 100, "input_tokens"),
    state(9_000, 300, 2_000, "total_tokens"),
    state(50, 7, 61_000, "output_tokens"),
  ];
  expect(messagesRateHeaders(verdict(states), at)).toEqual({
    "anthropic-ratelimit-requests-limit": "600",
    "anthropic-ratelimit-requests-remaining": "599",
    "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:01Z",
    "anthropic-ratelimit-tokens-limit": "50",
    "anthropic-ratelimit-tokens-remaining": "7",
    "anthropic-ratelimit-tokens-reset": "2026-11-21T12:01:02Z",
    "anthropic-ratelimit-input-tokens-limit": "1000",
    "anthropic-ratelimit-input-tokens-remaining": "400",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:01Z",
    "anthropic-ratelimit-output-tokens-limit": "50",
    "anthropic-ratelimit-output-tokens-remaining": "7",
    "anthropic-ratelimit-output-tokens-reset": "2026-11-21T12:01:02Z",
  });
  expect(messagesRateHeaders(verdict([]), at)).toEqual({});
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
