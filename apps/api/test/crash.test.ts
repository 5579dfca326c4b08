/** The program killed at chosen moments of a call, and stopped in order: what was produced is charged once, what was held comes back. */
import pg from "pg";
import { describe, expect, test } from "vitest";
import { createGate } from "@switchyard/testkit/fake-script";
import { KEYS, PRICE } from "./gateway-harness.process.ts";
import { contentIn, framesIn, streamed } from "./streamed.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway();

const messages = [{ role: "user" as const, content: "Say hello" }];
const ask = (extra: Record<string, unknown> = {}): Promise<Response> => gateway.post("/v1/chat/completions", { model: "main/gpt-4o-mini", messages, ...extra });
const callOf = async (id: string | null): Promise<Record<string, unknown>> =>
  (await (await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as Record<string, unknown>;

describe("kill -9", () => {
  test("before the provider's headers: nothing is charged, the hold is back at the next start", async () => {
    const before = await gateway.wallet("acme");
    const gate = createGate();
    gateway.main.next({ kind: "text", tokens: 5, wait: { at: "before-headers", gate } });
    const broken = ask()
      .then((response) => response.text())
      .catch((error: unknown) => error);
    await gate.reached;
    expect((await gateway.wallet("acme")).held).toBeGreaterThan(0n);
    await gateway.kill();
    expect(await broken).toBeInstanceOf(Error);
    await gateway.restart();
    await gateway.settled();
    expect(await gateway.wallet("acme")).toEqual(before);
    expect(gateway.main.tally.requests).toBe(1);
  }, 60_000);

  test("in the middle of a stream: the progress in the journal is charged, once, however often it starts again", async () => {
    const before = await gateway.wallet("acme");
    const gate = createGate();
    gateway.main.next({ kind: "text", tokens: 4_000, tokensPerFrame: 100, ignoreCap: true, wait: { at: 30, gate } });
    // Eight answers are held for, so that the hold does not cap what one of them is charged.
    const response = await ask({ stream: true, n: 8 });
    const id = response.headers.get("x-generation-id");
    const stream = streamed(response);
    await gate.reached;
    await stream.until((text) => framesIn(text).length >= 30);
    await gateway.kill();
    await expect(stream.whole()).rejects.toBeInstanceOf(Error);
    await gateway.restart();
    await gateway.settled();
    const after = await gateway.wallet("acme");
    const charged = before.posted - after.posted;
    const bytes = Buffer.byteLength(contentIn(stream.text));
    const frame = Math.ceil(bytes / 29);
    // Progress is written every 4 KiB of output, or every second.
    expect(charged).toBeGreaterThanOrEqual(BigInt(Math.floor((bytes - 4_096 - 2 * frame) / 4)) * PRICE.main.output);
    expect(charged).toBeLessThanOrEqual(BigInt(Math.ceil((bytes + 2 * frame) / 4)) * PRICE.main.output + 100n * PRICE.main.input);
    expect(await callOf(id)).toMatchObject({ outcome: "recovered", tokens: { basis: "recovered" }, hold: { state: "posted" } });
    await gateway.kill();
    await gateway.restart();
    await gateway.settled();
    expect(await gateway.wallet("acme")).toEqual(after);
  }, 60_000);

  test("after the provider's end and before the settlement: exactly the provider's usage is charged", async () => {
    const before = await gateway.wallet("acme");
    const locker = new pg.Client({ connectionString: gateway.databaseUrl });
    await locker.connect();
    const gate = createGate();
    gateway.main.next({ kind: "text", tokens: 37, inputTokens: 21, wait: { at: 1, gate } });
    const answer = ask({ stream: true }).then(async (response) => ({
      id: response.headers.get("x-generation-id"),
      text: await response.text().catch(() => ""),
    }));
    await gate.reached;
    try {
      await locker.query("begin");
      await locker.query("select 1 from ledger.wallets w join switchyard.workspaces s using (workspace_id) where s.name = 'acme' for update of w");
      gate.open();
      await gateway.main.until((tally) => tally.completed === 1);
      // The closing is in the journal and cannot be committed; the client waits for it no longer than a moment.
      const { text } = await answer;
      expect(text).toContain("[DONE]");
      await gateway.kill();
      // Its last statement may still wait for the lock, and would be committed after all.
      await expect
        .poll(
          async () => (await inDatabase("select 1 from pg_stat_activity where datname = current_database() and application_name like 'switchyard%'")).length,
          { timeout: 10_000 },
        )
        .toBe(0);
    } finally {
      await locker.query("rollback");
      await locker.end();
    }
    expect(await inDatabase("select posted from ledger.wallets w join switchyard.workspaces s using (workspace_id) where s.name = 'acme'")).toEqual([
      { posted: String(before.posted) },
    ]);
    await gateway.restart();
    await gateway.settled();
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(21n * PRICE.main.input + 37n * PRICE.main.output);
    expect(await callOf((await answer).id)).toMatchObject({ outcome: "answered", tokens: { basis: "usage", completion_tokens: 37 } });
  }, 60_000);

  test("under load, at any moment: the wallet is within what the provider counted, nothing stays held, no invariant is broken", async () => {
    const before = await gateway.wallet("acme");
    gateway.main.always((call) => ({ kind: "text", tokens: 20 + (call.index % 30), frameDelayMs: 5 }));
    for (let round = 0; round < 2; round += 1) {
      const calls = Array.from({ length: 40 }, (_, index) =>
        ask({ stream: index % 2 === 0, max_tokens: 60 })
          .then((response) => response.text())
          .catch(() => "cut off"),
      );
      await gateway.main.until((tally) => tally.requests >= 20 + round * 25);
      await gateway.kill();
      await Promise.all(calls);
      await gateway.restart();
    }
    await gateway.settled();
    const charged = before.posted - (await gateway.wallet("acme")).posted;
    const { requests } = gateway.main.tally;
    expect(charged).toBeGreaterThanOrEqual(0n);
    expect(charged).toBeLessThanOrEqual(BigInt(requests) * (60n * PRICE.main.output + 40n * PRICE.main.input));
  }, 60_000);
});

/** Asks as the superuser, while the program is away. */
async function inDatabase(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test("SIGTERM with streams under way: not ready at once, new calls are told, those under way end whole, exit code 0", async () => {
  const before = await gateway.wallet("acme");
  const gate = createGate();
  gateway.main.always((call) => ({ kind: "text", tokens: 10 + (call.index % 5), inputTokens: 7, wait: { at: 3, gate } }));
  const streams = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const whole = index % 4 === 0;
      const answer = ask({ stream: !whole, max_tokens: 50 });
      return whole ? answer.then((response) => response.text()) : streamed(await answer).whole();
    }).map((one) => Promise.resolve({ text: one })),
  );
  await gateway.main.until((tally) => tally.requests === 20);
  const { server } = gateway;
  server.kill("SIGTERM");
  await expect.poll(async () => (await fetch(`${gateway.url}/ready`)).status, { interval: 20 }).toBe(503);
  const late = await ask();
  expect(late.status).toBe(503);
  expect(await late.json()).toMatchObject({ error: { code: "shutting_down", type: "overloaded_error" } });
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  gate.open();
  for (const { text } of streams) expect(await text).toMatch(/data: \[DONE\]|"finish_reason":"(?:stop|length)"/);
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(server.stderr).toEqual([]);
  expect(await inDatabase("select 1 from ledger.holds where state = 'pending'")).toEqual([]);
  await gateway.restart();
  await gateway.settled();
  const { input, output } = gateway.main.tally.usage;
  expect(gateway.main.tally.completed).toBe(20);
  expect(before.posted - (await gateway.wallet("acme")).posted).toBe(BigInt(input) * PRICE.main.input + BigInt(output) * PRICE.main.output);
}, 60_000);

test.each([["SIGTERM", "SIGTERM"] as const, ["SIGINT", "SIGTERM"] as const])(
  "%s and %s at once: it hurries, settles nothing twice, and the next start owes nothing",
  async (first, second) => {
    const before = await gateway.wallet("acme");
    const gate = createGate();
    gateway.main.always({ kind: "text", tokens: 40, inputTokens: 7, wait: { at: 20, gate } });
    const streams = await Promise.all(Array.from({ length: 10 }, async () => streamed(await ask({ stream: true, max_tokens: 50 }))));
    await Promise.all(streams.map((stream) => stream.until((text) => framesIn(text).length >= 20)));
    const { server } = gateway;
    server.kill(first);
    await expect.poll(async () => (await fetch(`${gateway.url}/ready`)).status, { interval: 20 }).toBe(503);
    server.kill(second);
    const hurried = performance.now();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    // Five seconds are promised; the grace of the first signal alone would have been thirty.
    expect(performance.now() - hurried).toBeLessThan(20_000);
    await Promise.all(streams.map((stream) => stream.whole().catch(() => "cut off")));
    gate.open();
    await gateway.restart();
    await gateway.settled();
    const charged = before.posted - (await gateway.wallet("acme")).posted;
    expect(charged).toBeLessThanOrEqual(10n * (2n * 40n * PRICE.main.output + 40n * PRICE.main.input));
    const entries = "select 1 from ledger.entries where hold_id is not null group by workspace_id, hold_id having count(*) > 1";
    expect(await inDatabase(entries)).toEqual([]);
    expect(await inDatabase("select 1 from ledger.holds where state = 'pending'")).toEqual([]);
    await gateway.kill();
    await gateway.restart();
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(charged);
  },
);
