/** Responses and Messages against providers that speak them themselves: bytes pass, and the gateway still counts, charges and fails over. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Script } from "@switchyard/testkit/fake-script";
import { KEYS, PRICE, startGateway, testConfig, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({}, (...fakes) => {
    const config = testConfig(...fakes);
    const pair = [
      { provider: "main", model: "gpt-4o-mini", priority: 1 },
      { provider: "claude", model: "claude-sonnet-4-5", priority: 2 },
    ];
    const [main, ...others] = config["providers"] as { models: { price?: object }[] }[];
    const models = main?.models.map((model) => (model.price ? { ...model, price: { ...model.price, perThousandSearches: "10" } } : model));
    return {
      ...config,
      // A server of one's own of which its operator says that it speaks Responses.
      providers: [{ ...main, models }, ...others.map((one, at) => (at === 0 ? { ...one, responses: true } : one))],
      groups: [
        ...(config["groups"] as object[]),
        { name: "openai-first", targets: pair },
        { name: "anthropic-first", targets: pair.map((target) => ({ ...target, priority: 3 - target.priority })) },
      ],
    };
  });
});
afterAll(() => gateway?.close());
beforeEach(() => gateway.resetFakes());

const script: Script = {
  kind: "tools",
  text: "Grüezi 你好",
  reasoning: "what to say",
  inputTokens: 30,
  cachedTokens: 10,
  calls: [{ name: "weather", arguments: '{"city":"Zürich"}' }],
};

describe("Responses", () => {
  const ask = { model: "openai-first", input: "Say hello" };

  test("are asked and answered in OpenAI's own wire, whole and streamed, and charged exactly", async () => {
    gateway.main.always(script);
    const before = await gateway.wallet("acme");
    const whole = await gateway.openai().responses.create(ask);
    const streamed = await gateway.openai().responses.stream(ask).finalResponse();
    for (const response of [whole, streamed]) {
      expect(response.output.map((item) => item.type)).toEqual(["reasoning", "message", "function_call"]);
      expect(response.output_text).toBe("Grüezi 你好");
      expect(response.output[0]).toMatchObject({ encrypted_content: "c2lnbmF0dXJl" });
    }
    expect(gateway.main.tally.calls.map((call) => call.path)).toEqual(["/v1/responses", "/v1/responses"]);
    await gateway.main.until((tally) => tally.completed === 2);
    const { input, output, cacheRead } = gateway.main.tally.usage;
    const cost = BigInt(input - cacheRead) * PRICE.main.input + BigInt(cacheRead) * PRICE.main.cached + BigInt(output) * PRICE.main.output;
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(cost);
    await gateway.settled();
  });

  test("that may search are held for the searches that may be made, and charged for those that were", async () => {
    const search = (at: number, type: string) => ({ type: "web_search_call", id: `ws_${at}`, status: "completed", action: { type, query: "q", url: "u" } });
    const message = {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Found.", annotations: [] }],
    };
    const usage = { input_tokens: 9_000, output_tokens: 4, total_tokens: 9_004 };
    const output = [search(1, "search"), search(2, "open_page"), search(3, "search"), message];
    gateway.main.always({ kind: "body", body: { id: "resp_1", object: "response", status: "completed", model: "m", output, usage } });
    const asked = async (more: object) => {
      const before = await gateway.wallet("acme");
      const { id } = await gateway.openai().responses.create({ model: "main/gpt-4o-mini", input: "x", max_output_tokens: 100, ...more });
      const call = (await gateway.generation(id)) as { hold: { amount: string }; tokens: { suspect: boolean; parts: { searches?: number } } };
      expect(call.tokens).toMatchObject({ suspect: false, parts: { searches: 2 } });
      expect(before.posted - (await gateway.wallet("acme")).posted).toBe(9_000n * PRICE.main.input + 4n * PRICE.main.output + 20_000_000n);
      return Number(call.hold.amount);
    };
    const tools = [{ type: "web_search" }];
    const some = await asked({ tools, max_tool_calls: 3 });
    const many = await asked({ tools });
    expect(some).toBeGreaterThan(0.03 + 3 * 0.008);
    expect(many).toBeGreaterThan(some + 0.07);
    // Without a bound of the caller's, ours is sent along: it has to be one.
    expect(gateway.main.tally.calls.map(({ body }) => (body as { max_tool_calls?: number }).max_tool_calls)).toEqual([3, 10]);
    await gateway.settled();
  });

  test("are asked of a server of one's own that has them, and of one that has not in a chat, in the same attempt", async () => {
    const ours = { model: "spare/spare-large", input: "x" };
    gateway.spare.always({ kind: "text", text: "Here." });
    expect((await gateway.openai().responses.create(ours)).output_text).toBe("Here.");
    gateway.spare.when(({ path }) => path.endsWith("/responses"), { kind: "body", status: 404, body: "404 page not found" });
    const { data, response } = await gateway.openai().responses.create(ours).withResponse();
    expect([data.output_text, response.headers.get("x-switchyard-attempts")]).toEqual(["Here.", "1"]);
    expect((await gateway.openai().responses.stream(ours).finalResponse()).output_text).toBe("Here.");
    const [responses, chat] = ["/v1/responses", "/v1/chat/completions"];
    expect(gateway.spare.tally.calls.map(({ path }) => path)).toEqual([responses, responses, chat, responses, chat]);
    await gateway.settled();
  });

  test("may tell long tools twice before the first word", async () => {
    gateway.main.next({ kind: "text", text: "Hello there." });
    const parameters = { type: "object", properties: {}, additionalProperties: false, description: "x".repeat(10_000) };
    const tools = Array.from({ length: 60 }, (_, at) => ({ type: "function" as const, name: `tool_${at}`, parameters, strict: false }));
    expect(
      (
        await gateway
          .openai()
          .responses.stream({ ...ask, tools })
          .finalResponse()
      ).output_text,
    ).toBe("Hello there.");
    expect(gateway.claude.tally.requests).toBe(0);
  });

  test("go to the next target before content, in that target's wire", async () => {
    gateway.main.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 0 } });
    gateway.claude.next({ kind: "text", text: "Claude here." });
    expect((await gateway.openai().responses.stream(ask).finalResponse()).output_text).toBe("Claude here.");
    expect([gateway.main.tally.requests, gateway.claude.tally.calls[0]?.path]).toEqual([1, "/v1/messages"]);
  });

  test("that break off after content say so and never go on elsewhere", async () => {
    gateway.main.next({ kind: "text", tokens: 8, fault: { kind: "reset", at: 3 } });
    const text = await (await gateway.post("/v1/responses", { ...ask, stream: true })).text();
    expect(text).toMatch(/event: response\.output_text\.delta[\s\S]*event: response\.failed/);
    expect(text).not.toContain("response.completed");
    expect(gateway.claude.tally.requests).toBe(0);
    await gateway.settled();
  });
});

describe("Messages", () => {
  const ask = { model: "anthropic-first", max_tokens: 200, messages: [{ role: "user" as const, content: "Say hello" }] };

  test("are asked and answered in Anthropic's own wire, whole and streamed, with their proofs, and charged exactly", async () => {
    gateway.claude.always(script);
    const before = await gateway.wallet("acme");
    const whole = await gateway.anthropic().messages.create(ask);
    const streamed = await gateway.anthropic().messages.stream(ask).finalMessage();
    for (const message of [whole, streamed]) {
      expect(message.content).toMatchObject([
        { type: "thinking", thinking: "what to say", signature: "c2lnbmF0dXJl" },
        { type: "text", text: "Grüezi 你好" },
        { type: "tool_use", name: "weather", input: { city: "Zürich" } },
      ]);
      expect(message.id).toMatch(/^gen_/);
      expect(message.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 10 });
    }
    await gateway.claude.until((tally) => tally.completed === 2);
    const { input, output, cacheRead } = gateway.claude.tally.usage;
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(BigInt(input + cacheRead) * PRICE.spare.input + BigInt(output) * PRICE.spare.output);
    await gateway.settled();
  });

  test("one start reaches the client although the provider sends two, and events keep their names", async () => {
    gateway.claude.next({ kind: "text", tokens: 3, duplicateStart: true, lineEnding: "\r\n", comments: true, sliceBytes: 7 });
    const text = await (await gateway.post("/v1/messages", { ...ask, stream: true }, { "x-api-key": KEYS.acme })).text();
    const names = [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1]);
    expect(names.filter((name) => name === "message_start")).toHaveLength(1);
    expect(names.slice(-3)).toEqual(["content_block_stop", "message_delta", "message_stop"]);
  });

  test("an overload inside the 200 sends the call on, in OpenAI's chat", async () => {
    gateway.claude.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 0 } });
    gateway.main.next({ kind: "text", text: "OpenAI here." });
    const message = await gateway.anthropic().messages.stream(ask).finalMessage();
    expect(message.content).toMatchObject([{ type: "text", text: "OpenAI here." }]);
    expect(gateway.main.tally.calls[0]?.path).toBe("/v1/chat/completions");
  });

  test("what the model at hand would refuse is said in its own words", async () => {
    await gateway.anthropic().messages.create({ ...ask, max_tokens: 900, thinking: { type: "adaptive" }, output_config: { effort: "high" } });
    const { body } = gateway.claude.tally.calls[0] ?? {};
    expect(body).toMatchObject({ model: "claude-sonnet-4-5", max_tokens: 900 });
    // 900 tokens are too few for a budget of thought.
    expect(body).not.toHaveProperty("thinking");
    expect(body).not.toHaveProperty("output_config");
  });
});
