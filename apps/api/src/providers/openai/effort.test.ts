import { expect, test } from "vitest";
import { fittedResponse, withKnownEffort } from "./effort.ts";

test.each<[string, string, string | undefined]>([
  ["gpt-4o-mini", "high", undefined],
  ["gpt-4.1", "none", undefined],
  ["ft:gpt-4o-2024-08-06:acme::x", "low", undefined],
  ["gpt-5-chat-latest", "high", undefined],
  ["gpt-5.2-chat-latest", "high", undefined],
  ["o1-mini", "low", undefined],
  ["o3-mini", "none", "low"],
  ["o4-mini-2025-04-16", "xhigh", "high"],
  ["gpt-5", "none", "minimal"],
  ["gpt-5-mini-2025-08-07", "minimal", "minimal"],
  ["gpt-5-codex", "minimal", "low"],
  ["gpt-5-pro", "low", "high"],
  ["gpt-5.1", "minimal", "low"],
  ["gpt-5.1-codex-max", "max", "xhigh"],
  ["gpt-5.4", "none", "none"],
  ["gpt-5.4", "max", "xhigh"],
  ["gpt-5.4", "constructor", undefined],
  ["something-of-tomorrow", "max", "max"],
])("%s asked for effort %s gets %s", (model, effort, expected) => {
  expect(withKnownEffort({ reasoning_effort: effort, seed: 1 }, model)).toEqual({ seed: 1, ...(expected === undefined ? {} : { reasoning_effort: expected }) });
  const response = fittedResponse({ input: "x", reasoning: { effort, summary: "auto" } }, model);
  expect((response["reasoning"] as { effort?: string } | undefined)?.effort).toBe(expected);
});

test("a model that does not think is not asked for its thoughts", () => {
  const body = { input: "x", include: ["reasoning.encrypted_content", "file_search_call.results"], reasoning: { summary: "auto" } };
  expect(fittedResponse(body, "gpt-4o")).toEqual({ input: "x", include: ["file_search_call.results"] });
  expect(fittedResponse({ input: "x", include: ["reasoning.encrypted_content"] }, "gpt-4.1-nano")).toEqual({ input: "x" });
  expect(fittedResponse(body, "gpt-5.4")).toEqual(body);
  expect(fittedResponse({ input: "x" }, "gpt-5.4")).toEqual({ input: "x" });
});
