/** Kept answers through the running program: who is told them, who is not, what they cost, and what is written down. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "@switchyard/testkit/redis-harness";
import { contentIn } from "./streamed.ts";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";

const KEEPER = "sy-key-whose-answers-are-kept-for-tests";
const FORGETFUL = "sy-key-whose-answers-are-not-kept-for-tests";

describe.each(["in memory", "in Redis"] as const)("kept %s", (where) => {
  let gateway: Gateway;
  let redis: TestRedis | undefined;
  let admin: Redis | undefined;
  beforeAll(async () => {
    if (where === "in Redis") {
      redis = await startRedis();
      if (!redis) return;
      admin = new Redis(redis.url);
    }
    gateway = await startGateway(redis ? { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: "5000" } : {});
    const target = { provider: "main", model: "gpt-4o-mini" };
    const answer = await gateway.post(
      "/api/admin/config",
      {
        groups: [
          { name: "kept", targets: [target], cache: { ttlSeconds: 600 } },
          { name: "half", targets: [target], cache: { ttlSeconds: 600, chargePercent: 50 } },
          { name: "brief", targets: [target], cache: { ttlSeconds: 1 } },
        ],
        workspaces: [
          {
            name: "acme",
            keys: [
              { name: "second", secret: "sy-second-key-of-acme-for-tests" },
              { name: "keeper", secret: KEEPER, cache: { ttlSeconds: 300 } },
              { name: "forgetful", secret: FORGETFUL, cache: { ttlSeconds: 0 } },
            ],
          },
        ],
      },
      { authorization: `Bearer ${KEYS.operator}` },
    );
    if (!answer.ok) throw new Error(await answer.text());
  });
  afterAll(async () => {
    await gateway?.close();
    admin?.disconnect();
    await redis?.stop();
  });
  beforeEach((context) => {
    if (!gateway) return context.skip();
    gateway.resetFakes();
    gateway.main.always((call) => ({ kind: "text", text: `answer ${call.index} é✓`, inputTokens: 20 }));
  });

  interface Answered {
    readonly status: number;
    readonly cache: string | null;
    readonly id: string;
    readonly text: string;
  }
  let questions = 0;
  let kept = 0;
  const question = (): Record<string, unknown> => ({ model: "kept", messages: [{ role: "user", content: `question ${++questions}` }], max_tokens: 50 });
  const ask = async (body: unknown, headers: Record<string, string> = {}, path = "/v1/chat/completions"): Promise<Answered> => {
    const answer = await gateway.post(path, body, headers);
    const cache = answer.headers.get("x-switchyard-cache");
    const text = await answer.text();
    const isWhole = (body as { stream?: boolean }).stream !== true || text.includes("[DONE]");
    if (answer.status === 200 && cache === "miss" && isWhole) kept += 1;
    return { status: answer.status, cache, id: answer.headers.get("x-generation-id") ?? "", text };
  };
  /** Redis keeps them a moment after the answer: nothing else of ours is written there by SET. */
  const keptInRedis = async (): Promise<number> => Number(/^cmdstat_set:calls=(\d+)/m.exec(await (admin as Redis).info("commandstats"))?.[1] ?? 0);
  const untilKept = async (): Promise<void> => {
    if (admin) await expect.poll(keptInRedis).toBe(kept);
  };
  const upstream = (): number => gateway.main.tally.requests;
  const generation = async (id: string): Promise<Record<string, unknown>> => {
    const found = await expect
      .poll(async () => (await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json(), {
        timeout: 20_000,
      })
      .toMatchObject({ id })
      .then(async () => (await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json());
    return found as Record<string, unknown>;
  };
  const balance = async (): Promise<bigint> => (await gateway.wallet("acme")).posted;

  test("the same question is asked once; another key of the workspace is told it, with an id and a record of its own", async () => {
    const body = question();
    const first = await ask(body);
    expect([first.status, first.cache]).toEqual([200, "miss"]);
    await untilKept();
    const before = await balance();
    const second = await ask({ ...body, user: "somebody else" }, { authorization: "Bearer sy-second-key-of-acme-for-tests" });
    expect([second.status, second.cache, upstream()]).toEqual([200, "hit", 1]);
    expect(second.id).not.toBe(first.id);
    const [one, other] = [first, second].map(({ text }) => JSON.parse(text) as { id: string; choices: unknown; usage: { cost: string; total_tokens: number } });
    expect([one?.id, other?.id]).toEqual([first.id, second.id]);
    expect(other?.choices).toEqual(one?.choices);
    expect(other?.usage.total_tokens).toBe(one?.usage.total_tokens);
    expect(Number(other?.usage.cost)).toBe(0);
    expect(await balance()).toBe(before);
    const told = await generation(second.id);
    expect(told).toMatchObject({ provider: "main", attempts: [], route: { cached: { from: first.id } } });
    await gateway.settled();
  });

  test("other workspaces, other questions, other doors and other groups are told nothing of it", async () => {
    const body = question();
    await ask(body);
    await untilKept();
    expect((await ask(body, { authorization: `Bearer ${KEYS.other}` })).cache).toBe("miss");
    expect((await ask({ ...body, max_tokens: 51 })).cache).toBe("miss");
    expect((await ask({ ...body, stream: true })).cache).toBe("miss");
    expect((await ask({ ...body, model: "half" })).cache).toBe("miss");
    expect((await ask(body, {}, "/v1/messages")).cache).toBe("miss");
    expect(upstream()).toBe(6);
    expect((await ask(body)).cache).toBe("hit");
  });

  test("a stream is told again as a stream, to its end, under its own id", async () => {
    const body = { ...question(), stream: true, stream_options: { include_usage: true } };
    const first = await ask(body);
    await untilKept();
    const second = await ask(body);
    expect([first.cache, second.cache, upstream()]).toEqual(["miss", "hit", 1]);
    expect(contentIn(second.text)).toBe(contentIn(first.text));
    expect(contentIn(second.text)).toContain("é✓");
    expect(second.text).toContain("[DONE]");
    expect(second.text).not.toContain(first.id);
    expect(second.text.split(second.id).length).toBe(first.text.split(first.id).length);
  });

  test("what is charged for a kept answer is as configured, and an entry like any other", async () => {
    const body = { ...question(), model: "half" };
    const start = await balance();
    const first = await ask(body);
    const full = start - (await balance());
    const { input, output } = gateway.main.tally.usage;
    expect(full).toBe(BigInt(input) * PRICE.main.input + BigInt(output) * PRICE.main.output);
    await untilKept();
    const second = await ask(body);
    expect([first.cache, second.cache]).toEqual(["miss", "hit"]);
    expect(start - full - (await balance())).toBe((full + 1n) / 2n);
    await gateway.settled();
  });

  test("a request may ask for it, refuse it, renew it, or say for how long; nonsense is refused by name", async () => {
    const plain = { ...question(), model: "main/gpt-4o-mini" };
    expect([(await ask(plain)).cache, (await ask(plain)).cache, upstream()]).toEqual([null, null, 2]);
    expect((await ask(plain, { "x-switchyard-cache": "ttl=60" })).cache).toBe("miss");
    await untilKept();
    expect((await ask(plain, { "x-switchyard-cache": "on" })).cache).toBe("hit");
    const kept = question();
    const old = await ask(kept);
    await untilKept();
    expect((await ask(kept, { "x-switchyard-cache": "off" })).cache).toBeNull();
    const renewed = await ask(kept, { "x-switchyard-cache": "refresh" });
    expect(renewed.cache).toBe("miss");
    await untilKept();
    const last = JSON.parse((await ask(kept)).text) as { choices: unknown };
    expect(last.choices).toEqual((JSON.parse(renewed.text) as { choices: unknown }).choices);
    expect(last.choices).not.toEqual((JSON.parse(old.text) as { choices: unknown }).choices);
    for (const word of ["perhaps", "ttl=0", "ttl=9999999", "ttl=1.5"]) {
      const refused = await ask(kept, { "x-switchyard-cache": word });
      expect([refused.status, (JSON.parse(refused.text) as { error: { param: string } }).error.param]).toEqual([400, "x-switchyard-cache"]);
    }
  });

  test("a key's own setting goes before its group's, and a request's before both; it is exported, and a file that is silent on it leaves it", async () => {
    const operator = { authorization: `Bearer ${KEYS.operator}` };
    const [keeper, forgetful] = [{ authorization: `Bearer ${KEEPER}` }, { authorization: `Bearer ${FORGETFUL}` }];
    const plain = { ...question(), model: "main/gpt-4o-mini" };
    expect((await ask(plain, keeper)).cache).toBe("miss");
    await untilKept();
    expect((await ask(plain, keeper)).cache).toBe("hit");
    // Another key says nothing, and neither does the model.
    expect((await ask(plain)).cache).toBeNull();
    expect((await ask(plain, { ...keeper, "x-switchyard-cache": "off" })).cache).toBeNull();
    const kept = question();
    await ask(kept);
    await untilKept();
    expect((await ask(kept, forgetful)).cache).toBeNull();
    expect((await ask(kept, { ...forgetful, "x-switchyard-cache": "on" })).cache).toBe("hit");
    await gateway.post("/api/admin/config", { workspaces: [{ name: "acme", keys: [{ name: "keeper", secret: KEEPER }] }] }, operator);
    const file = (await gateway.admin("/api/admin/config")) as { workspaces: { name: string; keys: { name: string; cache?: unknown }[] }[] };
    const keys = file.workspaces.find(({ name }) => name === "acme")?.keys ?? [];
    expect(["keeper", "forgetful", "second"].map((name) => keys.find((key) => key.name === name)?.cache)).toEqual([
      { ttlSeconds: 300 },
      { ttlSeconds: 0 },
      undefined,
    ]);
    const refused = await gateway.post(
      "/api/admin/config",
      { workspaces: [{ name: "acme", keys: [{ name: "keeper", secret: KEEPER, cache: { ttlSeconds: -1 } }] }] },
      operator,
    );
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("ttlSeconds")]);
    await gateway.settled();
  });

  test("an answer is forgotten when its time is over, and what failed, broke or was empty is never kept", async () => {
    const brief = { ...question(), model: "brief" };
    await ask(brief);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect((await ask(brief)).cache).toBe("miss");
    const body = { ...question(), stream: true };
    gateway.main.next({ kind: "text", tokens: 8, fault: { kind: "reset", at: 4 } });
    expect((await ask(body)).text).not.toContain("[DONE]");
    await untilKept();
    const again = await ask(body);
    expect([again.cache, again.text.includes("[DONE]")]).toEqual(["miss", true]);
    const failing = question();
    gateway.main.next({ kind: "status", status: 400, message: "no" });
    expect((await ask(failing)).status).toBe(400);
    expect((await ask(failing)).cache).toBe("miss");
    await gateway.settled();
  });

  test("a kept answer counts as a request under limits, and as no tokens", async () => {
    const secret = `sy-cached-and-limited-${where === "in memory" ? "memory" : "redis"}`;
    const limits = [
      { kind: "requests", max: 3, windowSeconds: 600 },
      { kind: "output_tokens", max: 60, windowSeconds: 600 },
    ];
    await gateway.post(
      "/api/admin/config",
      { workspaces: [{ name: "acme", keys: [{ name: secret, secret, limits }] }] },
      { authorization: `Bearer ${KEYS.operator}` },
    );
    const body = question();
    gateway.main.always({ kind: "text", tokens: 50, inputTokens: 20 });
    const answers = [];
    for (let call = 0; call < 4; call++) {
      answers.push(await ask(body, { authorization: `Bearer ${secret}` }));
      await untilKept();
    }
    expect(answers.map(({ status, cache }) => [status, cache])).toEqual([
      [200, "miss"],
      [200, "hit"],
      [200, "hit"],
      [429, null],
    ]);
  });

  test("with an idempotency key a kept answer is claimed and told again as any other", async () => {
    const body = question();
    await ask(body);
    await untilKept();
    const key = { "idempotency-key": `cached-${questions}` };
    const first = await ask(body, key);
    expect(first.cache).toBe("hit");
    const again = await gateway.post("/v1/chat/completions", body, key);
    expect([again.headers.get("idempotent-replayed"), await again.text()]).toEqual(["true", first.text]);
    expect(upstream()).toBe(1);
    await gateway.settled();
  });
});
