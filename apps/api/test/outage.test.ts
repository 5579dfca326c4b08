/** Postgres away, hanging or tearing connections while calls are under way: no call hangs, no answer is lost, the books are exact afterwards. */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startFaultProxy, type FaultProxy } from "@switchyard/testkit/fault-proxy";
import { createGate } from "@switchyard/testkit/fake-script";
import { refusalOf } from "./envelope.ts";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";
import { framesIn, streamed } from "./streamed.ts";

let gateway: Gateway;
let proxy: FaultProxy;
beforeAll(async () => {
  gateway = await startGateway(async (databaseUrl) => {
    const url = new URL(databaseUrl);
    proxy = await startFaultProxy({ port: Number(url.port) });
    url.port = String(proxy.port);
    return { DATABASE_URL: url.href, SHUTDOWN_GRACE_MS: "500", UPSTREAM_IDLE_MS: "20000", UPSTREAM_FIRST_BYTE_MS: "20000" };
  });
});
afterAll(async () => {
  await proxy?.set({ kind: "pass" });
  await gateway?.close();
  await proxy?.close();
});
beforeEach(() => gateway.resetFakes());

const messages = [{ role: "user" as const, content: "Say hello" }];
const ask = (extra: Record<string, unknown> = {}, key: string = KEYS.acme): Promise<Response> =>
  gateway.post("/v1/chat/completions", { model: "main/gpt-4o-mini", messages, ...extra }, { authorization: `Bearer ${key}` });
const statusOf = async (path: string): Promise<number> => (await fetch(`${gateway.url}${path}`)).status;

/** The wallet moved by what the provider says it delivered whole. */
async function expectExact(before: bigint): Promise<void> {
  await gateway.settled();
  const { input, output } = gateway.main.tally.usage;
  expect(before - (await gateway.wallet("acme")).posted).toBe(BigInt(input) * PRICE.main.input + BigInt(output) * PRICE.main.output);
}

for (const mode of [{ kind: "blackhole" }, { kind: "refuse" }] as const) {
  test(`Postgres that answers nothing (${mode.kind}): new calls are refused soon, open streams end whole, and are settled exactly when it is back`, async () => {
    const before = await gateway.wallet("acme");
    const gate = createGate();
    gateway.main.always((call) => ({ kind: "text", tokens: 12 + call.index, inputTokens: 9, wait: { at: 2, gate } }));
    const streams = await Promise.all(Array.from({ length: 5 }, async () => streamed(await ask({ stream: true, max_tokens: 40 }))));
    await Promise.all(streams.map((stream) => stream.until((text) => framesIn(text).length >= 2)));
    await proxy.set(mode);
    try {
      const begun = performance.now();
      const refusals = await Promise.all(
        [ask(), ask({ stream: true }), ask({}, KEYS.other), fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${KEYS.poor}` } })].map(
          async (answer) => refusalOf(await answer),
        ),
      );
      const slowestMs = performance.now() - begun;
      for (const refusal of refusals) expect(refusal).toMatchObject({ status: 503, code: "service_unavailable" });
      expect(slowestMs).toBeLessThan(15_000); // about one, on a machine that has time
      // What reads the books directly waits a little longer, but not for ever.
      expect(
        await refusalOf(
          await fetch(`${gateway.url}/v1/generation?id=gen_00000000000000000000000001`, {
            headers: { authorization: `Bearer ${KEYS.acme}` },
            signal: AbortSignal.timeout(40_000),
          }),
        ),
      ).toMatchObject({ status: 503 });
      expect([await statusOf("/health"), await statusOf("/ready")]).toEqual([200, 503]);
      expect(gateway.main.tally.requests).toBe(5);
      gate.open();
      for (const stream of streams) {
        const text = await stream.whole();
        expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
        expect(text).not.toContain('"error"');
      }
    } finally {
      await proxy.set({ kind: "pass" });
    }
    await expect.poll(() => statusOf("/ready")).toBe(200);
    await expect.poll(async () => (await ask()).status).toBe(200);
    await expectExact(before.posted);
  }, 60_000);
}

test("connections that are torn ten times a second under load: the program lives, what is answered is charged exactly, the rest not at all", async () => {
  const before = await gateway.wallet("acme");
  const killer = new pg.Client({ connectionString: gateway.databaseUrl });
  await killer.connect();
  let over = false;
  const tearing = (async () => {
    while (!over) {
      await killer.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const statuses: number[] = [];
  gateway.main.always((call) => ({ kind: "text", tokens: 5 + (call.index % 20), inputTokens: 8, firstByteDelayMs: 80 }));
  try {
    await Promise.all(
      Array.from({ length: 12 }, async (_, worker) => {
        for (let index = 0; index < 20; index += 1) {
          const answer = await ask({ stream: worker % 2 === 0, max_tokens: 40 });
          await answer.text();
          statuses.push(answer.status);
        }
      }),
    );
  } finally {
    over = true;
    await tearing;
    await killer.end();
  }
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(statuses.length * 0.6);
  expect(gateway.main.tally.completed).toBe(statuses.filter((status) => status === 200).length);
  await expect.poll(() => statusOf("/ready")).toBe(200);
  await expectExact(before.posted);
  expect(gateway.server.stderr).toEqual([]);
}, 60_000);

test("a commit whose answer was lost on its way is not made twice", async () => {
  const before = await gateway.wallet("acme");
  gateway.main.always({ kind: "text", tokens: 9, inputTokens: 8 });
  // How far a commit comes before the cut is a matter of chance: until some did, and long enough for several ways to be cut.
  for (let round = 0; round < 6 || (gateway.main.tally.completed === 0 && round < 60); round += 1) {
    const calls = Array.from({ length: 6 }, () => ask({ max_tokens: 20 }).then((answer) => answer.text()));
    // A busy machine gets further and further before the cut, until something was committed.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, round - 5) * 20));
    await proxy.set({ kind: "cut", afterBytes: 40 * (round % 6), direction: "down" });
    await new Promise((resolve) => setTimeout(resolve, 40));
    await proxy.set({ kind: "pass" });
    await Promise.all(calls);
  }
  expect(gateway.main.tally.completed).toBeGreaterThan(0);
  await expectExact(before.posted);
}, 60_000);

for (const kind of ["blackhole", "refuse"] as const) {
  test(`one SIGTERM ends a program whose Postgres is away (${kind}) with calls under way; what they cost is charged by the next start`, async () => {
    const before = await gateway.wallet("acme");
    const gate = createGate();
    gateway.main.always((call) => ({ kind: "text", tokens: 12 + call.index, inputTokens: 9, wait: { at: 2, gate } }));
    const streams = await Promise.all(Array.from({ length: 5 }, async () => streamed(await ask({ stream: true, max_tokens: 40 }))));
    await Promise.all(streams.map((stream) => stream.until((text) => framesIn(text).length >= 2)));
    await proxy.set({ kind });
    const { server } = gateway;
    try {
      gate.open();
      for (const stream of streams) expect((await stream.whole()).endsWith("data: [DONE]\n\n")).toBe(true);
      server.kill("SIGTERM");
      // Within the grace and five seconds where the machine has time; without an end to its waiting it never ended.
      expect(await Promise.race([server.ended, sleep(40_000, "still running")])).toEqual({ code: 0, signal: null });
      expect(server.stdout.join("\n")).toMatch(/5 calls are not committed.*\nStopped\./);
    } finally {
      await proxy.set({ kind: "pass" });
    }
    await gateway.restart();
    await expectExact(before.posted);
  }, 90_000);
}

test("one SIGTERM ends an idle program whose Postgres hangs", async () => {
  const { server } = gateway;
  await proxy.set({ kind: "blackhole" });
  try {
    server.kill("SIGTERM");
    expect(await Promise.race([server.ended, sleep(40_000, "still running")])).toEqual({ code: 0, signal: null });
  } finally {
    await proxy.set({ kind: "pass" });
  }
  await gateway.restart();
}, 60_000);

test("SIGTERM with a stream that has stalled: after the grace one error frame, no [DONE], settled, exit code 0", async () => {
  const before = await gateway.wallet("acme");
  gateway.main.next({ kind: "text", tokens: 50, inputTokens: 10, fault: { kind: "stall", at: 10 } });
  const stream = streamed(await ask({ stream: true, max_tokens: 60 }));
  await stream.until((text) => framesIn(text).length >= 10);
  gateway.main.next({ kind: "text", tokens: 5, fault: { kind: "stall", at: "before-headers" } });
  const unanswered = ask();
  await gateway.main.until((tally) => tally.requests === 2);
  const { server } = gateway;
  const begun = performance.now();
  server.kill("SIGTERM");
  const text = await stream.whole();
  const frames = framesIn(text);
  expect(JSON.parse(frames.at(-1) ?? "")).toMatchObject({ error: { code: "shutting_down" } });
  expect(frames.filter((frame) => frame.includes('"error"'))).toHaveLength(1);
  expect(text).not.toContain("[DONE]");
  expect(await refusalOf(await unanswered)).toMatchObject({ status: 503, code: "shutting_down" });
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(19_000); // less than the provider would have been waited for
  await gateway.restart();
  await gateway.settled();
  const charged = before.posted - (await gateway.wallet("acme")).posted;
  expect(charged).toBeGreaterThan(0n);
  expect(charged).toBeLessThan(50n * PRICE.main.output);
}, 60_000);

test.skipIf(!existsSync("/proc/self/io"))(
  "with nobody left to read what it says it serves on, does not talk to itself, and stops in order when the terminal is closed",
  async () => {
    const { server } = gateway;
    server.deafen();
    expect((await ask()).status).toBe(200);
    gateway.main.next({ kind: "text", tokens: 50, fault: { kind: "stall", at: 10 } });
    const stream = streamed(await ask({ stream: true, max_tokens: 60 }));
    await stream.until((text) => framesIn(text).length >= 10);
    server.kill("SIGHUP"); // it says so, and nobody reads it
    const writes = (): number => Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${server.pid}/io`, "utf8"))?.[1]);
    await sleep(100);
    const before = writes();
    await sleep(150);
    expect(writes() - before).toBeLessThan(200);
    await stream.whole();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    await gateway.restart();
  },
  60_000,
);
