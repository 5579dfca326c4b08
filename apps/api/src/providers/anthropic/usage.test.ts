import fc from "fast-check";
import { expect, test } from "vitest";
import { completionTokensOf, promptTokensOf, USAGE_PARTS } from "@switchyard/shared/domain/usage";
import { usageOf, withReport } from "./usage.ts";

test("what is kept for an hour is told apart from what is kept for minutes", () => {
  const report = {
    input_tokens: 10,
    cache_read_input_tokens: 20,
    cache_creation_input_tokens: 500,
    cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 300 },
    output_tokens: 7,
    server_tool_use: { web_search_requests: 3, web_fetch_requests: 0 },
  };
  expect(usageOf(withReport({}, report))).toEqual({ input: 10, cachedInput: 20, cacheWrite: 200, cacheWriteLong: 300, output: 7, reasoning: 0, searches: 3 });
});

test("parts are never negative and sum to what was told, in whichever events it came", () => {
  const count = fc.integer({ min: 0, max: 5_000 });
  fc.assert(
    fc.property(count, count, count, count, count, count, (input, read, written, long, output, thinking) => {
      const start = {
        input_tokens: input,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: written,
        cache_creation: { ephemeral_1h_input_tokens: long },
      };
      const end = { output_tokens: output, output_tokens_details: { thinking_tokens: thinking } };
      const usage = usageOf(withReport(withReport({}, start), end)) ?? expect.fail("both were told");
      expect(promptTokensOf(usage)).toBe(input + read + written);
      expect(completionTokensOf(usage)).toBe(output);
      for (const part of USAGE_PARTS) expect(usage[part] ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});
