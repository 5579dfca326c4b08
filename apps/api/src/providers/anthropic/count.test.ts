import { expect, test } from "vitest";
import type { Ask } from "../provider.ts";
import { countWire } from "./count.ts";

const endpoint = { baseUrl: "https://api.test/v1", apiKey: "k", headers: {} };
const ask = (request: Record<string, unknown>): Ask<"message_count"> => ({
  operation: "message_count",
  request,
  stream: false,
  model: "claude-sonnet-4-5",
  maxOutput: 0,
  generationId: "",
  createdSeconds: 0,
});

test("a count is asked with the prompt alone, fitted to the model", () => {
  const prompt = { system: "s", messages: [{ role: "user", content: "hi" }], tools: [], thinking: { type: "enabled", budget_tokens: 31_999 } };
  const written = countWire.request(
    ask({ ...prompt, model: "pool", max_tokens: 5, stream: true, metadata: { user_id: "u" }, anthropic_beta: ["b-1"] }),
    endpoint,
  );
  if ("failure" in written) throw new Error("refused");
  const { path, headers, body } = written.upstream;
  expect(path).toBe("/messages/count_tokens");
  expect(headers).toMatchObject({ "x-api-key": "k", "anthropic-beta": "b-1" });
  expect(JSON.parse(String(body))).toEqual({ ...prompt, model: "claude-sonnet-4-5" });
});

test("what is no count is a failure", () => {
  const read = (body: string) => countWire.response(Buffer.from(body), ask({}), {});
  expect(read('{"input_tokens":42}')).toMatchObject({ reply: { body: { input_tokens: 42 } } });
  for (const body of ['{"input_tokens":-1}', "{}", "<html>"]) expect(read(body)).toMatchObject({ failure: { kind: "protocol" } });
});
