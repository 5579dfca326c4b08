import { expect, test } from "vitest";
import { parseResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { isPlain } from "./plain-request.ts";

const judged = (body: object): boolean => {
  const parsed = parseResponsesRequest({ model: "m", input: "x", ...body });
  if (!parsed.ok) throw new Error(parsed.failure.publicText);
  return isPlain(parsed.value, parsed.value.input);
};
const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };

test.each<[string, object, boolean]>([
  ["a text", {}, true],
  ["a picture", { input: [{ role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,AA" }] }] }, true],
  [
    "functions and their results",
    { tools: [{ type: "function", name: "f" }], input: [call, { type: "function_call_output", call_id: "c", output: "1" }] },
    true,
  ],
  ["a hosted tool", { tools: [{ type: "web_search" }] }, false],
  ["a free-form tool", { tools: [{ type: "custom", name: "f" }] }, false],
  ["a file", { input: [{ role: "user", content: [{ type: "input_file", file_data: "AA" }] }] }, false],
  ["a result with parts", { input: [call, { type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "1" }] }] }, false],
  ["an item of another kind", { input: [{ type: "compaction", encrypted_content: "x" }] }, false],
  ["a schema", { text: { format: { type: "json_schema", name: "n", schema: {} } } }, false],
  ["probabilities", { top_logprobs: 2 }, false],
])("%s is plain: %#", (_name, body, plain) => expect(judged(body)).toBe(plain));
