/** Prices beyond plain tokens, through the running program: what is held, what is charged, what is told. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  const applied = await gateway.post(
    "/api/admin/config",
    {
      providers: [
        { name: "claude", kind: "anthropic", baseUrl: gateway.claude.url, models: [{ id: "claude-tiered", maxOutput: 1_000, price: TIERED_PRICE }] },
        {
          name: "main",
          kind: "openai",
          baseUrl: gateway.main.url,
          models: [
            { id: "gpt-audio", contextWindow: 128_000, maxOutput: 1_000, capabilities: ["chat", "audio", "tools"], price: AUDIO_PRICE },
            { id: "gpt-long", contextWindow: 1_000_000, maxOutput: 1_000, capabilities: ["chat"], price: LONG_PRICE },
            { id: "gpt-tiered", maxOutput: 1_000, capabilities: ["chat"], price: TIERED_PRICE },
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

/** Nano-dollars a token: 1,000 in and 10,000 out as ordinary service. */
const TIERED_PRICE = {
  inputPerMillion: "1",
  outputPerMillion: "10",
  serviceTiers: { flex: { multiplier: "0.5" }, priority: { inputPerMillion: "3", outputPerMillion: "20" } },
};

async function ask(body: Record<string, unknown>, path = "/v1/chat/completions") {
  const before = await gateway.wallet("acme");
  const said =
    path === "/v1/responses" ? { input: "Say hello", max_output_tokens: 100 } : { messages: [{ role: "user", content: "Say hello" }], max_tokens: 100 };
  const response = await gateway.post(path, { ...said, ...body });
  const answer = await response.text();
  expect(response.status, answer).toBe(200);
  await gateway.settled();
  const charged = before.posted - (await gateway.wallet("acme")).posted;
  const told = (await (
    await fetch(`${gateway.url}/v1/generation?id=${response.headers.get("x-generation-id")}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })
  ).json()) as {
    tokens: Record<string, unknown>;
    cost: Record<string, unknown>;
    price: Record<string, unknown>;
    hold: { amount: string };
    attempts: Record<string, unknown>[];
  };
  return { charged, told, answer };
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

describe("service tiers", () => {
  const ORDINARY = 10n * 1_000n + 5n * 10_000n;
  const FLEX = ORDINARY / 2n;
  const PRIORITY = 10n * 3_000n + 5n * 20_000n;
  /** A hundred tokens of answer, and a little for the prompt. */
  const HOLD = { ordinary: 0.001, priority: 0.002 };
  const OPENAI = [
    ["/v1/chat/completions", "main/gpt-tiered"],
    ["/v1/responses", "main/gpt-tiered"],
    ["/v1/messages", "main/gpt-tiered"],
  ] as const;
  const ANTHROPIC = [
    ["/v1/messages", "claude/claude-tiered"],
    ["/v1/chat/completions", "claude/claude-tiered"],
  ] as const;

  for (const stream of [false, true]) {
    test.each(OPENAI.slice(0, 2))(`OpenAI's, through %s, stream ${stream}: held for the dearest, charged for what the answer names`, async (path, model) => {
      for (const [asked, served, charge] of [
        ["flex", "flex", FLEX],
        ["priority", "priority", PRIORITY],
        ["priority", "default", ORDINARY],
        ["auto", "priority", PRIORITY],
        ["default", "default", ORDINARY],
      ] as const) {
        gateway.main.next({ kind: "text", tokens: 5, serviceTier: served });
        const { charged, told, answer } = await ask({ model, stream, service_tier: asked }, path);
        expect(charged, `${asked} served as ${served}`).toBe(charge);
        expect(answer).toContain(`"service_tier":"${served}"`);
        expect(told.attempts[0]?.["serviceTier"]).toBe(served === "default" ? undefined : served);
        const held = Number(told.hold.amount);
        if (asked === "priority" || asked === "auto") expect(held).toBeGreaterThan(HOLD.priority);
        else expect(held).toBeLessThan(HOLD.priority);
        expect(held).toBeGreaterThan(HOLD.ordinary);
        expect(gateway.main.tally.calls.at(-1)?.body).toMatchObject({ service_tier: asked });
      }
    });

    test.each(ANTHROPIC)(`Anthropic's, through %s, stream ${stream}`, async (path, model) => {
      const standard = path === "/v1/messages" ? "standard_only" : "default";
      for (const [asked, served, charge] of [
        ["auto", "priority", PRIORITY],
        [undefined, "priority", PRIORITY],
        ["auto", "standard", ORDINARY],
        [standard, "standard", ORDINARY],
      ] as const) {
        gateway.claude.next({ kind: "text", tokens: 5, serviceTier: served });
        const { charged, told } = await ask({ model, stream, ...(asked === undefined ? {} : { service_tier: asked }) }, path);
        expect(charged, `${asked} served as ${served}`).toBe(charge);
        const held = Number(told.hold.amount);
        if (asked === standard) expect(held).toBeLessThan(HOLD.priority);
        else expect(held).toBeGreaterThan(HOLD.priority);
      }
    });
  }

  test("a stream that its client leaves is charged in the tier that its beginning names", async () => {
    gateway.main.next({ kind: "text", tokens: 200, serviceTier: "flex", frameDelayMs: 20 });
    const stream = await gateway
      .openai()
      .chat.completions.create({ model: "main/gpt-tiered", messages: [{ role: "user", content: "Say hello" }], stream: true, service_tier: "flex" });
    let id = "";
    let frames = 0;
    for await (const chunk of stream) {
      ({ id } = chunk);
      if (++frames === 10) break;
    }
    await gateway.settled();
    const told = (await gateway.generation(id)) as { tokens: { prompt_tokens: number; completion_tokens: number; basis: string }; cost: { nano_usd: string } };
    expect(told.tokens).toMatchObject({ basis: "estimate" });
    expect(BigInt(told.cost.nano_usd)).toBe(BigInt(told.tokens.prompt_tokens) * 500n + BigInt(told.tokens.completion_tokens) * 5_000n);
  });

  test("a dear tier that has no price is not asked for; what comes all the same is charged as ordinary, and told to the operator once", async () => {
    for (const asked of ["priority", "scale"]) {
      gateway.main.next({ kind: "text", tokens: 5, serviceTier: "default" });
      const { charged } = await ask({ model: "main/gpt-4o-mini", service_tier: asked });
      expect(charged).toBe(ORDINARY);
      expect(gateway.main.tally.calls.at(-1)?.body).not.toHaveProperty("service_tier");
    }
    gateway.main.next({ kind: "text", tokens: 5, serviceTier: "flex" });
    expect((await ask({ model: "main/gpt-4o-mini", service_tier: "flex" })).charged).toBe(ORDINARY);
    expect(gateway.main.tally.calls.at(-1)?.body).toMatchObject({ service_tier: "flex" });
    for (let times = 0; times < 2; times++) {
      gateway.main.next({ kind: "text", tokens: 5, serviceTier: "priority" });
      const { charged, told } = await ask({ model: "main/gpt-4o-mini" });
      expect(charged).toBe(ORDINARY);
      expect(told.attempts[0]).toMatchObject({ serviceTier: "priority" });
    }
    expect(gateway.server.stdout.filter((line) => line.includes("a tier that their model has no price for"))).toHaveLength(1);
  });

  test("are told by the list of models and by the export, which applies again unchanged", async () => {
    const operator = { authorization: `Bearer ${KEYS.operator}` };
    const model = (await (await fetch(`${gateway.url}/v1/models/main/gpt-tiered`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as {
      pricing: Record<string, unknown>;
    };
    expect(model.pricing).toMatchObject({ service_tiers: { flex: { input_per_million: "0.50" }, priority: { output_per_million: "20.00" } } });
    const estimate = await gateway.post("/api/models/estimate-cost", {
      modelId: "main/gpt-tiered",
      inputTokens: 100,
      outputTokens: 10,
      serviceTier: "priority",
    });
    expect(await estimate.json()).toMatchObject({ estimatedCost: "0.0005", costBreakdown: { inputCost: "0.0003", outputCost: "0.0002" } });
    const { providers } = (await gateway.admin("/api/admin/config")) as {
      providers: { name: string; models: { id: string; price: Record<string, unknown> }[] }[];
    };
    const main = providers.find(({ name }) => name === "main");
    const tiered = main?.models.find(({ id }) => id === "gpt-tiered");
    expect(tiered?.price["serviceTiers"]).toMatchObject({ flex: { outputPerMillion: "5.00" }, priority: { inputPerMillion: "3.00" } });
    const again = await gateway.post("/api/admin/config", { providers: [{ ...main, apiKey: undefined }] }, operator);
    expect(await again.json()).toEqual({ changes: [] });
  });
});
