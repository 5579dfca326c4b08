/** Limits of every kind and owner through the running program: alone, and two programs on one Redis. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { createGate, type Script } from "@switchyard/testkit/fake-script";
import { startRedis, type TestRedis } from "@switchyard/testkit/redis-harness";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import { promptBytesOf } from "@switchyard/shared/wire/openai-chat";
import { promptTokensMax } from "../src/ledger/estimate.ts";
import { KEYS, PRICE, startGateway, type Gateway } from "./gateway-harness.process.ts";

const messages = [{ role: "user" as const, content: "Say hello" }];
/** What the estimate takes these messages for, at most. */
const PROMPT_MAX = promptTokensMax({ bytes: promptBytesOf({ model: "", messages }), messages: 1, mediaParts: 0 });
const secretOf = (name: string): string => `sy-limits-test-key-of-${name}`;
/** Keys of a workspace of their own, made over the configuration's route. */
const limited = { requests: [{ kind: "requests", max: 60, windowSeconds: 600 }] } as const;

describe.each(["one program", "two programs on one Redis"] as const)("%s", (setting) => {
  let gateway: Gateway;
  let redis: TestRedis | undefined;
  let twin: RunningServer | undefined;
  let folder = "";
  let urls: string[] = [];
  beforeAll(async () => {
    if (setting !== "one program") {
      redis = await startRedis();
      if (!redis) return;
    }
    // What waits at the provider waits for the test, not for a clock.
    const patient = { UPSTREAM_FIRST_BYTE_MS: "60000", UPSTREAM_IDLE_MS: "60000" };
    const env = { TRUSTED_PROXIES: "127.0.0.0/8", ...patient, ...(redis ? { REDIS_URL: redis.url } : {}) };
    gateway = await startGateway(env);
    urls = [gateway.url];
    if (!redis) return;
    folder = await mkdtemp(join(tmpdir(), "switchyard-twin-"));
    twin = await startServer({
      env: { DATABASE_URL: gateway.databaseUrl, SECRET_KEY: TEST_SECRET_KEY, DATA_DIR: folder, ALLOW_PRIVATE_UPSTREAMS: "true", LOG_LEVEL: "warn", ...env },
    });
    urls.push(twin.url);
  });
  afterAll(async () => {
    await twin?.stop();
    await gateway?.close();
    await redis?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  beforeEach((context) => {
    if (!gateway) return context.skip();
    gateway.resetFakes();
  });

  let fences = 0;
  const configure = async (config: Record<string, unknown>): Promise<void> => {
    const fence = `fence-${(fences += 1)}`;
    const aliases = [{ name: fence, model: "main/gpt-4o-mini" }];
    const answer = await gateway.post("/api/admin/config", { ...config, aliases }, { authorization: `Bearer ${KEYS.operator}` });
    expect(await answer.json()).toMatchObject({ changes: expect.any(Array) });
    expect(answer.status).toBe(200);
    // Told to every program over Postgres: who knows the alias knows the rest.
    for (const url of urls)
      await expect.poll(async () => (await fetch(`${url}/v1/models/${fence}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).status).toBe(200);
  };
  const withKey = (name: string, limits: readonly unknown[], more: Record<string, unknown> = {}) =>
    configure({ workspaces: [{ name: "acme", ...more, keys: [{ name, secret: secretOf(name), limits }] }] });

  interface Answered {
    readonly status: number;
    readonly headers: Headers;
    readonly body: { error?: { code: string; message: string; param: string | null } };
  }
  let turn = 0;
  const ask = async (key: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Answered> => {
    const answer = await fetch(`${urls[turn++ % urls.length]}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "main/gpt-4o-mini", messages, max_tokens: 5, ...more }),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answered["body"] };
  };
  const many = (count: number, one: () => Promise<Answered>): Promise<Answered[]> => Promise.all(Array.from({ length: count }, one));
  /** Sends them at once; the provider answers when each was either refused or waits there, so that none is let through because another was over. */
  const atTheSameTime = async (number: number, script: Script, one: () => Promise<Answered>): Promise<Answered[]> => {
    const gate = createGate();
    gateway.main.always({ ...script, wait: { at: "before-headers", gate } });
    let answered = 0;
    const answers = many(number, async () => {
      const answer = await one();
      answered += 1;
      return answer;
    });
    await expect.poll(() => answered + gateway.main.tally.open, { timeout: 50_000 }).toBe(number);
    gate.open();
    return answers;
  };
  const count = (answers: readonly Answered[], status: number): number => answers.filter((one) => one.status === status).length;

  test("of 1,000 calls at once exactly as many are let through as the limit says", async () => {
    await withKey("requests", limited.requests);
    const answers: Answered[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let call = 0; call < 20; call++) answers.push(await ask(secretOf("requests")));
      }),
    );
    expect([count(answers, 200), count(answers, 429)]).toEqual([60, 940]);
    expect(gateway.main.tally.requests).toBe(60);
    for (const { headers } of answers.filter((one) => one.status === 429)) {
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(headers.get("x-ratelimit-limit-requests")).toBe("60");
      expect(headers.get("x-ratelimit-remaining-requests")).toBe("0");
    }
    await gateway.settled();
  }, 90_000);

  test("who comes back after Retry-After is let through", async () => {
    await withKey("returning", [{ kind: "requests", max: 2, windowSeconds: 4 }]);
    expect(count(await many(2, () => ask(secretOf("returning"))), 200)).toBe(2);
    const refused = await ask(secretOf("returning"));
    expect(refused.status).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, Number(refused.headers.get("retry-after")) * 1_000));
    expect((await ask(secretOf("returning"))).status).toBe(200);
  });

  test("tokens: what may be written at once never passes the limit, and what was not written is free again", async () => {
    await withKey("tokens", [{ kind: "output_tokens", max: 1_000, windowSeconds: 600 }]);
    const answers = await atTheSameTime(60, { kind: "text", tokens: 20, inputTokens: 10 }, () => ask(secretOf("tokens"), { max_tokens: 100 }));
    expect([count(answers, 200), count(answers, 429)]).toEqual([10, 50]);
    expect(answers.find((one) => one.status === 200)?.headers.get("x-ratelimit-limit-tokens")).toBe("1000");
    const written = gateway.main.tally.usage.output;
    expect(written).toBe(200);
    const second = await atTheSameTime(60, { kind: "text", tokens: 100, inputTokens: 10 }, () => ask(secretOf("tokens"), { max_tokens: 100 }));
    expect(count(second, 200)).toBe(8);
    expect(gateway.main.tally.usage.output).toBe(1_000);
    const none = await ask(secretOf("tokens"), { max_tokens: 1 });
    expect(none.status).toBe(429);
    expect(none.headers.get("x-ratelimit-remaining-tokens")).toBe("0");
    expect(none.body.error?.message).toMatch(/1000 output tokens in 600 s, of which 0 output tokens are left/);
    await gateway.settled();
  }, 60_000);

  test("cost: calls at once are let through as far as the most they can cost fits", async () => {
    const most = BigInt(PROMPT_MAX) * PRICE.main.input + 100n * PRICE.main.output;
    await withKey("cost", [{ kind: "cost", max: `0.${String(most * 7n + 1n).padStart(9, "0")}`, windowSeconds: 86_400 }]);
    const answers = await atTheSameTime(50, { kind: "text", tokens: 100, inputTokens: PROMPT_MAX }, () => ask(secretOf("cost"), { max_tokens: 100 }));
    expect([count(answers, 200), count(answers, 429)]).toEqual([7, 43]);
    await gateway.settled();
  }, 60_000);

  test("a caller without max_tokens gets what there is room for, and who wants more than a limit is told that waiting does not help", async () => {
    await withKey("clamped", [{ kind: "total_tokens", max: 400 + PROMPT_MAX, windowSeconds: 600 }]);
    gateway.main.always({ kind: "text", tokens: 10, inputTokens: 10 });
    expect((await ask(secretOf("clamped"), { max_tokens: undefined })).status).toBe(200);
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ max_completion_tokens: 400 });
    const tooMuch = await ask(secretOf("clamped"), { max_tokens: 900 });
    expect([tooMuch.status, tooMuch.body.error?.code, tooMuch.body.error?.param]).toEqual([400, "limit_too_small", "max_tokens"]);
    expect(tooMuch.headers.get("retry-after")).toBeNull();
  });

  test("calls at once: the next is let through when one ends, is refused, breaks or is left", async () => {
    await withKey("parallel", [{ kind: "concurrency", max: 3 }]);
    const answers = await atTheSameTime(20, { kind: "text", tokens: 5 }, () => ask(secretOf("parallel")));
    expect([count(answers, 200), count(answers, 429)]).toEqual([3, 17]);
    expect(answers.find((one) => one.status === 429)?.headers.get("retry-after")).toBe("1");
    gateway.main.always({ kind: "status", status: 400, message: "no" });
    expect(count(await many(3, () => ask(secretOf("parallel"))), 400)).toBe(3);
    expect((await ask(secretOf("parallel"), { model: "no-such-model" })).status).toBe(404);
    gateway.main.always({ kind: "text", tokens: 50, frameDelayMs: 100 });
    const leaving = new AbortController();
    const left = Array.from({ length: 3 }, async () => {
      const answer = fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        signal: leaving.signal,
        headers: { authorization: `Bearer ${secretOf("parallel")}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "main/gpt-4o-mini", messages, stream: true }),
      });
      await expect(answer.then((one) => one.text())).rejects.toThrow(/abort/i);
    });
    await expect.poll(() => gateway.main.tally.open).toBe(3);
    expect((await ask(secretOf("parallel"))).status).toBe(429);
    leaving.abort();
    await Promise.all(left);
    gateway.main.always({ kind: "text", tokens: 5 });
    await expect.poll(async () => (await ask(secretOf("parallel"))).status).toBe(200);
    // One after the other never meets itself.
    for (let call = 0; call < 15; call++) expect((await ask(secretOf("parallel"))).status).toBe(200);
    await gateway.settled();
  }, 60_000);

  test("a workspace's limit is shared by its keys: another key is no way around", async () => {
    await configure({
      workspaces: [
        {
          name: "narrow-space",
          credit: "1.00",
          limits: [{ kind: "requests", max: 10, windowSeconds: 600 }],
          keys: ["a", "b", "c"].map((name) => ({ name, secret: secretOf(`space-${name}`) })),
        },
      ],
    });
    const answers = (await Promise.all(["a", "b", "c"].map((name) => many(20, () => ask(secretOf(`space-${name}`)))))).flat();
    expect([count(answers, 200), count(answers, 429)]).toEqual([10, 50]);
    expect(answers.find((one) => one.status === 429)?.body.error?.message).toMatch(/limit of this workspace is 10 requests in 600 s/);
    expect((await ask(KEYS.acme)).status).toBe(200);
  });

  test("a member's limit is shared by the keys that the member made", async () => {
    const limits = [{ kind: "requests", max: 4, windowSeconds: 600 }];
    const keys = ["of-a-member-1", "of-a-member-2"].map((name) => ({ name, secret: secretOf(name) }));
    await configure({ workspaces: [{ name: "acme", members: [{ email: "mel@acme.test", role: "member", limits }], keys }] });
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    await client.query(
      "update switchyard.api_keys set created_by = (select id from switchyard.users where email = 'mel@acme.test') where name like 'of-a-member-%'",
    );
    await client.end();
    const answers = (await Promise.all(keys.map(({ secret }) => many(10, () => ask(secret))))).flat();
    expect([count(answers, 200), count(answers, 429)]).toEqual([4, 16]);
    expect(answers.find((one) => one.status === 429)?.body.error?.message).toMatch(/limit of the member of this key/);
  });

  test("a provider that says that it is full is not asked until it is not, as long as another may be", async () => {
    const full = { "x-ratelimit-limit-requests": "12", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60s" };
    for (let node = 0; node < urls.length; node++) {
      gateway.main.next({ kind: "text", tokens: 3, headers: full });
      expect((await ask(KEYS.acme, { model: "pool" })).headers.get("x-switchyard-provider")).toBe("main");
    }
    const asked = gateway.main.tally.requests;
    const next = await many(4, () => ask(KEYS.acme, { model: "pool" }));
    expect(next.map(({ headers }) => headers.get("x-switchyard-provider"))).toEqual(["spare", "spare", "spare", "spare"]);
    expect(gateway.main.tally.requests).toBe(asked);
    // Where there is nobody else, it is asked all the same.
    expect((await ask(KEYS.acme)).headers.get("x-switchyard-provider")).toBe("main");
    // One request flows in every five seconds.
    await expect.poll(async () => (await ask(KEYS.acme, { model: "pool" })).headers.get("x-switchyard-provider"), { interval: 200 }).toBe("main");
  });

  test("an address is one client whatever its key, and an IPv6 client is its /64", async () => {
    await configure({ addressLimits: [{ kind: "requests", max: 5, windowSeconds: 600 }] });
    const from = (address: string, key: string = KEYS.acme) => ask(key, {}, { "x-forwarded-for": address });
    const spread = [...Array(10).keys()].map((host) => from(`2001:db8:7:1::${host.toString(16)}`, host % 2 === 0 ? KEYS.acme : KEYS.other));
    expect(count(await Promise.all(spread), 200)).toBe(5);
    expect((await from("2001:db8:7:2::1")).status).toBe(200);
    expect(count(await many(8, () => from("203.0.113.9")), 200)).toBe(5);
    await configure({ addressLimits: [] });
    expect((await from("203.0.113.9")).status).toBe(200);
  });

  test("a provider at its limit here is passed over for the next, and says when it has room when there is none", async () => {
    const { providers } = (await gateway.admin("/api/admin/config")) as { providers: { name: string }[] };
    const main = providers.find(({ name }) => name === "main");
    const spare = providers.find(({ name }) => name === "spare");
    const limitsOf = (max: number) => [
      { kind: "requests", max, windowSeconds: 600 },
      { kind: "concurrency", max: 50 },
    ];
    const narrow = (of: unknown, max: number) => ({ ...(of as object), apiKey: "sk-secret-of-the-test", limits: max === 0 ? [] : limitsOf(max) });
    await configure({ providers: [narrow(main, 3), narrow(spare, 4)] });
    const answers = await many(20, () => ask(KEYS.acme, { model: "pool" }));
    expect([count(answers, 200), count(answers, 503)]).toEqual([7, 13]);
    expect([gateway.main.tally.requests, gateway.spare.tally.requests]).toEqual([3, 4]);
    const refused = answers.find((one) => one.status === 503);
    expect(refused?.body.error?.code).toBe("provider_rate_limited");
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    await configure({ providers: [narrow(main, 0), narrow(spare, 0)] });
    expect((await ask(KEYS.acme, { model: "pool" })).status).toBe(200);
    await gateway.settled();
  }, 60_000);

  test("what was configured is exported in the same words", async () => {
    const limits = [
      { kind: "cost", max: "2.5", windowSeconds: 86_400 },
      { kind: "concurrency", max: 4 },
      { kind: "input_tokens", max: 1_000_000, windowSeconds: 3_600 },
    ];
    await configure({ workspaces: [{ name: "exported", limits, members: [{ email: "eve@exported.test", role: "member", limits: limits.slice(1) }] }] });
    const file = (await gateway.admin("/api/admin/config")) as { workspaces: { name: string; limits: unknown; members: unknown[] }[] };
    const found = file.workspaces.find(({ name }) => name === "exported");
    expect(found?.limits).toEqual([{ ...limits[0], max: "2.50" }, ...limits.slice(1)]);
    expect(found?.members).toEqual([{ email: "eve@exported.test", role: "member", limits: limits.slice(1) }]);
  });
});
