/** The official OpenAI SDK against the running server: what third parties do, unchanged. */
import { describe, expect, test } from "vitest";
import { type APIError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { KEYS, PRICE } from "./gateway-harness.process.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway();

const hello = [{ role: "user" as const, content: "Say hello" }];
const WEATHER = { type: "function" as const, function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } };

async function collect(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
const textOf = (chunks: readonly ChatCompletionChunk[]): string => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");

describe("a whole answer", () => {
  test("carries our id, the provider's text and the exact cost", async () => {
    gateway.main.next({
      kind: "text",
      text: "Hello there.",
      inputTokens: 12,
      cachedTokens: 4,
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15, prompt_tokens_details: { cached_tokens: 4 } },
    });
    const before = await gateway.wallet("acme");
    const { data, response } = await gateway.openai().chat.completions.create({ model: "pool", messages: hello }).withResponse();
    expect(data.choices[0]?.message.content).toBe("Hello there.");
    expect(data.id).toBe(response.headers.get("x-generation-id"));
    expect(response.headers.get("x-switchyard-provider")).toBe("main");
    expect(response.headers.get("x-switchyard-attempts")).toBe("1");
    const cost = 8n * PRICE.main.input + 4n * PRICE.main.cached + 3n * PRICE.main.output;
    expect((data.usage as unknown as { cost: string }).cost).toBe("0.00004");
    const after = await gateway.wallet("acme");
    expect(before.posted - after.posted).toBe(cost);
    expect(after.held).toBe(0n);
  });

  test("is explained by /v1/generation to its own workspace, and to nobody else", async () => {
    const answer = await gateway.openai().chat.completions.create({ model: "pool", messages: hello });
    const ask = (key: string): Promise<Response> => fetch(`${gateway.url}/v1/generation?id=${answer.id}`, { headers: { authorization: `Bearer ${key}` } });
    const mine = (await (await ask(KEYS.acme)).json()) as Record<string, unknown>;
    expect(mine).toMatchObject({
      id: answer.id,
      provider: "main",
      group: "pool",
      outcome: "answered",
      stream: false,
      finish_reason: "stop",
      api_key_id: "sy-ac…0001",
      attempts: [{ provider: "main", outcome: "ok", status: 200 }],
    });
    const theirs = await ask(KEYS.other);
    const random = await fetch(`${gateway.url}/v1/generation?id=gen_00000000000000000000000001`, { headers: { authorization: `Bearer ${KEYS.other}` } });
    expect(theirs.status).toBe(404);
    expect(await theirs.text()).toBe(await random.text());
  });

  test("keeps parallel tool calls byte for byte", async () => {
    const calls = [
      { name: "get_weather", arguments: '{"city": "Zürich"}' },
      { name: "get_weather", arguments: '{"city":"東京"}' },
    ];
    gateway.main.next({ kind: "tools", calls });
    const answer = await gateway.openai().chat.completions.create({ model: "pool", messages: hello, tools: [WEATHER] });
    expect(answer.choices[0]?.finish_reason).toBe("tool_calls");
    expect(answer.choices[0]?.message.tool_calls?.map((call) => call.type === "function" && call.function.arguments)).toEqual(
      calls.map((call) => call.arguments),
    );
  });

  test("passes JSON schema and unknown fields on to the provider, with its own model name and an output cap", async () => {
    const response_format = {
      type: "json_schema" as const,
      json_schema: { name: "city", schema: { type: "object", properties: { name: { type: "string" } } } },
    };
    gateway.main.next({ kind: "text", text: '{"name":"Bern"}' });
    await gateway.openai().chat.completions.create({ model: "pool", messages: hello, response_format, max_tokens: 77, something_new: { a: 1 } } as never);
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ model: "gpt-4o-mini", response_format, something_new: { a: 1 } });
    const body = gateway.main.tally.calls[0]?.body as Record<string, unknown>;
    expect(body["max_completion_tokens"] ?? body["max_tokens"]).toBe(77);
  });
});

describe("a streamed answer", () => {
  test("has one finish, our id in every chunk, and no usage frame unless it was asked for", async () => {
    gateway.main.next({ kind: "text", tokens: 40 });
    const chunks = await collect(await gateway.openai().chat.completions.create({ model: "pool", messages: hello, stream: true }));
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(chunks[0]?.id).toMatch(/^gen_/);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(chunks.filter((chunk) => chunk.choices[0]?.finish_reason).map((chunk) => chunk.choices[0]?.finish_reason)).toEqual(["stop"]);
    expect(chunks.some((chunk) => chunk.choices.length === 0)).toBe(false);
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ stream_options: { include_usage: true } });
  });

  test("ends with the usage frame when it was asked for, settled before [DONE]", async () => {
    gateway.main.next({ kind: "text", tokens: 20, inputTokens: 30 });
    const before = await gateway.wallet("acme");
    const stream = await gateway.openai().chat.completions.create({ model: "pool", messages: hello, stream: true, stream_options: { include_usage: true } });
    const chunks = await collect(stream);
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toMatchObject({ prompt_tokens: 30, completion_tokens: 20, total_tokens: 50, cost: "0.00023" });
    const after = await gateway.wallet("acme");
    expect(before.posted - after.posted).toBe(30n * PRICE.main.input + 20n * PRICE.main.output);
  });

  test("arrives whole when the provider's bytes come one by one, with CRLF and comments", async () => {
    const text = "Grüezi, 你好 — 👋 “quoted” \\ and \n lines";
    gateway.main.next({ kind: "text", text, sliceBytes: 1, lineEnding: "\r\n", comments: true });
    const chunks = await collect(await gateway.openai().chat.completions.create({ model: "pool", messages: hello, stream: true }));
    expect(textOf(chunks)).toBe(text);
  });

  test("is assembled by the SDK's own helper, tool calls included", async () => {
    gateway.main.next({
      kind: "tools",
      calls: [
        { name: "get_weather", arguments: '{"city":"Basel"}' },
        { name: "get_weather", arguments: '{"city":"Genf"}' },
      ],
      argumentPiece: 3,
    });
    const final = await gateway
      .openai()
      .chat.completions.stream({ model: "pool", messages: hello, tools: [WEATHER] })
      .finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.map((call) => call.type === "function" && call.function.arguments)).toEqual([
      '{"city":"Basel"}',
      '{"city":"Genf"}',
    ]);
  });

  test("ends the provider's connection within a second when the client leaves, and charges what was produced", async () => {
    gateway.main.next({ kind: "text", tokens: 400, frameDelayMs: 30, inputTokens: 10 });
    const before = await gateway.wallet("acme");
    const stream = await gateway.openai().chat.completions.create({ model: "pool", messages: hello, stream: true, max_tokens: 400 });
    let seen = 0;
    let text = "";
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (++seen === 40) break;
    }
    const left = Date.now();
    await gateway.main.until((tally) => tally.aborted === 1);
    // A second is promised, and ten times as much would have been left to come.
    expect((gateway.main.tally.calls[0]?.clientClosedAt ?? Infinity) - left).toBeLessThan(5_000);
    await gateway.settled();
    const charged = before.posted - (await gateway.wallet("acme")).posted;
    // A quarter of a token for each byte that came through, and the likely prompt; far from the 400 tokens of the whole answer.
    expect(charged).toBeGreaterThanOrEqual(BigInt(Math.floor(text.length / 4)) * PRICE.main.output);
    expect(charged).toBeLessThan(200n * PRICE.main.output);
  });

  test("is no abort when the client leaves after the last word", async () => {
    gateway.main.next({ kind: "text", tokens: 5, inputTokens: 10 });
    const stream = await gateway.openai().chat.completions.create({ model: "pool", messages: hello, stream: true });
    let id = "";
    for await (const chunk of stream) {
      id = chunk.id;
      if (chunk.choices[0]?.finish_reason) break;
    }
    await gateway.settled();
    const call = (await (await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as {
      outcome: string;
      tokens: { basis: string; completion_tokens: number };
    };
    expect(call).toMatchObject({ outcome: "answered", tokens: { basis: "usage", completion_tokens: 5 } });
  });
});

describe("an Anthropic provider behind the OpenAI door", () => {
  test("answers whole and streamed as if it were OpenAI", async () => {
    gateway.claude.always({ kind: "text", text: "Bonjour à tous", inputTokens: 9 });
    const whole = await gateway
      .openai()
      .chat.completions.create({ model: "claude/claude-sonnet-4-5", messages: [{ role: "system", content: "Be brief." }, ...hello] });
    expect(whole.choices[0]?.message.content).toBe("Bonjour à tous");
    expect(whole.usage?.prompt_tokens).toBe(9);
    const chunks = await collect(await gateway.openai().chat.completions.create({ model: "claude-sonnet-4-5", messages: hello, stream: true }));
    expect(textOf(chunks)).toBe("Bonjour à tous");
    expect(gateway.claude.tally.calls[0]?.headers["x-api-key"]).toBe("sk-ant-secret-of-the-test");
    expect(gateway.claude.tally.calls[0]?.body).toMatchObject({ system: [{ type: "text", text: "Be brief." }], max_tokens: 1_000 });
  });

  test("streams tool calls", async () => {
    gateway.claude.next({ kind: "tools", calls: [{ name: "get_weather", arguments: '{"city":"Paris"}' }] });
    const final = await gateway
      .openai()
      .chat.completions.stream({ model: "claude/claude-sonnet-4-5", messages: hello, tools: [WEATHER] })
      .finalChatCompletion();
    const [call] = final.choices[0]?.message.tool_calls ?? [];
    expect(call?.type === "function" && call.function.arguments).toBe('{"city":"Paris"}');
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
  });
});

describe("errors are the SDK's own classes", () => {
  test("unknown key, unknown model, bad parameter, rate limit", async () => {
    await expect(gateway.openai("sy-not-a-key-of-anybody").chat.completions.create({ model: "pool", messages: hello })).rejects.toBeInstanceOf(
      AuthenticationError,
    );
    await expect(gateway.openai().chat.completions.create({ model: "nobody-has-this", messages: hello })).rejects.toBeInstanceOf(NotFoundError);
    const bad = await gateway
      .openai()
      .chat.completions.create({ model: "pool", messages: hello, temperature: 3 })
      .catch((error: unknown) => error);
    expect(bad).toBeInstanceOf(BadRequestError);
    expect((bad as APIError).param).toBe("temperature");
    const limited = gateway.openai(KEYS.limited);
    for (let i = 0; i < 5; i++) await limited.chat.completions.create({ model: "pool", messages: hello });
    const refused = await limited.chat.completions.create({ model: "pool", messages: hello }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimitError);
    expect(Number((refused as APIError).headers?.get("retry-after"))).toBeGreaterThan(0);
    expect((refused as APIError).headers?.get("x-ratelimit-limit-requests")).toBe("5");
    expect((refused as APIError).headers?.get("x-ratelimit-remaining-requests")).toBe("0");
  });

  test("a disabled key is 403, an expired one 401, a model outside the key's list 403", async () => {
    const statusFor = async (key: string, model = "pool"): Promise<number> =>
      (await gateway.post("/v1/chat/completions", { model, messages: hello }, { authorization: `Bearer ${key}` })).status;
    expect(await statusFor(KEYS.disabled)).toBe(403);
    expect(await statusFor(KEYS.expired)).toBe(401);
    expect(await statusFor(KEYS.narrow)).toBe(200);
    expect(await statusFor(KEYS.narrow, "three")).toBe(403);
    const models = await gateway.openai(KEYS.narrow).models.list();
    // The group, and the alias that means it.
    expect(models.data.map((model) => model.id)).toEqual(["pool", "gpt-4o-2024-08-06"]);
  });
});

describe("models", () => {
  test("are listed groups first, with prices, and found one by one", async () => {
    const { data } = await gateway.openai().models.list();
    const ids = data.map((model) => model.id);
    expect(ids.slice(0, 4).toSorted()).toEqual(["demo", "pool", "three", "wary"]);
    expect(ids).toContain("main/gpt-4o-mini");
    expect(ids).not.toContain("main/unpriced-1");
    const one = (await gateway.openai().models.retrieve("main/gpt-4o-mini")) as unknown as { pricing: Record<string, unknown>; context_window: number };
    expect(one).toMatchObject({ context_window: 128_000, pricing: { input_per_million: "1.00", output_per_million: "10.00", currency: "USD" } });
    await expect(gateway.openai().models.retrieve("nothing")).rejects.toBeInstanceOf(NotFoundError);
  });
});
