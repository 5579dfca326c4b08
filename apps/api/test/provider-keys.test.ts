/** Several keys of one provider share its calls; one that fails rests by itself and the call goes on with the next: the providers' own tally tells. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import type { SeenCall } from "@switchyard/testkit/fake-tally";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ ADMIN_EMAIL: "admin@example.test" });
}, 60_000);
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const operator = { authorization: `Bearer ${KEYS.operator}` };
const price = { inputPerMillion: "1", outputPerMillion: "10" };
const apply = (config: Record<string, unknown>): Promise<Response> => gateway.post("/api/admin/config", config, operator);

/** The secret of a key by its name: the last four letters tell which. */
const secretOf = (provider: string, name: string): string => `sk-${provider}-secret-of-the-test-${name.padStart(4, "0")}`;
const bearerOf =
  (provider: string, name: string) =>
  (call: SeenCall): boolean =>
    call.headers.authorization === `Bearer ${secretOf(provider, name)}`;
/** Which keys were used, in order. */
const used = (fake: FakeProvider, provider: string, names: readonly string[]): (string | undefined)[] =>
  fake.tally.calls.filter(({ method }) => method === "POST").map((call) => names.find((name) => bearerOf(provider, name)(call)));

interface Pool {
  readonly provider: string;
  readonly names: readonly string[];
  readonly used: () => (string | undefined)[];
}
let pools = 0;

/** A provider of its own for a test, at the fake `main`, in a group with `spare` behind it; ready when the program knows it. */
async function pool(keys: readonly { readonly name: string; readonly weight?: number }[], failover: object = {}): Promise<Pool> {
  pools += 1;
  const provider = `pool-${pools}`;
  const applied = await apply({
    providers: [
      {
        name: provider,
        kind: "openai",
        baseUrl: gateway.main.url,
        apiKeys: keys.map(({ name, weight }) => ({ key: secretOf(provider, name), name, ...(weight === undefined ? {} : { weight }) })),
        models: [
          { id: "one", maxOutput: 1_000, price },
          { id: "two", maxOutput: 1_000, price },
        ],
      },
    ],
    groups: [
      {
        name: provider,
        targets: [
          { provider, model: "one", priority: 1 },
          { provider: "spare", model: "spare-large", priority: 2 },
        ],
        failover,
      },
    ],
  });
  if (!applied.ok) throw new Error(await applied.text());
  await expect.poll(async () => (await gateway.post("/api/admin/route", { model: provider }, operator)).status, { timeout: 10_000 }).toBe(200);
  const names = keys.map(({ name }) => name);
  return { provider, names, used: () => used(gateway.main, provider, names) };
}

const ask = (model: string, extra: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
  gateway.post("/v1/chat/completions", { model, max_tokens: 20, messages: [{ role: "user", content: "hi" }], ...extra }, headers);
/** Who answered after how many attempts. */
async function answeredBy(model: string, extra: object = {}, headers: Record<string, string> = {}): Promise<string> {
  const answer = await ask(model, extra, headers);
  await answer.text();
  return `${answer.status} ${answer.headers.get("x-switchyard-provider")} ${answer.headers.get("x-switchyard-attempts")}`;
}

const REFUSED = { kind: "status", status: 401, message: "Incorrect API key provided", code: "invalid_api_key" } as const;
const BROKE = { kind: "status", status: 429, message: "You exceeded your current quota", code: "insufficient_quota", type: "insufficient_quota" } as const;

describe("keys share the calls", () => {
  test("in turn, each as often as its weight, streamed or not; weight 0 only when no other can", async () => {
    const { provider, used: keys } = await pool([{ name: "a", weight: 2 }, { name: "b" }, { name: "c", weight: 0 }]);
    for (let call = 0; call < 6; call++) expect(await answeredBy(`${provider}/one`, { stream: call % 2 === 0 })).toBe(`200 ${provider} 1`);
    expect(keys()).toEqual(["a", "b", "a", "a", "b", "a"]);
    gateway.main.when(bearerOf(provider, "a"), REFUSED);
    gateway.main.when(bearerOf(provider, "b"), REFUSED);
    expect(await answeredBy(`${provider}/one`)).toBe(`200 ${provider} 3`);
    expect(keys().at(-1)).toBe("c");
    await gateway.settled();
  });

  test("a session stays at one of them", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }, { name: "c" }]);
    for (const session of ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"])
      for (let call = 0; call < 2; call++) await answeredBy(`${provider}/one`, {}, { "x-session-id": session });
    const seen = keys();
    for (let at = 0; at < seen.length; at += 2) expect(seen[at]).toBe(seen[at + 1]);
    expect(new Set(seen).size).toBeGreaterThan(1);
  });
});

describe("a key that fails rests by itself", () => {
  test.each([
    ["refused", REFUSED],
    ["forbidden", { kind: "status", status: 403, message: "This key may not do that" }],
    ["without quota", BROKE],
  ] as const)("%s: the same call goes on with the next key, later calls leave it out, and the trail says which answered", async (_what, script) => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    gateway.main.when(bearerOf(provider, "a"), script);
    const answer = await ask(provider);
    expect([answer.headers.get("x-switchyard-provider"), answer.headers.get("x-switchyard-attempts")]).toEqual([provider, "2"]);
    expect(JSON.stringify(await answer.json())).not.toContain("sk-");
    for (let call = 0; call < 3; call++) expect(await answeredBy(provider, { stream: true })).toBe(`200 ${provider} 1`);
    expect(keys()).toEqual(["a", "b", "b", "b", "b"]);
    expect(gateway.spare.tally.requests).toBe(0);
    const { attempts } = await gateway.generation(answer.headers.get("x-generation-id") ?? "");
    expect(attempts).toMatchObject([
      { provider, key: "a …000a", outcome: "failed" },
      { provider, key: "b …000b", outcome: "ok" },
    ]);
    await gateway.settled();
  });

  test("an error inside a 200 counts as well, and after the first content nothing is asked twice", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    const error = { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" };
    gateway.main.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 0, error } });
    expect(await answeredBy(provider, { stream: true })).toBe(`200 ${provider} 2`);
    expect(keys()).toEqual(["a", "b"]);
    gateway.main.next({ kind: "text", tokens: 5, fault: { kind: "error", at: 2, error } });
    const broken = await (await ask(provider, { stream: true })).text();
    expect(broken).not.toContain("[DONE]");
    expect(keys()).toEqual(["a", "b", "b"]);
    expect(gateway.spare.tally.requests).toBe(0);
    await gateway.settled();
  });

  test("a rate is of one model at one key: other models go on with it", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    gateway.main.next({ kind: "status", status: 429, retryAfter: "300", message: "Rate limit reached for requests per min" });
    expect(await answeredBy(provider)).toBe(`200 ${provider} 2`);
    for (let call = 0; call < 2; call++) await answeredBy(`${provider}/one`);
    expect(keys()).toEqual(["a", "b", "b", "b"]);
    for (let call = 0; call < 2; call++) await answeredBy(`${provider}/two`);
    expect(new Set(keys().slice(4))).toEqual(new Set(["a", "b"]));
  });

  test("when all of them do, the next target answers, and the provider is left out until the first of them is free", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    gateway.main.always(REFUSED);
    expect(await answeredBy(provider)).toBe("200 spare 3");
    expect(await answeredBy(provider)).toBe("200 spare 1");
    expect(keys()).toEqual(["a", "b"]);
    expect((await ask(`${provider}/one`)).headers.get("retry-after")).toMatch(/^\d+$/);
    expect(keys()).toHaveLength(2);
    // A new secret of one of them ends that one's rest, and only that.
    gateway.main.reset();
    const renewed = "sk-a-new-secret-of-the-test-0123";
    const keysNow = [
      { key: renewed, name: "a" },
      { key: secretOf(provider, "b"), name: "b" },
    ];
    const applied = (await (await apply({ providers: [{ name: provider, kind: "openai", baseUrl: gateway.main.url, apiKeys: keysNow }] })).json()) as {
      changes: string[];
    };
    expect(applied.changes).toEqual([`key a of provider ${provider} set`]);
    await expect.poll(() => answeredBy(provider), { timeout: 10_000 }).toBe(`200 ${provider} 1`);
    expect(gateway.main.tally.calls.at(-1)?.headers.authorization).toBe(`Bearer ${renewed}`);
    await gateway.settled();
  });

  test("however many there are, a call's attempts are bounded", async () => {
    const { provider, used: keys } = await pool(Array.from({ length: 12 }, (_, index) => ({ name: `k${index}` })));
    gateway.main.always(REFUSED);
    expect(await answeredBy(provider)).toBe("200 spare 10");
    expect(new Set(keys()).size).toBe(9);
  });

  test("unless the operator lets such a failure end the call", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }], { on: { rate_limited: "stop" } });
    gateway.main.next({ kind: "status", status: 429, retryAfter: "30" });
    expect((await ask(provider)).status).toBe(503);
    expect([keys(), gateway.spare.tally.requests]).toEqual([["a"], 0]);
  });

  test("what a provider tells of its limits is believed of that key alone", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    const told = { "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "10m" };
    gateway.main.next({ kind: "text", tokens: 3, headers: told });
    for (let call = 0; call < 4; call++) expect(await answeredBy(provider)).toBe(`200 ${provider} 1`);
    expect(keys()).toEqual(["a", "b", "b", "b"]);
  });
});

describe("a hedge", () => {
  test("goes to another key of the same provider when that is the only other way; one is charged, and both are told", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    await apply({ groups: [{ name: provider, targets: [{ provider, model: "one" }], hedgeAfterMs: 200 }] });
    await expect.poll(async () => JSON.stringify(await (await gateway.post("/api/admin/route", { model: provider }, operator)).json())).not.toContain("spare");
    gateway.main.when(bearerOf(provider, "a"), { kind: "text", text: "too slow", headersDelayMs: 15_000 });
    const before = await gateway.wallet("acme");
    const answer = await ask(provider);
    await answer.text();
    expect([answer.status, answer.headers.get("x-switchyard-provider"), answer.headers.get("x-switchyard-attempts")]).toEqual([200, provider, "2"]);
    expect(keys()).toEqual(["a", "b"]);
    const { attempts } = await gateway.generation(answer.headers.get("x-generation-id") ?? "");
    expect(attempts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: "a …000a", outcome: "aborted", detail: "another attempt began to answer first" }),
        expect.objectContaining({ key: "b …000b", outcome: "ok", hedge: true }),
      ]),
    );
    await expect.poll(() => gateway.main.tally.aborted).toBe(1);
    await gateway.settled();
    // One dollar and ten a million: nano-dollars a token.
    const { input, output } = gateway.main.tally.usage;
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(BigInt(input) * 1_000n + BigInt(output) * 10_000n);
  });
});

describe("keys in the configuration", () => {
  test("are written out as variables and never as secrets, and applying the same again changes nothing", async () => {
    const { provider } = await pool([{ name: "eu", weight: 2 }, { name: "us" }]);
    const exported = await (await fetch(`${gateway.url}/api/admin/config`, { headers: operator })).text();
    expect(exported).not.toContain("secret-of-the-test");
    const { providers } = JSON.parse(exported) as { providers: { name: string; apiKey?: string; apiKeys?: unknown }[] };
    expect(providers.find(({ name }) => name === provider)?.apiKeys).toEqual([
      { key: `env:${provider.replace("-", "_").toUpperCase()}_EU_KEY`, name: "eu", weight: 2 },
      { key: `env:${provider.replace("-", "_").toUpperCase()}_US_KEY`, name: "us" },
    ]);
    expect(providers.find(({ name }) => name === "main")?.apiKey).toBe("env:MAIN_KEY");
    const same = { name: provider, kind: "openai", baseUrl: gateway.main.url };
    const keys = [
      { key: secretOf(provider, "eu"), name: "eu", weight: 2 },
      { key: secretOf(provider, "us"), name: "us" },
    ];
    const changesOf = async (config: object): Promise<string[]> => ((await (await apply({ providers: [config] })).json()) as { changes: string[] }).changes;
    expect(await changesOf({ ...same, apiKeys: keys })).toEqual([]);
    expect(await changesOf(same)).toEqual([]);
    expect(await changesOf({ ...same, apiKeys: keys.slice(1) })).toEqual([`key eu of provider ${provider} removed`, `key us of provider ${provider} changed`]);
    expect(await changesOf({ ...same, apiKey: secretOf(provider, "new") })).toEqual([
      `key us of provider ${provider} removed`,
      `key key-1 of provider ${provider} set`,
    ]);
  });

  test.each([
    [["sk-one-and-the-same-key-1234", "sk-one-and-the-same-key-1234"], "key-1 and key-2 are the same key", "apiKeys"],
    [
      [
        { key: "sk-a-first-secret-12345", name: "x" },
        { key: "sk-another-secret-12345", name: "X" },
      ],
      "two keys have the name X",
      "apiKeys",
    ],
    [[{ key: "sk-a-first-secret-12345", name: "not a name" }], "1 to 63 letters", "apiKeys[0].name"],
    [[{ key: "sk-a-first-secret-12345", weight: -1 }, "sk-another-secret-12345"], "apiKeys[0].weight", "apiKeys[0].weight"],
    [
      [
        { key: "sk-a-first-secret-12345", weight: 0 },
        { key: "sk-another-secret-12345", weight: 0 },
      ],
      "weight above 0",
      "apiKeys",
    ],
    [[], "apiKeys", "apiKeys"],
    [[17], "apiKeys[0]", "apiKeys[0]"],
  ])("that cannot be meant are refused with their place, without a secret: %j", async (apiKeys, words, param) => {
    const answer = await apply({ providers: [{ name: "wrong", kind: "openai", baseUrl: gateway.main.url, apiKeys }] });
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(text).toContain(words);
    expect(text).not.toContain("12345");
    expect((JSON.parse(text) as { error: { param: string } }).error.param).toBe(`providers[0].${param}`);
  });
});

describe("keys changed while the program runs", () => {
  const url = (provider: string): string => `${gateway.url}/api/admin/providers/${provider}`;
  interface Told {
    readonly keys: readonly { readonly name: string; readonly masked: string | null; readonly weight: number }[];
    readonly revision: string;
    readonly error?: { readonly message: string; readonly param: string };
  }
  const get = async (provider: string): Promise<Told> => (await (await fetch(url(provider), { headers: operator })).json()) as Told;
  async function put(provider: string, body: object, headers: Record<string, string> = {}): Promise<{ readonly status: number; readonly told: Told }> {
    const answer = await fetch(url(provider), {
      method: "PUT",
      headers: { ...operator, "content-type": "application/json", ...headers },
      body: JSON.stringify({ kind: "openai", baseUrl: gateway.main.url, ...body }),
    });
    const text = await answer.text();
    expect(text).not.toContain("secret-of-the-test");
    return { status: answer.status, told: JSON.parse(text) as Told };
  }

  test("one is added beside those that stay, named, weighted and removed, without typing the others again", async () => {
    const { provider, used: keys } = await pool([{ name: "a" }, { name: "b" }]);
    const names = ["a", "b", "c"];
    const added = await put(provider, { apiKeys: [{ name: "a", weight: 0 }, { name: "b" }, { key: secretOf(provider, "c"), name: "c", weight: 2 }] });
    expect(added).toMatchObject({
      status: 200,
      told: {
        keys: [
          { name: "a", masked: "…000a", weight: 0 },
          { name: "b", masked: "…000b", weight: 1 },
          { name: "c", masked: "…000c", weight: 2 },
        ],
      },
    });
    gateway.main.reset();
    for (let call = 0; call < 3; call++) expect(await answeredBy(`${provider}/one`)).toBe(`200 ${provider} 1`);
    expect(used(gateway.main, provider, names).map(String).toSorted()).toEqual(["b", "c", "c"]);
    // Two change their names, and one of them its secret; the third goes.
    const swapped = await put(provider, {
      apiKeys: [
        { was: "b", name: "c", weight: 1 },
        { was: "c", name: "b", key: secretOf(provider, "new") },
      ],
    });
    expect(swapped.told.keys).toEqual([
      { name: "c", masked: "…000b", weight: 1 },
      { name: "b", masked: "…0new", weight: 1 },
    ]);
    gateway.main.reset();
    for (let call = 0; call < 2; call++) await answeredBy(`${provider}/one`);
    expect(used(gateway.main, provider, ["b", "new"]).map(String).toSorted()).toEqual(["b", "new"]);
    expect(keys()).not.toContain("a");
    // A weight alone is a change, which whoever saw the state before is told of.
    expect((await put(provider, { apiKeys: [{ name: "c", weight: 5 }, { name: "b" }] }, { "if-match": added.told.revision })).status).toBe(409);
    const now = await get(provider);
    expect((await put(provider, { apiKeys: [{ name: "c", weight: 5 }, { name: "b" }] }, { "if-match": now.revision })).status).toBe(200);
    expect((await get(provider)).keys.map(({ weight }) => weight)).toEqual([5, 1]);
    expect((await put(provider, { apiKey: null })).told.keys).toEqual([]);
    await gateway.settled();
  });

  test.each<[readonly object[], string]>([
    [[{ name: "nobody" }], "There is no stored key named nobody"],
    [[{ was: "nobody", name: "a", key: "sk-some-other-secret-12345" }], "There is no stored key named nobody"],
    [[{ name: "a" }, { was: "a", name: "z" }], "the same stored one"],
    [[{ name: "a" }, { key: "THE SAME", name: "z" }], "a and z are the same key"],
    [
      [
        { name: "a", weight: 0 },
        { name: "b", weight: 0 },
      ],
      "weight above 0",
    ],
    [[{ weight: 2 }], "needs a key, or the name of one that is stored"],
    [[{ name: "a" }, { key: "env:OTHER", name: "z" }], "must be the key itself"],
  ])("what cannot be meant is refused, and nothing is lost: %j", async (apiKeys, words) => {
    const { provider } = await pool([{ name: "a" }, { name: "b" }]);
    const before = await get(provider);
    const meant = apiKeys.map((key) => ("key" in key && key.key === "THE SAME" ? { ...key, key: secretOf(provider, "a") } : key));
    const { status, told } = await put(provider, { apiKeys: meant });
    expect([status, told.error?.message]).toEqual([400, expect.stringContaining(words)]);
    expect(told.error?.param).toMatch(/^apiKeys/);
    expect(await get(provider)).toEqual(before);
  });

  test("a stored one goes to no other address, whatever is typed beside it", async () => {
    const { provider } = await pool([{ name: "a" }, { name: "b" }]);
    const elsewhere = { baseUrl: "https://elsewhere.test/v1" };
    const typed = { key: "sk-typed-for-elsewhere-12345", name: "z" };
    expect(await put(provider, { ...elsewhere, apiKeys: [{ name: "a" }, typed] })).toMatchObject({ status: 400, told: { error: { param: "apiKey" } } });
    expect(await put(provider, { ...elsewhere, apiKey: "sk-another-for-elsewhere-1", apiKeys: [{ name: "a" }] })).toMatchObject({ status: 400 });
    expect(await put(provider, { ...elsewhere, apiKeys: [typed] })).toMatchObject({ status: 200, told: { keys: [{ name: "z" }] } });
  });
});

test("the console shows each key masked with its state, to whoever may edit it", async () => {
  const { provider } = await pool([{ name: "a" }, { name: "b", weight: 3 }]);
  gateway.main.when(bearerOf(provider, "a"), REFUSED);
  for (let call = 0; call < 4; call++) await answeredBy(`${provider}/one`);
  const signedIn = await gateway.post(
    "/trpc/account.signIn",
    { json: { email: "admin@example.test", password: "an administrator's password" } },
    { origin: gateway.url, "x-switchyard-client": "console" },
  );
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const listed = async (workspace: string): Promise<Record<string, unknown> | undefined> => {
    const input = encodeURIComponent(JSON.stringify({ json: { workspace } }));
    const answer = await fetch(`${gateway.url}/trpc/providers.list?input=${input}`, { headers: { cookie } });
    const { result } = (await answer.json()) as { result: { data: { json: Record<string, unknown>[] } } };
    return result.data.json.find(({ name }) => name === provider);
  };
  // Operators edit what is shared from any workspace.
  for (const workspace of ["platform", "acme"])
    expect(await listed(workspace)).toMatchObject({
      health: "degraded",
      hasKey: true,
      keys: [
        { name: "a", masked: "…000a", weight: 1, state: "down", rest: { reason: "bad_credentials" } },
        { name: "b", masked: "…000b", weight: 3, state: "healthy" },
      ],
    });
});
