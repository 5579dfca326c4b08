import { expect, test } from "vitest";
import { failure } from "@switchyard/shared/kernel/failure";
import { COMPLETIONS_PARAMS, ownParam, RESPONSES_PARAMS, toldInOwn } from "./chat-param.ts";

test.each([
  ["messages[3].content[0].image_url", "input", "prompt"],
  ["messages", "input", "prompt"],
  ["response_format.json_schema", "text.format", "response_format.json_schema"],
  ["max_completion_tokens", "max_output_tokens", "max_tokens"],
  ["messages_of_another_kind", "messages_of_another_kind", "messages_of_another_kind"],
  ["tools[1]", "tools[1]", "tools[1]"],
])("%s is %s of a Responses request and %s of a completion's", (param, responses, completions) => {
  expect(ownParam(param, RESPONSES_PARAMS)).toBe(responses);
  expect(ownParam(param, COMPLETIONS_PARAMS)).toBe(completions);
});

test("a refusal names the caller's field in its words, too", () => {
  const why = failure("invalid_request", { param: "messages[0].content", publicText: "'messages[0].content': this model takes no audio." });
  expect(toldInOwn(why, RESPONSES_PARAMS)).toEqual(failure("invalid_request", { param: "input", publicText: "'input': this model takes no audio." }));
  expect(toldInOwn(failure("overloaded"), RESPONSES_PARAMS)).toEqual(failure("overloaded"));
});
