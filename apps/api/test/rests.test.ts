/** Two programs on one Redis agree on which targets rest; without Redis each knows what it found out itself, and nobody waits. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { freePort } from "@switchyard/testkit/free-port.process";
import { TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { startRedis, type TestRedis } from "@switchyard/testkit/redis-harness";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

const port = await freePort();
let redis: TestRedis | undefined = await startRedis({ port });
/** One that was lent to us is neither flushed nor killed. */
const isOurs = redis?.pid !== undefined;
let gateway: Gateway;
let twin: RunningServer;
let folder: string;

const both = [
  { provider: "main", model: "gpt-4o-mini", priority: 1 },
  { provider: "spare", model: "spare-large", priority: 2 },
];

beforeAll(async () => {
  if (!redis) return;
  const REDIS_URL = redis.url;
  gateway = await startGateway({ REDIS_URL });
  folder = await mkdtemp(join(tmpdir(), "switchyard-rests-"));
  await apply({ groups: [{ name: "together", targets: both, failover: { restAfter: { failures: 4, minutes: 1, share: 0, restSeconds: 60 } } }] });
  twin = await startServer({
    env: { DATABASE_URL: gateway.databaseUrl, SECRET_KEY: TEST_SECRET_KEY, DATA_DIR: folder, REDIS_URL, ALLOW_PRIVATE_UPSTREAMS: "true", LOG_LEVEL: "warn" },
  });
}, 60_000);
afterAll(async () => {
  await twin?.stop();
  await gateway?.close();
  await redis?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});
beforeEach(() => gateway?.resetFakes());

async function apply(config: Record<string, unknown>): Promise<void> {
  const answer = await fetch(`${gateway.url}/api/admin/config`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
    body: JSON.stringify(config),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Which provider answered, after how many attempts. */
async function ask(url: string, model = "pool"): Promise<string> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.acme}`, "content-type": "application/json" },
    body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: "user", content: "hi" }] }),
  });
  await answer.text();
  return `${answer.headers.get("x-switchyard-provider")} ${answer.headers.get("x-switchyard-attempts")}`;
}

/** What the plan of this program would begin with. */
async function firstOf(url: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/api/admin/route`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "pool" }),
  });
  return ((await answer.json()) as { route: { order: string[] } }).route.order[0];
}

let keys = 0;
/** A new key of the provider: every program reads it, and leaves nothing alone any more. */
async function mend(): Promise<void> {
  keys += 1;
  await apply({ providers: [{ name: "main", kind: "openai", baseUrl: gateway.main.url, apiKey: `sk-main-number-${keys}` }] });
  for (const url of [gateway.url, twin.url]) await expect.poll(() => firstOf(url)).toBe("main/gpt-4o-mini");
}

const soon = { timeout: 20_000, interval: 30 };

test.skipIf(!redis)("what rests for one rests for the other, by Retry-After", async () => {
  gateway.main.next({ kind: "status", status: 429, retryAfter: "30" });
  expect(await ask(gateway.url)).toBe("spare 2");
  await expect.poll(() => firstOf(twin.url), soon).toBe("spare/spare-large");
  expect(await ask(twin.url)).toBe("spare 1");
  expect(gateway.main.tally.requests).toBe(1);
  await mend();
  expect(await ask(twin.url)).toBe("main 1");
});

test.skipIf(!redis)("failures at both programs count together", async () => {
  await mend();
  gateway.main.next(...Array.from({ length: 4 }, () => ({ kind: "status", status: 500 }) as const));
  for (const url of [gateway.url, twin.url, gateway.url, twin.url]) {
    expect(await ask(url, "together")).toBe("spare 2");
    await new Promise((resolve) => setTimeout(resolve, 100)); // the other hears it
  }
  for (const url of [gateway.url, twin.url]) await expect.poll(() => firstOf(url), soon).toBe("spare/spare-large");
  expect(gateway.main.tally.requests).toBe(4);
  await mend();
});

test.skipIf(!isOurs)(
  "a Redis that hangs, is emptied, or is killed slows no call and forgets no rest; when it is back they agree again",
  async () => {
    await mend();
    const quick = async (): Promise<void> => {
      for (const url of [gateway.url, twin.url, gateway.url, twin.url]) {
        const begun = performance.now();
        expect(await ask(url)).toBe("spare 1");
        expect(performance.now() - begun).toBeLessThan(5_000); // for ever, if it waited
      }
    };
    gateway.main.next({ kind: "status", status: 429, retryAfter: "300" });
    await ask(gateway.url);
    await expect.poll(() => firstOf(twin.url), soon).toBe("spare/spare-large");

    process.kill(redis?.pid ?? 0, "SIGSTOP");
    await quick();
    process.kill(redis?.pid ?? 0, "SIGCONT");

    const client = new Redis(redis?.url ?? "");
    await client.flushall();
    await quick();
    await expect.poll(() => client.hlen("sy:health:rests")).toBe(1);
    client.disconnect();

    await redis?.stop();
    await quick();
    await mend(); // told over Postgres
    gateway.main.next({ kind: "status", status: 429, retryAfter: "300" });
    expect(await ask(gateway.url)).toBe("spare 2");
    expect(await firstOf(twin.url)).toBe("main/gpt-4o-mini");
    redis = await startRedis({ port });
    await expect.poll(() => firstOf(twin.url), { timeout: 15_000, interval: 100 }).toBe("spare/spare-large");
    await quick();
    await gateway.settled();
    expect([...gateway.server.stderr, ...twin.stderr]).toEqual([]);
  },
  60_000,
);
