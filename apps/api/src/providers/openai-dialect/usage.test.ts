import fc from "fast-check";
import { expect, test } from "vitest";
import { completionTokensOf, promptTokensOf, USAGE_PARTS } from "@switchyard/shared/domain/usage";
import { usageOf } from "./usage.ts";

test("sound, pictures, film and searches are told apart, and the rest is plain", () => {
  const report = {
    prompt_tokens: 1_000,
    completion_tokens: 300,
    total_tokens: 1_300,
    prompt_tokens_details: { cached_tokens: 100, audio_tokens: 200, image_tokens: 50, video_tokens: 25 },
    completion_tokens_details: { reasoning_tokens: 40, audio_tokens: 160, image_tokens: 10 },
    server_tool_use: { web_search_requests: 2 },
  };
  expect(usageOf(report)).toEqual({
    input: 625,
    cachedInput: 100,
    cacheWrite: 0,
    audioInput: 200,
    imageInput: 50,
    videoInput: 25,
    output: 90,
    reasoning: 40,
    audioOutput: 160,
    imageOutput: 10,
    searches: 2,
  });
});

test("whatever a provider tells, parts are never negative and sum to its totals", () => {
  const count = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom(undefined, null, -1, 1.5, "7", 2 ** 50));
  const details = (...names: string[]) => fc.record(Object.fromEntries(names.map((name) => [name, count])), { requiredKeys: [] });
  const plausible = fc.integer({ min: 0, max: 5_000 });
  fc.assert(
    fc.property(
      plausible,
      plausible,
      details("cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens", "video_tokens"),
      details("reasoning_tokens", "audio_tokens", "image_tokens"),
      (prompt, completion, prompts, completions) => {
        // A total that leaves no room for reasoning beside the completion.
        const usage = usageOf({
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: prompt + completion,
          prompt_tokens_details: prompts,
          completion_tokens_details: completions,
        });
        if (prompt + completion === 0) return expect(usage).toBeUndefined();
        expect(usage && promptTokensOf(usage)).toBe(prompt);
        expect(usage && completionTokensOf(usage)).toBe(completion);
        for (const part of USAGE_PARTS) expect(usage?.[part] ?? 0).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 500 },
  );
});
