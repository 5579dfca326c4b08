/** The promise of the wallet, against the provider's own tally: what fits is served, what was served is charged, once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGate, type Script } from "@switchyard/testkit/fake-script";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ PUBLIC_URL: "https://gateway.example/llm/", UPSTREAM_FIRST_BYTE_MS: "60000", UPSTREAM_IDLE_MS: "60000" });
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const messages = [{ role: "user" as const, content: "Say hello" }];
const ask = (key: string, extra: Record<string, unknown> = {}): Promise<Response> =>
  gateway.post("/v1/chat/completions", { model: "main/gpt-4o-mini", messages, ...extra }, { authorization: `Bearer ${key}` });

/** Asks so many times at once; the provider answers when each was either refused or waits there, so that none fits because another was over. */
async function atTheSameTime(number: number, script: Script, key: string, extra: Record<string, unknown>) {
  const gate = createGate();
  gateway.main.always({ ...script, wait: { at: "before-headers", gate } });
  let answered = 0;
  const answers = Array.from({ length: number }, async () => {
    const response = await ask(key, extra);
    answered += 1;
    return { status: response.status, body: (await response.json()) as { error?: { code: string; type: string } } };
  });
  await expect.poll(() => answered + gateway.main.tally.open, { timeout: 50_000 }).toBe(number);
  gate.open();
  return Promise.all(answers);
}

test("300 calls at once on a wallet that affords ten: exactly what fits is served", async () => {
  // $0.10 = 100,000,000 nano; each call holds about 1000 tokens at 10,000 nano and a small prompt: nine fit at once.
  const { available } = await gateway.wallet("poor");
  const answers = await atTheSameTime(300, { kind: "text", tokens: 1000, tokensPerFrame: 1000, inputTokens: 10 }, KEYS.poor, { max_tokens: 990 });
  const served = answers.filter((one) => one.status === 200).length;
  const refused = answers.filter((one) => one.status === 402);
  // A machine that is busy with other things may turn some away before their hold is tried.
  const turnedAway = answers.filter((one) => one.status === 503);
  expect(served + refused.length + turnedAway.length).toBe(300);
  expect(refused.length).toBeGreaterThan(turnedAway.length);
  expect(refused.every((one) => one.body.error?.code === "insufficient_credits" && one.body.error.type === "insufficient_quota")).toBe(true);
  expect(gateway.main.tally.requests).toBe(served);
  const hold = 990n * PRICE.main.output;
  expect(BigInt(served)).toBe(available / (hold + 18n * PRICE.main.input));
  await gateway.settled();
  const after = await gateway.wallet("poor");
  const { input, output } = gateway.main.tally.usage;
  expect(available - after.available).toBe(BigInt(input) * PRICE.main.input + BigInt(output) * PRICE.main.output);
  expect(after.available).toBeGreaterThanOrEqual(0n);
}, 60_000);

test("a call without max_tokens is clamped to what the wallet affords, and the cap is sent", async () => {
  const { available } = await gateway.wallet("poor");
  expect(available).toBeLessThan(1_000n * PRICE.main.output);
  const needs = 256n * PRICE.main.output + 100n * PRICE.main.input;
  if (available < needs) return expect((await ask(KEYS.poor)).status).toBe(402);
  gateway.main.next({ kind: "text", tokens: 3, inputTokens: 5 });
  expect((await ask(KEYS.poor)).status).toBe(200);
  const sent = (gateway.main.tally.calls[0]?.body as { max_completion_tokens: number } | undefined)?.max_completion_tokens ?? expect.fail("a call was sent");
  expect(sent).toBeLessThan(1_000);
  expect(BigInt(sent) * PRICE.main.output).toBeLessThanOrEqual(available);
});

test("the budget of a key stops it, hard, while the wallet goes on", async () => {
  // $0.05 of budget: four calls of 990 tokens at once fit, however many ask.
  const script: Script = { kind: "text", tokens: 990, tokensPerFrame: 990, inputTokens: 10 };
  const statuses = (await atTheSameTime(40, script, KEYS.capped, { max_tokens: 990 })).map(({ status }) => status);
  gateway.resetFakes();
  expect(statuses.filter((status) => status === 200)).toHaveLength(5);
  expect(statuses.filter((status) => status === 402)).toHaveLength(35);
  const refused = (await (await ask(KEYS.capped, { max_tokens: 990 })).json()) as { error: { code: string } };
  expect(refused.error.code).toBe("budget_exceeded");
  expect((await ask(KEYS.acme, { max_tokens: 5 })).status).toBe(200);
  await gateway.settled();
});

describe("a refusal for money says what is missing and where to mend it, as each door's clients read it", () => {
  const WALLET = "https://gateway.example/llm/w/other/wallet";
  const POOR = "https://gateway.example/llm/w/poor/wallet";
  const dear = { max_tokens: 1_000, n: 120 };

  test("OpenAI's", async () => {
    const { error } = (await (await ask(KEYS.other, dear)).json()) as { error: { message: string; code: string } };
    expect(error.code).toBe("insufficient_credits");
    expect(error.message).toBe(
      `This call may cost up to $1.21, and the wallet has $1.00 left: $0.21 too little. Top up at ${WALLET}, or ask for fewer tokens with max_tokens.`,
    );
    const responses = await gateway.post(
      "/v1/responses",
      { model: "claude/claude-sonnet-4-5", input: "x".repeat(200_000), max_output_tokens: 1_000 },
      { authorization: `Bearer ${KEYS.poor}` },
    );
    expect(await responses.json()).toMatchObject({ error: { message: expect.stringContaining(POOR) } });
  });

  test("Anthropic's", async () => {
    const body = { model: "claude/claude-sonnet-4-5", max_tokens: 1_000, messages: [{ role: "user", content: "x".repeat(200_000) }] };
    const answer = await gateway.post("/v1/messages", body, { authorization: `Bearer ${KEYS.poor}` });
    expect(answer.status).toBe(402);
    expect(await answer.json()).toMatchObject({
      error: { type: "billing_error", message: expect.stringContaining(`Top up at ${POOR}`), details: { url: POOR } },
    });
  });

  test("Google's", async () => {
    const body = { contents: [{ role: "user", parts: [{ text: "x".repeat(200_000) }] }], generationConfig: { maxOutputTokens: 1_000, candidateCount: 8 } };
    const answer = await gateway.post("/v1beta/models/main%2Fgpt-4o-mini:generateContent", body, { authorization: `Bearer ${KEYS.poor}` });
    expect(answer.status).toBe(402);
    const { error } = (await answer.json()) as { error: { message: string; details: unknown[] } };
    expect(error.message).toContain(`Top up at ${POOR}`);
    expect(error.details).toContainEqual({
      "@type": "type.googleapis.com/google.rpc.Help",
      links: [{ description: "Switchyard's console", url: POOR }],
    });
  });

  test("a budget is raised on the page of keys", async () => {
    const { error } = (await (await ask(KEYS.capped, { max_tokens: 1_000, n: 20 })).json()) as { error: { message: string; code: string } };
    expect(error.code).toBe("budget_exceeded");
    expect(error.message).toMatch(
      /and the budget of this key has \$0\.\d\d left: \$0\.\d+ too little\. Raise it at https:\/\/gateway\.example\/llm\/w\/acme\/keys, or /,
    );
  });
});

describe("a provider's report of usage", () => {
  const chargeOf = async (usage: unknown, extra: Record<string, unknown> = {}): Promise<bigint> => {
    const before = await gateway.wallet("acme");
    gateway.main.next({ kind: "text", tokens: 20, usage });
    const response = await ask(KEYS.acme, { max_tokens: 100, ...extra });
    await response.text();
    await gateway.settled();
    return before.posted - (await gateway.wallet("acme")).posted;
  };

  test("that is missing is estimated from what came, never above the hold", async () => {
    const before = await gateway.wallet("acme");
    gateway.main.next({ kind: "text", tokens: 20, omit: ["usage"] });
    await (await ask(KEYS.acme, { max_tokens: 100, stream: true })).text();
    await gateway.settled();
    const charged = before.posted - (await gateway.wallet("acme")).posted;
    expect(charged).toBeGreaterThan(0n);
    expect(charged).toBeLessThanOrEqual(100n * PRICE.main.output + 20n * PRICE.main.input);
  });

  for (const [name, usage] of Object.entries({
    negative: { prompt_tokens: -5, completion_tokens: -100, total_tokens: -105 },
    astronomical: { prompt_tokens: 1e18, completion_tokens: 1e18, total_tokens: 2e18 },
    text: { prompt_tokens: "ten", completion_tokens: "many", total_tokens: "lots" },
    null: null,
  })) {
    test(`that is ${name} never credits and never passes the hold (whole and streamed)`, async () => {
      for (const stream of [false, true]) {
        const charged = await chargeOf(usage, { stream });
        expect(charged).toBeGreaterThan(0n);
        expect(charged).toBeLessThanOrEqual(100n * PRICE.main.output + 40n * PRICE.main.input);
      }
    });
  }

  test("that is less than what came is believed, and of several the last one that can be one counts", async () => {
    expect(await chargeOf({ prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 })).toBe(3n * PRICE.main.input + PRICE.main.output);
    const chunk = (more: object): string =>
      `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1, model: "m", choices: [], ...more })}\n\n`;
    const said = (delta: object, reason: string | null) => chunk({ choices: [{ index: 0, delta, finish_reason: reason }] });
    const usage = (prompt: unknown, completion: unknown) => chunk({ usage: { prompt_tokens: prompt, completion_tokens: completion } });
    const body = [
      said({ role: "assistant", content: "Hello" }, null),
      usage(9, 90),
      said({}, "stop"),
      usage(7, 20),
      usage(-1, "lots"),
      "data: [DONE]\n\n",
    ].join("");
    const before = await gateway.wallet("acme");
    gateway.main.next({ kind: "body", contentType: "text/event-stream", body });
    expect(await (await ask(KEYS.acme, { max_tokens: 100, stream: true })).text()).toContain("[DONE]");
    await gateway.settled();
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(7n * PRICE.main.input + 20n * PRICE.main.output);
  });

  test("beyond the cap that was sent is marked and cut to the hold", async () => {
    const charged = await chargeOf({ prompt_tokens: 10, completion_tokens: 5_000_000, total_tokens: 5_000_010 });
    expect(charged).toBeGreaterThan(20n * PRICE.main.output);
    expect(charged).toBeLessThanOrEqual(100n * PRICE.main.output + 40n * PRICE.main.input);
  });
});

test("200 mixed calls at once: the wallet moves by exactly what the provider counted", async () => {
  const before = await gateway.wallet("acme");
  gateway.main.always((call) => ({ kind: "text", tokens: 5 + (call.index % 40), inputTokens: 10 + (call.index % 7), cachedTokens: call.index % 5 }));
  await Promise.all(Array.from({ length: 200 }, async (_, index) => (await ask(KEYS.acme, { max_tokens: 60, stream: index % 2 === 0 })).text()));
  await gateway.settled();
  const { input, output, cacheRead } = gateway.main.tally.usage;
  expect(gateway.main.tally.completed).toBe(200);
  const cost = BigInt(input - cacheRead) * PRICE.main.input + BigInt(cacheRead) * PRICE.main.cached + BigInt(output) * PRICE.main.output;
  expect(before.posted - (await gateway.wallet("acme")).posted).toBe(cost);
}, 60_000);

test("every entry is there, newest first, page by page, and they sum to the wallet", async () => {
  const { workspaceId, posted } = await gateway.wallet("acme");
  let cursor: string | null = null;
  let sum = 0n;
  const times: string[] = [];
  do {
    const page = (await gateway.admin(`/api/admin/wallets/${workspaceId}/entries${cursor === null ? "" : `?cursor=${cursor}`}`)) as {
      entries: { amount: string; at: string }[];
      nextCursor: string | null;
    };
    for (const entry of page.entries) {
      sum += BigInt(entry.amount);
      times.push(entry.at);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(sum).toBe(posted);
  expect(times).toEqual(times.toSorted().toReversed());
});

test("a model without a price is refused, nothing is held", async () => {
  const response = await ask(KEYS.acme, { model: "unpriced" });
  expect(response.status).toBe(503);
  expect(gateway.main.tally.requests).toBe(0);
});

test("a wallet that is locked by somebody else delays only its own calls", async () => {
  const { default: pg } = await import("pg");
  const locker = new pg.Client({ connectionString: gateway.databaseUrl });
  await locker.connect();
  try {
    await locker.query("begin");
    await locker.query("select 1 from ledger.wallets w join switchyard.workspaces s using (workspace_id) where s.name = 'other' for update of w");
    const [locked, free] = await Promise.all([ask(KEYS.other, { max_tokens: 5 }), ask(KEYS.acme, { max_tokens: 5 })]);
    expect(free.status).toBe(200);
    expect(locked.status).toBe(503);
  } finally {
    await locker.query("rollback");
    await locker.end();
  }
  expect((await ask(KEYS.other, { max_tokens: 5 })).status).toBe(200);
  await gateway.settled();
});
