/** Two programs that share one Redis and one Postgres, and what becomes of them when it is flushed, hangs or dies. How they count together: limits.test.ts. */
import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { OpenAI } from "openai";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { freePort } from "@switchyard/testkit/free-port.process";
import { startRedis, type TestRedis } from "@switchyard/testkit/redis-harness";
import { TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";

const FLUSHED = "sy-key-that-is-limited-while-redis-is-flushed";
const port = await freePort();
let redis: TestRedis | undefined = await startRedis({ port });
/** One that was lent to us is neither flushed nor killed. */
const isOurs = redis?.pid !== undefined;
let gateway: Gateway;
let twin: RunningServer;
let folder: string;

beforeAll(async () => {
  if (!redis) return;
  const REDIS_URL = redis.url;
  gateway = await startGateway({ REDIS_URL });
  folder = await mkdtemp(join(tmpdir(), "switchyard-twin-"));
  await limitKey("narrow", 1_000_000);
  await gateway.post(
    "/api/admin/config",
    { workspaces: [{ name: "acme", keys: [{ name: "flushed", secret: FLUSHED }] }] },
    { authorization: `Bearer ${KEYS.operator}` },
  );
  twin = await startServer({
    env: { DATABASE_URL: gateway.databaseUrl, SECRET_KEY: TEST_SECRET_KEY, DATA_DIR: folder, REDIS_URL, ALLOW_PRIVATE_UPSTREAMS: "true", LOG_LEVEL: "warn" },
  });
});
afterAll(async () => {
  await twin?.stop();
  await gateway?.close();
  await redis?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});
beforeEach(() => gateway?.resetFakes());

async function limitKey(name: string, max: number): Promise<void> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  await client.query("update switchyard.api_keys set limits = $2 where name = $1", [name, JSON.stringify([{ kind: "requests", max, windowSeconds: 60 }])]);
  await client.end();
}

const ask = (url: string, key: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "pool", max_tokens: 5, messages: [{ role: "user", content: "hi" }] }),
  });

interface Answered {
  readonly status: number;
  readonly ms: number;
}

/** Calls on both programs, one after the other in each of `workers` lines, until told to stop. */
async function load(workers: number, isOver: () => boolean): Promise<Answered[]> {
  const answers: Answered[] = [];
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      while (!isOver()) {
        const begun = performance.now();
        const answer = await ask(index % 2 === 0 ? gateway.url : twin.url, KEYS.narrow);
        await answer.text();
        answers.push({ status: answer.status, ms: performance.now() - begun });
      }
    }),
  );
  return answers;
}

/** Breaks Redis while calls run; every call is answered well, and hardly any is slower for it. */
async function expectUnharmed(breakIt: () => void | Promise<void>): Promise<void> {
  const before = (await gateway.wallet("acme")).posted;
  let over = false;
  const running = load(6, () => over);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await breakIt();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  over = true;
  const answers = await running;
  expect(answers.filter((one) => one.status !== 200)).toEqual([]);
  const slowest = answers.map((one) => one.ms).toSorted((a, b) => a - b);
  // A command that nobody answers would be waited for until it is given up. What a call costs in time is measured by the bench.
  expect(slowest.at(Math.floor(slowest.length * 0.5))).toBeLessThan(1_000);
  expect(slowest.at(-1)).toBeLessThan(15_000);
  await gateway.settled();
  const { input, output } = gateway.main.tally.usage;
  expect(gateway.main.tally.completed).toBe(answers.length);
  expect(before - (await gateway.wallet("acme")).posted).toBe(BigInt(input) * PRICE.main.input + BigInt(output) * PRICE.main.output);
}

/** A figure of /metrics; 0 when it is not there. */
const figure = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEYS.operator}` } })).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")
      .at(-1) ?? 0,
  );
};
const degraded = async (url: string): Promise<string> =>
  /^switchyard_redis_degraded (\d)/m.exec(await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEYS.operator}` } })).text())?.[1] ??
  "none";

test.runIf(redis)(
  "what an operator changes at one program holds at the other",
  async () => {
    const change = (method: string, body?: object): Promise<Response> =>
      fetch(`${gateway.url}/api/admin/aliases/told-to-all`, {
        method,
        headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const seenByTwin = async (): Promise<number> => {
      const answer = await fetch(`${twin.url}/v1/models/told-to-all`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
      await answer.text();
      return answer.status;
    };
    expect(await seenByTwin()).toBe(404);
    expect((await change("PUT", { model: "pool" })).status).toBe(201);
    await expect.poll(seenByTwin, { timeout: 10_000 }).toBe(200);
    expect((await change("DELETE")).status).toBe(200);
    await expect.poll(seenByTwin, { timeout: 10_000 }).toBe(404);
  },
  30_000,
);

test.runIf(redis)("a call that one program runs is seen and cancelled through the other", async () => {
  gateway.main.next({ kind: "text", tokens: 50, frameDelayMs: 200 });
  const headers = { authorization: `Bearer ${KEYS.acme}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: "pool", stream: true, messages: [{ role: "user", content: "hi" }] });
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
  const id = answer.headers.get("x-generation-id") ?? "";
  expect(await (await fetch(`${twin.url}/api/llm/status/${id}`, { headers })).json()).toMatchObject({ status: "active" });
  const cancelled = await fetch(`${twin.url}/api/llm/cancel`, { method: "POST", headers, body: JSON.stringify({ requestId: id }) });
  expect(cancelled.status).toBe(202);
  expect(await answer.text()).toContain("The call was cancelled.");
  await gateway.main.until((tally) => tally.aborted === 1);
  await gateway.settled();
});

test.runIf(redis)("a response that one program tells, or runs in the background, is called off through the other", async () => {
  const elsewhere = new OpenAI({ apiKey: KEYS.acme, baseURL: `${twin.url}/v1`, maxRetries: 0 });
  const strange = new OpenAI({ apiKey: KEYS.other, baseURL: `${twin.url}/v1`, maxRetries: 0 });
  gateway.main.always({ kind: "text", tokens: 400, frameDelayMs: 50 });
  const ask = { model: "main/gpt-4o-mini", input: "x", max_output_tokens: 500 } as const;
  for (const more of [{}, { store: false }]) {
    const answer = await gateway.post("/v1/responses", { ...ask, ...more, stream: true });
    const id = answer.headers.get("x-generation-id") ?? "";
    await expect(strange.responses.cancel(id)).rejects.toMatchObject({ status: 404 });
    expect(await elsewhere.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
    expect(await answer.text()).toContain("The call was cancelled.");
  }
  const { id } = await gateway.openai().responses.create({ ...ask, background: true });
  await expect.poll(async () => (await elsewhere.responses.retrieve(id)).status).toBe("in_progress");
  await expect(strange.responses.cancel(id)).rejects.toMatchObject({ status: 404 });
  expect(await elsewhere.responses.cancel(id)).toMatchObject({ id, status: "cancelled", background: true });
  await gateway.main.until((tally) => tally.aborted === 3);
  await gateway.settled();
});

test.skipIf(!isOurs)(
  "FLUSHALL under load changes no balance, no hold, no key and no call, and a limit lets through twice itself at most",
  async () => {
    const client = new Redis(redis?.url ?? "");
    const before = await gateway.wallet("acme");
    await client.flushall();
    expect(await gateway.wallet("acme")).toEqual(before);
    await expectUnharmed(async () => void (await client.flushall()));
    expect((await ask(twin.url, KEYS.disabled)).status).toBe(403);
    await limitKey("flushed", 20);
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // the keys' cache
    const statuses: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, async (_, line) => {
        for (let call = 0; call < 10; call++) {
          if (line === 0 && call === 2) await client.flushall();
          const answer = await ask(line % 2 === 0 ? gateway.url : twin.url, FLUSHED);
          await answer.text();
          statuses.push(answer.status);
        }
      }),
    );
    await client.quit();
    const admitted = statuses.filter((status) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(20);
    expect(admitted).toBeLessThanOrEqual(40);
    await gateway.settled();
  },
  60_000,
);

test.skipIf(!isOurs)(
  "a Redis that hangs slows nobody down, is told by a metric, and is used again when it answers",
  async () => {
    const pid = redis?.pid ?? 0;
    await expectUnharmed(() => void process.kill(pid, "SIGSTOP"));
    await expect.poll(async () => [await degraded(gateway.url), await degraded(twin.url)]).toEqual(["1", "1"]);
    for (const url of [gateway.url, twin.url]) expect(await figure(url, "switchyard_limits_decided_alone_total")).toBeGreaterThan(0);
    process.kill(pid, "SIGCONT");
    await expect
      .poll(
        async () => {
          await (await ask(gateway.url, KEYS.narrow)).text();
          return degraded(gateway.url);
        },
        { interval: 100 },
      )
      .toBe("0");
  },
  60_000,
);

test.skipIf(!isOurs)(
  "a Redis that is killed under load costs no call, no money and no process; limits still hold in each program",
  async () => {
    await expectUnharmed(async () => {
      await redis?.stop();
    });
    await limitKey("capped", 3);
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // the keys' cache
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await ask(gateway.url, KEYS.capped)).status));
    // Half of three for one of two programs, rounded up.
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    redis = await startRedis({ port });
    await expect
      .poll(
        async () => {
          await (await ask(gateway.url, KEYS.narrow)).text();
          return degraded(gateway.url);
        },
        { interval: 100 },
      )
      .toBe("0");
    expect([...gateway.server.stderr, ...twin.stderr]).toEqual([]);
    await gateway.settled();
  },
  60_000,
);
