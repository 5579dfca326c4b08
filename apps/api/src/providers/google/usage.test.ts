import fc from "fast-check";
import { expect, test } from "vitest";
import { completionTokensOf, promptTokensOf, USAGE_PARTS } from "@switchyard/shared/domain/usage";
import { usageOf } from "./usage.ts";

test("sound, pictures and film are told apart, from the cache and fresh", () => {
  const report = {
    promptTokenCount: 1_000,
    candidatesTokenCount: 1_300,
    thoughtsTokenCount: 20,
    cachedContentTokenCount: 150,
    promptTokensDetails: [
      { modality: "TEXT", tokenCount: 242 },
      { modality: "AUDIO", tokenCount: 400 },
      { modality: "IMAGE", tokenCount: 258 },
      { modality: "VIDEO", tokenCount: 100 },
    ],
    cacheTokensDetails: [
      { modality: "TEXT", tokenCount: 50 },
      { modality: "AUDIO", tokenCount: 100 },
    ],
    candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
  };
  expect(usageOf(report)).toEqual({
    input: 192,
    cachedInput: 50,
    cachedAudioInput: 100,
    cacheWrite: 0,
    audioInput: 300,
    imageInput: 258,
    videoInput: 100,
    output: 10,
    imageOutput: 1_290,
    reasoning: 20,
  });
});

test("parts are never negative and sum to what was told", () => {
  const count = fc.integer({ min: 0, max: 5_000 });
  const details = fc.array(fc.record({ modality: fc.constantFrom("TEXT", "AUDIO", "IMAGE", "VIDEO", "DOCUMENT", "SMELL"), tokenCount: count }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(count, count, count, count, count, details, details, details, (prompt, cached, output, thoughts, tools, asked, kept, made) => {
      const usage = usageOf({
        promptTokenCount: prompt,
        cachedContentTokenCount: cached,
        candidatesTokenCount: output,
        thoughtsTokenCount: thoughts,
        toolUsePromptTokenCount: tools,
        promptTokensDetails: asked,
        cacheTokensDetails: kept,
        candidatesTokensDetails: made,
      });
      if (prompt + output + thoughts === 0) return expect(usage).toBeUndefined();
      expect(usage && promptTokensOf(usage)).toBe(prompt + tools);
      expect(usage && completionTokensOf(usage)).toBe(output + thoughts);
      for (const part of USAGE_PARTS) expect(usage?.[part] ?? 0).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 500 },
  );
});
