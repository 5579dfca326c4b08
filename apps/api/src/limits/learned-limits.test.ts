/** A provider that said that it is full is left out until it is not, and never longer. */
import { expect, it } from "vitest";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { LearnedLimits, type LimitHeaders } from "./learned-limits.ts";

const model = toId("model", "00000000-0000-7000-8000-0000000000aa");
const other = toId("model", "00000000-0000-7000-8000-0000000000bb");
const NOW = toEpochMs(Date.parse("2026-11-21T12:00:00Z"));
const at = (ms: number) => toEpochMs(NOW + ms);

function learned(headers: LimitHeaders): LearnedLimits {
  const limits = new LearnedLimits();
  limits.learn(model, headers, NOW);
  return limits;
}
const openAi = (unit: string, limit: number, remaining: number, reset: string) => ({
  [`x-ratelimit-limit-${unit}`]: String(limit),
  [`x-ratelimit-remaining-${unit}`]: String(remaining),
  [`x-ratelimit-reset-${unit}`]: reset,
});

it.each([
  ["OpenAI, no request left", openAi("requests", 60, 0, "1m0s"), 1_000],
  ["OpenAI, too few tokens left", openAi("tokens", 60_000, 900, "59.1s"), 100],
  ["milliseconds", openAi("requests", 10, 0, "500ms"), 50],
  [
    "Cerebras, by the day",
    { "x-ratelimit-limit-requests-day": "100", "x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "100" },
    1_000,
  ],
  [
    "Anthropic, a date",
    {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:50Z",
    },
    1_000,
  ],
  [
    "Anthropic, tokens of the prompt",
    {
      "anthropic-ratelimit-input-tokens-limit": "10000",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:10Z",
    },
    1_000,
  ],
  ["milliseconds since 1970", { "x-ratelimit-limit": "20", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW + 20_000) }, 1_000],
])("%s: out until so much has flowed in", (_, headers: LimitHeaders, waitMs) => {
  const limits = learned(headers);
  expect(limits.exhausted(model, 1_000, NOW)?.until).toBe(NOW + waitMs);
  expect(limits.exhausted(model, 1_000, at(waitMs - 2))?.until).toBeLessThanOrEqual(NOW + waitMs);
  expect(limits.exhausted(model, 1_000, at(waitMs))).toBeUndefined();
  expect(limits.exhausted(other, 1_000, NOW)).toBeUndefined();
});

it("counts what was sent since the provider spoke, and forgets it when it speaks again", () => {
  const limits = learned({ ...openAi("requests", 100, 3, "97s"), ...openAi("tokens", 10_000, 5_000, "5s") });
  for (let call = 0; call < 3; call++) {
    expect(limits.exhausted(model, 1_000, NOW)).toBeUndefined();
    limits.sent(model, 1_000);
  }
  expect(limits.exhausted(model, 1_000, NOW)?.of).toBe("requests");
  limits.learn(model, openAi("requests", 100, 2, "98s"), NOW);
  expect(limits.exhausted(model, 1_000, NOW)).toBeUndefined();
  expect(limits.exhausted(model, 2_500, NOW)?.of).toBe("tokens");
});

it("does not leave out for ever what is larger than the provider's whole limit: the provider shall say so itself", () => {
  const limits = learned(openAi("tokens", 1_000, 999, "1ms"));
  expect(limits.exhausted(model, 50_000, NOW)?.until).toBe(NOW + 1);
  expect(limits.exhausted(model, 50_000, at(1))).toBeUndefined();
});

it.each([
  ["nothing", {}],
  ["no reset", { "x-ratelimit-limit-requests": "5", "x-ratelimit-remaining-requests": "0" }],
  ["no numbers", openAi("requests", Number.NaN, 0, "1s")],
  ["more left than fits", openAi("requests", 5, 6, "1s")],
  ["a limit of nothing", openAi("requests", 0, 0, "1s")],
  ["a reset that is over", openAi("requests", 5, 0, "0s")],
  ["a reset in a hundred years", openAi("requests", 5, 0, "876000h")],
  ["a reset that is no time", openAi("requests", 5, 0, "soon")],
  ["two values where one belongs", { ...openAi("requests", 5, 0, "1s"), "x-ratelimit-limit-requests": ["x", "5"] }],
] as [string, LimitHeaders][])("makes nothing of %s", (_, headers) => {
  expect(learned(headers).exhausted(model, 1_000, NOW)).toBeUndefined();
});
