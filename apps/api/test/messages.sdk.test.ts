/** The official Anthropic SDK against the running server, with targets of OpenAI's and of Anthropic's wire behind it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { APIError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import * as z from "zod";
import { startFakeGoogle } from "@switchyard/testkit/fake-google";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { KEYS, PRICE, startGateway, testConfig, withGoogle, type Gateway } from "./gateway-harness.process.ts";
import { rawExchange, rawRequest } from "./raw-client.http.ts";

let gateway: Gateway;
let google: FakeProvider;
beforeAll(async () => {
  google = await startFakeGoogle();
  gateway = await startGateway({}, (...fakes) => withGoogle(testConfig(...fakes), google));
});
afterAll(async () => {
  await gateway?.close();
  await google?.close();
});
beforeEach(() => {
  gateway.resetFakes();
  google.reset();
});

const hello = [{ role: "user" as const, content: "Say hello" }];
const weather = {
  name: "get_weather",
  description: "The weather of a city",
  input_schema: { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] },
};
const costOf = (usage: object): unknown => (usage as { cost?: unknown }).cost;
const bodyOf = (fake: FakeProvider, at = 0): Record<string, unknown> => fake.tally.calls[at]?.body as Record<string, unknown>;

interface Target {
  readonly name: string;
  readonly model: string;
  readonly fake: () => FakeProvider;
  readonly price: { readonly input: bigint; readonly output: bigint };
}
const TARGETS: readonly Target[] = [
  { name: "OpenAI's wire", model: "main/gpt-4o-mini", fake: () => gateway.main, price: PRICE.main },
  { name: "Google's wire", model: "gemini/gemini-3-pro", fake: () => google, price: PRICE.spare },
  { name: "Anthropic's wire", model: "claude/claude-sonnet-4-5", fake: () => gateway.claude, price: PRICE.spare },
];

describe.each(TARGETS)("with a target of $name", ({ model, fake, price }) => {
  test("create answers with the text, the usage and the exact charge", async () => {
    fake().next({ kind: "text", text: "Hello there.", inputTokens: 12 });
    const before = await gateway.wallet("acme");
    const { data, response } = await gateway.anthropic().messages.create({ model, max_tokens: 64, system: "Be kind", messages: hello }).withResponse();
    expect(data.content).toMatchObject([{ type: "text", text: "Hello there." }]);
    expect(data).toMatchObject({
      type: "message",
      role: "assistant",
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 2 },
    });
    expect(data.id).toBe(response.headers.get("x-generation-id"));
    expect(response.headers.get("request-id")).toBe(response.headers.get("x-request-id"));
    const cost = 12n * price.input + 2n * price.output;
    expect(costOf(data.usage)).toBe(`0.${cost.toString().padStart(9, "0")}`.replace(/0+$/, ""));
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(cost);
  });

  test("the stream helper puts the same message together, with the same charge", async () => {
    fake().next({ kind: "text", text: "Hello there, dear reader.", inputTokens: 12 });
    const before = await gateway.wallet("acme");
    const stream = gateway.anthropic().messages.stream({ model, max_tokens: 64, messages: hello });
    const pieces: string[] = [];
    stream.on("text", (piece) => pieces.push(piece));
    // LangChain and meters read the prompt's size off the first event and add the output of the last.
    const first: number[] = [];
    stream.on("streamEvent", (event) => event.type === "message_start" && first.push(event.message.usage.input_tokens, event.message.usage.output_tokens));
    const message = await stream.finalMessage();
    expect(first[0]).toBeGreaterThan(0);
    expect(first[0]).toBeLessThan(40);
    // Whoever adds both up must not count output twice.
    if (!model.startsWith("claude")) expect(first[1]).toBe(0);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe("Hello there, dear reader.");
    expect(message).toMatchObject({ content: [{ type: "text", text: "Hello there, dear reader." }], stop_reason: "end_turn" });
    expect(message.usage).toMatchObject({ input_tokens: 12, output_tokens: 4 });
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(12n * price.input + 4n * price.output);
  });

  test("parallel tool calls, whole and streamed, and their results in the next turn", async () => {
    const calls = [
      { name: "get_weather", arguments: '{"city":"Zürich"}', id: "toolu_1" },
      { name: "get_weather", arguments: '{"city":"東京"}', id: "toolu_2" },
    ];
    const sdk = gateway.anthropic();
    const ask = { model, max_tokens: 64, messages: hello, tools: [weather] };
    fake().next({ kind: "tools", text: "Let me see.", calls }, { kind: "tools", text: "Let me see.", calls });
    const whole = await sdk.messages.create(ask);
    const streamed = await sdk.messages.stream(ask).finalMessage();
    for (const message of [whole, streamed]) {
      expect(message.stop_reason).toBe("tool_use");
      // Google proves a call by a thought that only it can read.
      expect(message.content.filter((block) => block.type !== "redacted_thinking")).toMatchObject([
        { type: "text", text: "Let me see." },
        { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Zürich" } },
        { type: "tool_use", id: "toolu_2", name: "get_weather", input: { city: "東京" } },
      ]);
    }
    const results = [
      { type: "tool_result" as const, tool_use_id: "toolu_2", content: "sunny" },
      { type: "tool_result" as const, tool_use_id: "toolu_1", content: [{ type: "text" as const, text: "rain" }], is_error: true },
    ];
    await sdk.messages.create({ ...ask, messages: [...hello, { role: "assistant", content: streamed.content }, { role: "user", content: results }] });
    const sent = JSON.stringify(bodyOf(fake(), 2));
    for (const word of ["sunny", "rain", "東京", ...(fake() === google ? ['"thoughtSignature"'] : ["toolu_1", "toolu_2"])]) expect(sent).toContain(word);
  });

  test("toolRunner falls back from threads to whole conversations and ends with the answer", async () => {
    for (const stream of [false, true]) {
      fake().reset();
      fake().next(
        { kind: "tools", calls: [{ name: "get_weather", arguments: '{"city":"Paris"}', id: "toolu_1" }] },
        { kind: "text", text: "It is sunny in Paris." },
      );
      const asked: string[] = [];
      const tool = betaZodTool({
        name: "get_weather",
        description: "w",
        inputSchema: z.object({ city: z.string() }),
        run: ({ city }) => {
          asked.push(city);
          return `${city} sunny`;
        },
      });
      const final = await gateway.anthropic().beta.messages.toolRunner({ model, max_tokens: 64, messages: hello, tools: [tool], stream });
      expect(asked).toEqual(["Paris"]);
      expect(final.content).toMatchObject([{ type: "text", text: "It is sunny in Paris." }]);
      // The second turn told the model everything: what was asked, the call and its result.
      const second = JSON.stringify(bodyOf(fake(), 1));
      for (const word of ["Say hello", "get_weather", "Paris sunny"]) expect(second).toContain(word);
      expect(fake().tally.requests).toBe(2);
    }
  });

  test("parse gives the value of the schema that was asked for", async () => {
    fake().next({ kind: "text", text: '{"city":"Bern"}' });
    const message = await gateway
      .anthropic()
      .messages.parse({ model, max_tokens: 64, messages: hello, output_config: { format: zodOutputFormat(z.object({ city: z.string() })) } });
    expect(message.parsed_output).toEqual({ city: "Bern" });
    expect(JSON.stringify(bodyOf(fake()))).toContain('"city"');
  });

  test("thoughts come as blocks with a signature, whole and streamed, and may be sent back", async () => {
    const sdk = gateway.anthropic();
    fake().next({ kind: "text", text: "Four.", reasoning: "two and two" }, { kind: "text", text: "Four.", reasoning: "two and two" });
    const ask = { model, max_tokens: 4_096, messages: hello, thinking: { type: "enabled" as const, budget_tokens: 2_000 } };
    const whole = await sdk.messages.create(ask);
    const streamed = await sdk.messages.stream(ask).finalMessage();
    for (const message of [whole, streamed]) {
      expect(message.content).toMatchObject([
        { type: "thinking", thinking: "two and two", signature: expect.stringMatching(/./) },
        { type: "text", text: "Four." },
      ]);
    }
    const again = await sdk.messages.create({
      ...ask,
      messages: [...hello, { role: "assistant", content: streamed.content }, { role: "user", content: "Sure?" }],
    });
    expect(again.stop_reason).toBe("end_turn");
  });

  test("a broken stream is an error after what came, and only that is charged", async () => {
    fake().next({ kind: "text", tokens: 50, fault: { kind: "reset", at: 3 } });
    const before = await gateway.wallet("acme");
    const stream = gateway.anthropic().messages.stream({ model, max_tokens: 64, messages: hello });
    let text = "";
    stream.on("text", (piece) => (text += piece));
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIError);
    expect(text.length).toBeGreaterThan(0);
    await gateway.settled();
    const charged = before.posted - (await gateway.wallet("acme")).posted;
    expect(charged).toBeGreaterThan(0n);
    expect(charged).toBeLessThan(50n * price.output + 200n * price.input);
  });

  test("a broken stream's last frame is the error, and nothing follows it", async () => {
    fake().next({ kind: "text", tokens: 50, fault: { kind: "end", at: 3 } });
    const answer = await gateway.post("/v1/messages", { model, max_tokens: 64, messages: hello, stream: true });
    const frames = (await answer.text()).split("\n\n").slice(0, -1);
    expect(frames.at(-1)).toMatch(/^event: error\ndata: \{"type":"error"/);
    expect(frames.join("\n")).not.toContain("message_stop");
    expect(JSON.parse(frames.at(-1)?.split("data: ")[1] ?? "")).toMatchObject({ request_id: answer.headers.get("request-id") });
  });

  test("a repeated request is carried out once, and one that was answered before can be told again", async () => {
    fake().always({ kind: "text", text: "Only once, dear reader." });
    const body = { model, max_tokens: 64, messages: [{ role: "user", content: `Say hello to ${model}` }] };
    const key = { "idempotency-key": `once-${model}` };
    const first = (await (await gateway.post("/v1/messages", body, key)).json()) as Record<string, unknown>;
    const again = (await (await gateway.post("/v1/messages", body, key)).json()) as Record<string, unknown>;
    expect(again).toEqual(first);
    expect(fake().tally.requests).toBe(1);
    const cached = { "x-switchyard-cache": "on" };
    const texts: string[] = [];
    for (let at = 0; at < 2; at++) texts.push(await (await gateway.post("/v1/messages", { ...body, stream: true }, cached)).text());
    expect(fake().tally.requests).toBe(2);
    const told = texts.map((text) => text.replaceAll(/gen_\w+|"cost":"[\d.]+"/g, ""));
    expect(told[0]).toContain("message_stop");
    expect(told[1]).toBe(told[0]);
  });

  test("the caller's mistake comes back in the provider's words", async () => {
    fake().next({ kind: "status", status: 400, message: "messages: this is too odd" });
    const answer = gateway.anthropic().messages.create({ model, max_tokens: 64, messages: hello });
    await expect(answer).rejects.toSatisfy((error) => error instanceof BadRequestError && error.message.includes("this is too odd"));
  });
});

test("a group fails over between both wires without the client noticing", async () => {
  gateway.main.next({ kind: "status", status: 529 });
  gateway.claude.next({ kind: "text", text: "From Anthropic." });
  const first = await gateway.anthropic().messages.create({ model: "three", max_tokens: 64, messages: hello }).withResponse();
  expect(first.data.content).toMatchObject([{ text: "From Anthropic." }]);
  expect(first.response.headers.get("x-switchyard-attempts")).toBe("2");
  gateway.main.next({ kind: "text", text: "From OpenAI." });
  const second = await gateway.anthropic().messages.stream({ model: "three", max_tokens: 64, messages: hello }).finalMessage();
  expect(second.content).toMatchObject([{ text: "From OpenAI." }]);
});

test("a cap above the model's is lowered, not refused", async () => {
  await gateway.anthropic().messages.create({ model: "pool", max_tokens: 8_192, messages: hello });
  expect(bodyOf(gateway.main)["max_completion_tokens"]).toBe(1_000);
});

test("Claude Code's search of the web is answered in words where nobody can search", async () => {
  const search = {
    model: "pool",
    max_tokens: 64,
    messages: [{ role: "user", content: "Perform a web search for the query: Paris" }],
    tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 8 }],
    tool_choice: { type: "tool", name: "web_search" },
  };
  const message = (await (await gateway.post("/v1/messages?beta=true", search)).json()) as { content: unknown };
  expect(message.content).toMatchObject([{ type: "text" }]);
  expect(bodyOf(gateway.main)).not.toHaveProperty("tools");
});

describe("models and counts", () => {
  test("are in Anthropic's shape", async () => {
    const sdk = gateway.anthropic();
    const listed: string[] = [];
    for await (const model of sdk.models.list({ limit: 2 })) listed.push(model.id);
    expect(listed).toEqual(expect.arrayContaining(["pool", "three", "main/gpt-4o-mini", "claude/claude-sonnet-4-5"]));
    expect(await sdk.models.retrieve("pool")).toMatchObject({ type: "model", id: "pool", max_tokens: 1_000 });
    await expect(sdk.models.retrieve("nothing")).rejects.toBeInstanceOf(NotFoundError);
  });

  test("a count grows with the prompt, costs nothing and asks nobody", async () => {
    const sdk = gateway.anthropic();
    const before = await gateway.wallet("acme");
    const short = await sdk.messages.countTokens({ model: "pool", messages: hello });
    const long = await sdk.beta.messages.countTokens({ model: "pool", system: "x".repeat(4_000), messages: hello, tools: [weather] });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 900);
    expect(gateway.main.tally.requests).toBe(0);
    expect((await gateway.wallet("acme")).posted).toBe(before.posted);
    await expect(sdk.messages.countTokens({ model: "nothing", messages: hello })).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe("an Anthropic target is asked in its own wire", () => {
  const model = "claude/claude-sonnet-4-5";
  const extras = { context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] }, something_new: { a: 1 }, speed: "fast" };
  const search = { type: "web_search_20250305", name: "web_search", max_uses: 2 };

  test("with all that a chat cannot carry, and the caller's betas", async () => {
    const system = [{ type: "text", text: "x-anthropic-billing-header: cc_version=1;" }];
    const ask = { model, max_tokens: 64, messages: hello, system, tools: [search], ...extras };
    const answer = await gateway.post("/v1/messages?beta=true", ask, { "anthropic-beta": "interleaved-thinking-2025-05-14,oauth-2025-04-20" });
    expect(answer.status).toBe(200);
    // What would change the price of a call is not the caller's to set.
    const { speed: _speed, ...kept } = ask;
    expect(bodyOf(gateway.claude)).toEqual({ ...kept, model: "claude-sonnet-4-5", stream: false });
    expect(gateway.claude.tally.calls[0]?.headers["anthropic-beta"]).toBe("interleaved-thinking-2025-05-14");
    expect(gateway.claude.tally.calls[0]?.headers["x-api-key"]).toBe("sk-ant-secret-of-the-test");
  });

  test("and its events come back as they are, with our id and the cost", async () => {
    const event = {
      type: "content_block_delta",
      index: 0,
      delta: { type: "citations_delta", citation: { type: "web_search_result_location", url: "https://p.test" } },
    };
    const lines = [
      {
        type: "message_start",
        message: { id: "msg_1", type: "message", role: "assistant", model: "claude", content: [], usage: { input_tokens: 9, output_tokens: 1 } },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: [] } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüße" } },
      event,
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "pause_turn", stop_sequence: null },
        usage: { output_tokens: 4, server_tool_use: { web_search_requests: 0 } },
      },
      { type: "message_stop" },
    ].map((one) => JSON.stringify(one));
    gateway.claude.next({ kind: "recording", lines });
    const before = await gateway.wallet("acme");
    const answer = await gateway.post("/v1/messages", { model, max_tokens: 64, messages: hello, stream: true });
    const events = (await answer.text())
      .split("\n\n")
      .slice(0, -1)
      .map((frame) => JSON.parse(frame.split("data: ")[1] ?? "") as Record<string, unknown>);
    expect(events).toContainEqual(event);
    expect(events[0]).toMatchObject({ message: { id: answer.headers.get("x-generation-id"), model: "claude" } });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: "pause_turn" },
      usage: { input_tokens: 9, output_tokens: 4, server_tool_use: { web_search_requests: 0 }, cost: "0.000087" },
    });
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(9n * PRICE.spare.input + 4n * PRICE.spare.output);
  });

  test("and counts its tokens itself; when it cannot, the count is estimated", async () => {
    const sdk = gateway.anthropic();
    const told = await sdk.messages.countTokens({ model, messages: hello });
    expect(gateway.claude.tally.calls[0]).toMatchObject({ path: "/v1/messages/count_tokens", body: { model: "claude-sonnet-4-5", messages: hello } });
    gateway.claude.when(({ path }) => path.endsWith("count_tokens"), { kind: "body", body: { input_tokens: 4_711 } });
    expect(await sdk.messages.countTokens({ model, messages: hello })).toEqual({ input_tokens: 4_711 });
    gateway.claude.when(({ path }) => path.endsWith("count_tokens"), { kind: "status", status: 529 });
    const estimated = await sdk.messages.countTokens({ model, messages: hello });
    expect(estimated.input_tokens).not.toBe(4_711);
    expect(estimated.input_tokens).toBeGreaterThan(0);
    expect(told.input_tokens).toBeGreaterThan(0);
    // A count that failed says nothing about the target's calls.
    expect((await gateway.anthropic().messages.create({ model, max_tokens: 8, messages: hello })).stop_reason).toBe("end_turn");
  });
});

describe("refusals have Anthropic's shape", () => {
  const refused = async (
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; error: Record<string, unknown> }> => {
    const answer = await gateway.post("/v1/messages", body, headers);
    const parsed = (await answer.json()) as { type: string; error: Record<string, unknown>; request_id: string };
    expect(parsed.type).toBe("error");
    expect(parsed.request_id).toBe(answer.headers.get("request-id"));
    expect(answer.headers.get("x-request-id")).toBe(parsed.request_id);
    return { status: answer.status, headers: answer.headers, error: parsed.error };
  };
  const good = { model: "pool", max_tokens: 64, messages: hello };

  test("a broke wallet is a billing error that is told once", async () => {
    const poor = { authorization: `Bearer ${KEYS.poor}` };
    for (const stream of [false, true]) {
      const { status, error } = await refused({ ...good, model: "claude/claude-sonnet-4-5", max_tokens: 1_000, system: "x".repeat(120_000), stream }, poor);
      expect(status).toBe(402);
      expect(error).toMatchObject({ type: "billing_error", message: expect.stringContaining("wallet"), details: { error_code: "insufficient_credits" } });
    }
    const sdk = gateway.anthropic(KEYS.poor);
    await expect(sdk.messages.create({ ...good, system: "x".repeat(400_000), max_tokens: 1_000 })).rejects.toMatchObject({
      status: 402,
      type: "billing_error",
    });
    expect(gateway.main.tally.requests).toBe(0);
  });

  test("a rate limit says how long to wait, at most a minute", async () => {
    const sdk = gateway.anthropic(KEYS.limited);
    const error = await (async () => {
      const whole = await sdk.messages.create(good).asResponse();
      expect(whole.headers.get("anthropic-ratelimit-requests-remaining")).toBe(whole.headers.get("x-ratelimit-remaining-requests"));
      const streamed = await sdk.messages.create({ ...good, stream: true }).asResponse();
      expect(streamed.headers.get("anthropic-ratelimit-requests-limit")).toBe("5");
      await streamed.body?.cancel();
      for (let at = 0; at < 6; at++) await sdk.messages.create(good);
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    const { headers, type } = error as InstanceType<typeof RateLimitError>;
    expect(type).toBe("rate_limit_error");
    expect(headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
    expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect(Number(headers.get("retry-after-ms"))).toBeGreaterThan(0);
    expect(Number(headers.get("retry-after-ms"))).toBeLessThanOrEqual(Number(headers.get("retry-after")) * 1_000);
    expect(headers.get("anthropic-ratelimit-requests-limit")).toBe("5");
    expect(headers.get("anthropic-ratelimit-requests-remaining")).toBe("0");
    const reset = headers.get("anthropic-ratelimit-requests-reset") ?? "";
    expect(reset).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(reset)).toBeGreaterThan(Date.now());
    expect(Date.parse(reset)).toBeLessThanOrEqual(Date.now() + 61_000);
  });

  test("overload is 529, and worth a repeat", async () => {
    gateway.main.next({ kind: "status", status: 503 });
    gateway.spare.next({ kind: "status", status: 529 });
    const { status, error, headers } = await refused(good);
    expect(status).toBe(529);
    expect(error["type"]).toBe("overloaded_error");
    expect(headers.get("retry-after")).toMatch(/^\d+$/);
    expect(headers.get("x-should-retry")).toBeNull();
    await expect(gateway.anthropic().messages.create({ ...good, model: "unpriced" })).rejects.toBeInstanceOf(InternalServerError);
  });

  test("what cannot be repeated with success says so", async () => {
    gateway.claude.next({ kind: "status", status: 401, message: "invalid x-api-key" });
    const { status, headers } = await refused({ ...good, model: "claude/claude-sonnet-4-5" });
    expect(status).toBe(502);
    expect(headers.get("x-should-retry")).toBe("false");
  });

  test.each<[string, unknown, Record<string, string>, number, string]>([
    ["no key", good, { authorization: "Bearer sy-nobody" }, 401, "authentication_error"],
    ["an unknown model", { ...good, model: "nothing" }, {}, 404, "not_found_error"],
    ["a model that the key may not use", { ...good, model: "three" }, { authorization: `Bearer ${KEYS.narrow}` }, 403, "permission_error"],
    ["a body that is no JSON", "{", {}, 400, "invalid_request_error"],
    ["a wrong field", { ...good, max_tokens: "many" }, {}, 400, "invalid_request_error"],
    ["a wrong media type", "{}", { "content-type": "text/plain" }, 415, "invalid_request_error"],
  ])("%s", async (_name, body, headers, status, type) => {
    expect(await refused(body, headers)).toMatchObject({ status, error: { type, details: { error_code: expect.any(String) } } });
  });

  test("a body that is too large, a wrong method and a path that is not there", async () => {
    // Refused by its declared length, before a byte of it was read.
    const head = [`authorization: Bearer ${KEYS.acme}`, "content-type: application/json", `content-length: ${33 * 1024 * 1024}`];
    const { answers } = await rawExchange(Number(new URL(gateway.url).port), rawRequest("POST /v1/messages HTTP/1.1", head));
    expect(answers[0]?.status).toBe(413);
    expect(JSON.parse(answers[0]?.body ?? "")).toMatchObject({ type: "error", error: { type: "request_too_large" } });
    const method = await fetch(`${gateway.url}/v1/messages`);
    expect(method.status).toBe(405);
    expect(await method.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
    const path = await gateway.post("/v1/messages/batches", {});
    expect(path.status).toBe(404);
    expect(await path.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  });
});

test("x-api-key, any version, unknown betas and queries are welcome", async () => {
  const answer = await fetch(`${gateway.url}/v1/messages?beta=true&api-version=1`, {
    method: "POST",
    headers: { "x-api-key": KEYS.acme, "content-type": "application/json", "anthropic-version": "2031-01-01", "anthropic-beta": "time-travel-2031-01-01" },
    body: JSON.stringify({ model: "pool", max_tokens: 8, messages: hello }),
  });
  expect(answer.status).toBe(200);
});

test("the call is in the records under its own door", async () => {
  const { data } = await gateway.anthropic().messages.create({ model: "pool", max_tokens: 64, messages: hello }).withResponse();
  const call = await fetch(`${gateway.url}/v1/generation?id=${data.id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
  expect(await call.json()).toMatchObject({ surface: "messages", outcome: "answered", provider: "main" });
});
