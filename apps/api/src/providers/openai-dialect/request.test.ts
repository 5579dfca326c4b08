import { describe, expect, test } from "vitest";
import { ask } from "../testing/stream-story.ts";
import { openaiCompatibleWire } from "../openai-compatible/adapter.ts";
import { openaiWire } from "../openai/adapter.ts";
import type { ChatWire } from "../provider.ts";

const endpoint = { baseUrl: "https://api.test/v1", apiKey: "k", headers: { "x-org": "o" } };
function sent(wire: ChatWire, request: Record<string, unknown>) {
  const written = wire.request(ask(request), endpoint);
  if ("failure" in written) throw new Error("refused");
  return { ...written.upstream, json: JSON.parse(String(written.upstream.body)) as Record<string, unknown> };
}

describe("a request of the OpenAI family", () => {
  test("names the target's model and always carries the cap, under the one name that OpenAI's models all take, elsewhere under the caller's", () => {
    expect(sent(openaiWire, {}).json).toMatchObject({ model: "target-model", max_completion_tokens: 100 });
    expect(sent(openaiCompatibleWire, {}).json).toMatchObject({ model: "target-model", max_tokens: 100 });
    const modern = sent(openaiWire, { max_tokens: 5_000 }).json;
    expect(modern["max_completion_tokens"]).toBe(100);
    expect(modern).not.toHaveProperty("max_tokens");
    expect(sent(openaiCompatibleWire, { max_completion_tokens: 5 }).json).toEqual(expect.objectContaining({ max_completion_tokens: 100 }));
  });

  test("asks a stream for its usage and leaves other requests alone", () => {
    expect(sent(openaiWire, { stream: true, stream_options: { include_obfuscation: false } }).json["stream_options"]).toEqual({
      include_obfuscation: false,
      include_usage: true,
    });
    expect(sent(openaiWire, { stream: true, stream_options: { include_usage: false } }).json["stream_options"]).toEqual({ include_usage: true });
    expect(sent(openaiWire, { stream: false }).json).not.toHaveProperty("stream_options");
  });

  test("passes on what it does not know", () => {
    expect(sent(openaiCompatibleWire, { top_k: 4, messages: [{ role: "user", content: "x", extra: 1 }] }).json).toMatchObject({
      top_k: 4,
      messages: [{ extra: 1 }],
    });
  });

  test("sends the key in the header only, and none where there is none", () => {
    const { path, headers, body } = sent(openaiWire, {});
    expect(path).toBe("/chat/completions");
    expect(headers).toMatchObject({ authorization: "Bearer k", "x-org": "o", accept: "text/event-stream" });
    expect(body).not.toContain("Bearer");
    const bare = openaiWire.request(ask(), { ...endpoint, apiKey: "" });
    expect("upstream" in bare && bare.upstream.headers).not.toHaveProperty("authorization");
  });
});
