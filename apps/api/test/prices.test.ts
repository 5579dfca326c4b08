/** Prices beyond plain tokens, through the running program: what is held, what is charged, what is told. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  const applied = await gateway.post(
    "/api/admin/config",
    {
      providers: [
        {
          name: "main",
          kind: "openai",
          baseUrl: gateway.main.url,
          models: [
            { id: "gpt-audio", contextWindow: 128_000, maxOutput: 1_000, capabilities: ["chat", "audio", "tools"], price: AUDIO_PRICE },
            { id: "gpt-long", contextWindow: 1_000_000, maxOutput: 1_000, capabilities: ["chat"], price: LONG_PRICE },
          ],
        },
      ],
    },
    { authorization: `Bearer ${KEYS.operator}` },
  );
  if (!applied.ok) throw new Error(await applied.text());
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const AUDIO_PRICE = {
  inputPerMillion: "2.50",
  cachedInputPerMillion: "1.25",
  outputPerMillion: "10",
  audioInputPerMillion: "40",
  audioOutputPerMillion: "80",
  perSearch: "0.01",
};
const LONG_PRICE = {
  inputPerMillion: "1",
  outputPerMillion: "10",
  tiers: [{ abovePromptTokens: 1_000, inputPerMillion: "2", outputPerMillion: "20" }],
};

async function ask(body: Record<string, unknown>) {
  const before = await gateway.wallet("acme");
  const response = await gateway.post("/v1/chat/completions", { messages: [{ role: "user", content: "Say hello" }], max_tokens: 100, ...body });
  const answer = (await response.json()) as { error?: unknown };
  expect(answer.error).toBeUndefined();
  await gateway.settled();
  const charged = before.posted - (await gateway.wallet("acme")).posted;
  const told = (await (
    await fetch(`${gateway.url}/v1/generation?id=${response.headers.get("x-generation-id")}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })
  ).json()) as { tokens: Record<string, unknown>; cost: Record<string, unknown>; price: Record<string, unknown>; hold: { amount: string } };
  return { charged, told };
}

test("sound, searches and text are each charged at their own rate, and told apart", async () => {
  const usage = {
    prompt_tokens: 50,
    completion_tokens: 90,
    total_tokens: 140,
    prompt_tokens_details: { cached_tokens: 10, audio_tokens: 30 },
    completion_tokens_details: { audio_tokens: 60 },
    server_tool_use: { web_search_requests: 2 },
    cost: 0.0271234567891,
  };
  gateway.main.next({ kind: "text", tokens: 20, usage });
  const { charged, told } = await ask({ model: "main/gpt-audio", modalities: ["text", "audio"], web_search_options: {} });
  // 10 text, 10 cached, 30 heard, 30 written, 60 spoken, 2 searches; in nano-dollars a token.
  expect(charged).toBe(10n * 2_500n + 10n * 1_250n + 30n * 40_000n + 30n * 10_000n + 60n * 80_000n + 2n * 10_000_000n);
  expect(told.tokens).toMatchObject({
    prompt_tokens: 50,
    completion_tokens: 90,
    cached_tokens: 10,
    parts: { input: 10, cachedInput: 10, audioInput: 30, output: 30, audioOutput: 60, searches: 2 },
  });
  expect(told.cost).toMatchObject({ reported_by_provider: "0.027123457" });
  expect(told.price).toMatchObject({ audio_input_per_million: "40.00", per_thousand_searches: "10.00" });
  // A hundred spoken tokens and ten searches might have come.
  expect(Number(told.hold.amount)).toBeGreaterThan(0.108);
});

test("text for a model that could also speak is held for as text", async () => {
  gateway.main.next({ kind: "text", tokens: 5 });
  const { told } = await ask({ model: "main/gpt-audio" });
  expect(Number(told.hold.amount)).toBeLessThan(0.0012);
});

test("a long prompt is held for and charged at its tier, whole", async () => {
  gateway.main.next({ kind: "text", tokens: 5, inputTokens: 1_001 });
  const { charged, told } = await ask({ model: "main/gpt-long", messages: [{ role: "user", content: "long ".repeat(1_000) }] });
  expect(charged).toBe(1_001n * 2_000n + 5n * 20_000n);
  expect(Number(told.hold.amount)).toBeGreaterThan(0.002 + 0.0033);
  gateway.main.next({ kind: "text", tokens: 5, inputTokens: 10 });
  const short = await ask({ model: "main/gpt-long" });
  expect(short.charged).toBe(10n * 1_000n + 5n * 10_000n);
});

test("the list of models says every rate", async () => {
  const { pricing } = (await (await fetch(`${gateway.url}/v1/models/main/gpt-audio`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as {
    pricing: Record<string, unknown>;
  };
  expect(pricing).toMatchObject({ input_per_million: "2.50", audio_output_per_million: "80.00", per_thousand_searches: "10.00", input_cost_per_1k: 0.0025 });
  const long = (await (await fetch(`${gateway.url}/v1/models/main/gpt-long`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as {
    pricing: Record<string, unknown>;
  };
  expect(long.pricing["tiers"]).toMatchObject([{ above_prompt_tokens: 1_000, output_per_million: "20.00" }]);
});
