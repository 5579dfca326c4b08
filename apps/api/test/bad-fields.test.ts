/** Hostile JSON, fields and queries against the running program: what the schema refuses, and what it must never obey. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { processorMs } from "./process-figures.fs.ts";
import { refusalOf, type Refusal } from "./envelope.ts";
import { KEYS } from "./gateway-harness.process.ts";
import { useGateway } from "./use-gateway.ts";

const gateway = useGateway({ LOG_LEVEL: "debug" });

const messages = [{ role: "user" as const, content: "Say hello" }];
const good = { model: "pool", messages };
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> => gateway.post("/v1/chat/completions", body, headers);
const get = (path: string, key: string = KEYS.acme): Promise<Response> => fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
const raw = (fields: string): string => `{"model":"pool","messages":[{"role":"user","content":"hi"}],${fields}}`;

/** Sends something heavy. @returns the refusal, and for how long it can have kept others waiting at most, in milliseconds */
async function underWatch(body: string): Promise<{ refusal: Refusal; worked: number }> {
  const { pid } = gateway.server;
  const before = processorMs(pid);
  const refusal = await refusalOf(await post(body));
  return { refusal, worked: processorMs(pid) - before };
}

describe("JSON that is heavy for its size", () => {
  const cases: Record<string, () => string> = {
    "10,000 levels": () => raw(`"x":${"[".repeat(10_000)}${"]".repeat(10_000)}`),
    "a million open brackets": () => "[".repeat(1_000_000),
    "a million fields": () => raw(`"x":{${Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(",")}}`),
    "a million fields at the top": () => raw(Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(",")),
    "a million messages": () => `{"model":"pool","messages":[${Array.from({ length: 1_000_000 }, () => '{"role":"user","content":"x"}').join(",")}]}`,
    "100,000 messages": () => `{"model":"pool","messages":[${Array.from({ length: 100_000 }, () => '{"role":"user","content":"x"}').join(",")}]}`,
    "100,000 logit biases": () => raw(`"logit_bias":{${Array.from({ length: 100_000 }, (_, index) => `"${index}":1`).join(",")}}`),
    "a model's name of 1 MB": () => JSON.stringify({ ...good, model: "m".repeat(1_000_000) }),
    "a stop of 1 MB": () => JSON.stringify({ ...good, stop: "s".repeat(1_000_000) }),
  };
  for (const [name, body] of Object.entries(cases)) {
    test(`${name}: 400, and no long work`, async () => {
      const { refusal, worked } = await underWatch(body());
      expect(refusal.status).toBe(400);
      expect(worked).toBeLessThan(1_500);
      expect(gateway.main.tally.requests).toBe(0);
    }, 30_000);
  }

  test("numbers beyond what a number can be, and the same field twice, are refused or served, never a crash", async () => {
    for (const fields of [
      '"temperature":1e999',
      '"seed":123456789012345678901234567890',
      '"max_tokens":1e999',
      '"max_tokens":-0',
      '"temperature":1,"temperature":0',
    ]) {
      const answer = await post(raw(fields));
      expect([200, 400]).toContain(answer.status);
      await answer.text();
    }
  });
});

test("names that reach into prototypes change nothing for the calls after them", async () => {
  for (const fields of [
    '"__proto__":{"stream":true,"polluted":"yes"}',
    '"constructor":{"prototype":{"stream":true,"polluted":"yes"}}',
    '"metadata":{"__proto__":"x"}',
    '"tools":[{"type":"function","function":{"name":"a","parameters":{"__proto__":{"polluted":true}}}}]',
  ]) {
    const answer = await post(raw(fields));
    expect([200, 400]).toContain(answer.status);
    expect(answer.headers.get("content-type")).toContain("application/json");
    await answer.text();
  }
  await (await get("/v1/models?__proto__[stream]=true&constructor[prototype][x]=1")).text();
  const plain = (await (await post(good)).json()) as Record<string, unknown>;
  expect(plain["object"]).toBe("chat.completion");
  expect(JSON.stringify(await (await get("/health")).json())).not.toContain("polluted");
  const sent = gateway.main.tally.calls.at(-1)?.body;
  expect(JSON.stringify(sent)).not.toContain("polluted");
  expect(sent).not.toMatchObject({ stream: true });
});

describe("fields that would decide where a call goes", () => {
  test("are refused by name, no other host is asked and the provider sees none of them", async () => {
    let visits = 0;
    const elsewhere = createServer((_req, res) => {
      visits += 1;
      res.end("{}");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    try {
      const fields: Record<string, unknown> = {
        api_base: url,
        base_url: url,
        baseURL: url,
        api_key: "sk-mine",
        custom_llm_provider: "openai",
        extra_headers: { host: url },
        extra_body: { model: "x" },
        extra_query: {},
        headers: { authorization: "x" },
        organization: "org-1",
        proxy: url,
        api_version: "1",
        azure_endpoint: url,
        litellm_params: { api_base: url },
        fallbacks: [{ api_base: url }],
        model_list: [],
      };
      for (const [field, value] of Object.entries(fields)) {
        expect(await refusalOf(await post({ ...good, [field]: value }))).toMatchObject({ status: 400, param: field });
      }
      for (const field of ["url", "base_url", "api_key"]) {
        expect(await refusalOf(await post({ ...good, provider: { [field]: url } }))).toMatchObject({ status: 400, param: `provider.${field}` });
      }
      await (await post(good, { "openai-organization": "org-evil", "x-api-base": url, "openai-base-url": url, "x-litellm-api-base": url })).text();
      expect(visits).toBe(0);
      const [call] = gateway.main.tally.calls;
      expect(gateway.main.tally.requests).toBe(1);
      expect(call?.headers.authorization).toBe("Bearer sk-main-secret-of-the-test");
      expect(JSON.stringify([call?.headers, call?.body])).not.toMatch(/evil|sk-mine|sy-acme/);
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
    }
  });

  test("images on other schemes are refused, and the gateway fetches none itself", async () => {
    let visits = 0;
    const canary = createServer((_req, res) => {
      visits += 1;
      res.end();
    });
    await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
    const { port } = canary.address() as AddressInfo;
    const image = (url: string): unknown => ({ ...good, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] });
    try {
      for (const url of [
        `http://127.0.0.1:${port}/`,
        `http://0.0.0.0:${port}/`,
        `http://[::ffff:127.0.0.1]:${port}/`,
        `http://2130706433:${port}/`,
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "//127.0.0.1/",
        "",
      ]) {
        expect(await refusalOf(await post(image(url)))).toMatchObject({ status: 400, param: "messages[0].content[0].image_url.url" });
      }
      expect((await post({ ...(image(`https://127.0.0.1:${port}/`) as object), model: "main/gpt-4o-mini" })).status).not.toBe(500);
      expect(visits).toBe(0);
    } finally {
      canary.close();
    }
  });
});

describe("models", () => {
  for (const [name, model] of Object.entries({
    unknown: "no-such-model",
    "a path": "../../x",
    "a homoglyph": "p\u043eol",
    "a NUL": "pool\0",
    SQL: "pool' or '1'='1",
    "a prototype": "__proto__",
    "a constructor": "constructor",
    "many slashes": "a/b/c/d/e",
    blanks: "  pool  ",
    "an unlisted model of a known provider": "main/gpt-9",
  })) {
    test(`${name}: 404, and recorded with the name as it was`, async () => {
      const answer = await post({ ...good, model });
      const id = answer.headers.get("x-generation-id");
      expect(await refusalOf(answer)).toMatchObject({ status: 404, code: "model_not_found" });
      await expect.poll(async () => (await get(`/v1/generation?id=${id}`)).status, { timeout: 10_000 }).toBe(200);
    });
  }
  for (const [name, model] of Object.entries({ missing: undefined, "a number": 7, "an object": { id: "pool" }, "a list": ["pool"], empty: "", null: null })) {
    test(`${name}: 400 for model`, async () => {
      expect(await refusalOf(await post({ messages, ...(model === undefined ? {} : { model }) }))).toMatchObject({ status: 400, param: "model" });
    });
  }
  test("a model that this key may not use is refused", async () => {
    expect([403, 404]).toContain((await refusalOf(await post({ ...good, model: "three" }, { authorization: `Bearer ${KEYS.narrow}` }))).status);
  });
});

describe("parameters out of their range are 400 and named", () => {
  const text = (role: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ role, content: "x", ...more });
  const cases: [string, Record<string, unknown> | string, string?][] = [
    ["temperature", { temperature: -1 }],
    ["temperature", { temperature: 2.1 }],
    ["temperature", { temperature: "1" }],
    ["temperature", { temperature: null }],
    ["temperature", '"temperature":1e999'],
    ["top_p", { top_p: 1.1 }],
    ["top_p", { top_p: -0.1 }],
    ["n", { n: 0 }],
    ["n", { n: 129 }],
    ["n", { n: 1e9 }],
    ["n", { n: 1.5 }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { max_tokens: -1 }],
    ["max_tokens", { max_tokens: 1e12 }],
    ["max_tokens", { max_tokens: 1.5 }],
    ["max_tokens", { max_tokens: "5" }],
    ["max_completion_tokens", { max_completion_tokens: 0 }],
    ["max_tokens", { max_tokens: 5, max_completion_tokens: 5 }],
    ["presence_penalty", { presence_penalty: 2.1 }],
    ["frequency_penalty", { frequency_penalty: -2.1 }],
    ["top_logprobs", { logprobs: true, top_logprobs: 21 }],
    ["top_logprobs", { top_logprobs: 2 }],
    ["logit_bias.5", { logit_bias: { 5: 101 } }],
    ["seed", { seed: 1.5 }],
    ["seed", '"seed":12345678901234567890'],
    ["stop", { stop: ["a", "b", "c", "d", "e"] }],
    ["stop", { stop: 5 }],
    ["stream", { stream: "yes" }],
    ["stream", { stream: 1 }],
    ["stream_options", { stream_options: { include_usage: true } }],
    ["stream_options.include_usage", { stream: true, stream_options: { include_usage: "yes" } }],
    ["messages", { messages: [] }],
    ["messages", { messages: "hi" }],
    ["messages[0].role", { messages: [text("wizard")] }],
    ["messages[0]", { messages: ["hi"] }],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content", { messages: [{ role: "assistant", content: null }] }],
    ["messages[1].tool_call_id", { messages: [text("user"), text("tool", { tool_call_id: "call_none" })] }],
    ["messages[0].tool_call_id", { messages: [text("tool")] }],
    ["messages[0].content", { messages: [{ role: "user", content: [] }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{ type: "hologram" }] }] }],
    ["messages[0].content", { messages: [{ role: "user", content: 5 }] }],
    ["tools", { tools: Array.from({ length: 1_100 }, (_, index) => ({ type: "function", function: { name: `f${index}` } })) }],
    ["tools[0].function", { tools: [{ type: "function" }] }],
    ["tools[0].function.name", { tools: [{ type: "function", function: { name: "" } }] }],
    ["response_format.json_schema", { response_format: { type: "json_schema" } }],
    ["user", { user: "u".repeat(5_000) }],
    ["metadata", { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"])) }],
    ["tool_choice", { tool_choice: "sometimes" }],
  ];
  test.each(cases)("%s in %j", async (param, extra) => {
    const refusal = await refusalOf(await post(typeof extra === "string" ? raw(extra) : { ...good, ...extra }));
    expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error", code: "invalid_request", param });
    expect(gateway.main.tally.requests).toBe(0);
  });

  test("n multiplies what is held: a wallet that affords one answer is refused a hundred", async () => {
    expect((await post({ ...good, model: "main/gpt-4o-mini", max_tokens: 900 }, { authorization: `Bearer ${KEYS.poor}` })).status).toBe(200);
    expect(
      await refusalOf(await post({ ...good, model: "main/gpt-4o-mini", max_tokens: 900, n: 100 }, { authorization: `Bearer ${KEYS.poor}` })),
    ).toMatchObject({ status: 402, code: "insufficient_credits" });
  });

  test("schemas that recurse, patterns that explode and 10 MB of image pass through, evaluated by nobody here", async () => {
    const parameters = {
      type: "object",
      $defs: { node: { properties: { next: { $ref: "#/$defs/node" } } } },
      properties: { a: { type: "string", pattern: "(a+)+$" }, b: { $ref: "#/$defs/node" } },
    };
    const image = `data:image/png;base64,${"A".repeat(10_000_000)}`;
    const answer = await post({
      ...good,
      tools: Array.from({ length: 1_000 }, (_, index) => ({ type: "function", function: { name: `f${index}`, parameters } })),
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: `${"a".repeat(50_000)}!` },
            { type: "image_url", image_url: { url: image } },
          ],
        },
      ],
    });
    expect([200, 400, 402, 501]).toContain(answer.status);
    await answer.text();
    expect((await post({ ...good, tools: [{ type: "function", function: { name: "f", parameters } }] })).status).toBe(200);
    expect(gateway.main.tally.calls.at(-1)?.body).toMatchObject({ tools: [{ function: { parameters } }] });
  });
});

test("names with line feeds, escapes and forged log lines are data: each line of the log is one JSON object of ours", async () => {
  const nasty = 'x\n{"level":"info","msg":"forged"}\r\n\u001b[31mred\u0000\u202edlrow';
  for (const body of [
    { ...good, user: nasty, metadata: { a: nasty } },
    { ...good, model: nasty },
    { ...good, messages: [{ role: "user", content: nasty, name: nasty }] },
  ]) {
    const answer = await post(body);
    expect(answer.status).not.toBe(500);
    await answer.text();
  }
  gateway.main.next({ kind: "status", status: 500, message: nasty });
  await (await post(good)).text();
  gateway.claude.next({ kind: "status", status: 401, message: nasty });
  await (await post({ ...good, model: "claude/claude-sonnet-4-5" })).text();
  await gateway.settled();
  const lines = gateway.server.stdout.filter((line) => line.startsWith("{"));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect((JSON.parse(line) as { msg: string }).msg).not.toBe("forged");
  expect(gateway.server.stdout.join("\n")).not.toContain("\u001b");
});

describe("lists, cursors and queries", () => {
  test("limits and cursors that are none are 400, and a page is never larger than 200", async () => {
    const { workspaceId } = await gateway.wallet("acme");
    const { workspaceId: otherId } = await gateway.wallet("other");
    const entries = (query: string, id = workspaceId): Promise<Response> => get(`/api/admin/wallets/${id}/entries${query}`, KEYS.operator);
    for (const query of [
      "?limit=-1",
      "?limit=0",
      "?limit=1000000000",
      "?limit=NaN",
      "?limit=1e2",
      "?limit=",
      "?limit=5&limit=6",
      "?limit=%00",
      "?cursor=nonsense",
      "?cursor=entry_00000000000000000000000000",
      "?cursor=%00",
      "?cursor=a&cursor=b",
      `?cursor=${"9".repeat(10_000)}`,
    ]) {
      expect({ query, ...(await refusalOf(await entries(query))) }).toMatchObject({ query, status: 400 });
    }
    const [first] = ((await (await entries("?limit=1")).json()) as { entries: { id: string }[] }).entries;
    expect(await refusalOf(await entries(`?cursor=${first?.id}`, otherId))).toMatchObject({ status: 400, param: "cursor" });
    for (const id of ["nonsense", "%00", "wsp_00000000000000000000000001", "1 or 1=1", "x".repeat(9_000)]) {
      expect({ id, ...(await refusalOf(await entries("", encodeURIComponent(id)))) }).toMatchObject({ id, status: 404 });
    }
  });

  test("a generation that is another's, unknown, several or none is 404 or 400", async () => {
    const answer = await post(good);
    const id = String(answer.headers.get("x-generation-id"));
    await answer.text();
    const theirs = await get(`/v1/generation?id=${id}`, KEYS.other);
    expect(await refusalOf(theirs)).toMatchObject({ status: 404, code: "not_found" });
    for (const [query, status] of Object.entries({
      "": 400,
      "?id=": 400,
      "?id[]=x": 400,
      [`?id=${id}&id=${id}`]: 400,
      "?id=nonsense": 404,
      "?id=gen_00000000000000000000000001": 404,
      "?id=%00": 404,
      [`?id=${"9".repeat(9_000)}`]: 404,
      "?id[__proto__]=x": 400,
    })) {
      expect({ query, ...(await refusalOf(await get(`/v1/generation${query}`))) }).toMatchObject({ query, status });
    }
  });

  test("queries of a thousand levels or parameters are plain names", async () => {
    const deep = `a${"[b]".repeat(1_000)}=1`;
    const many = Array.from({ length: 1_500 }, (_, index) => `p${index}=1`).join("&");
    for (const query of [deep, many, "?__proto__[x]=1", "%", "a=%ff%fe"]) expect((await get(`/v1/models?${query}`)).status).toBe(200);
  });
});

describe("the console's procedures", () => {
  const trpc = async (path: string, init: RequestInit = {}): Promise<number> => {
    const answer = await fetch(`${gateway.url}/trpc${path}`, {
      ...init,
      headers: { "content-type": "application/json", origin: gateway.url, "x-switchyard-client": "console", ...(init.headers as Record<string, string>) },
    });
    const text = await answer.text();
    expect(text).not.toMatch(/node_modules|\.ts:\d+|"stack"/);
    return answer.status;
  };
  test("unknown ones, wrong methods, batches without end and bad input are refused and end nothing", async () => {
    expect(await trpc("/no.such.thing")).toBe(404);
    expect(await trpc("/constructor.prototype")).toBe(404);
    expect(await trpc("/account.signIn")).toBe(405);
    expect(await trpc(`/${"account.me,".repeat(4_999)}account.me?batch=1`)).toBeGreaterThanOrEqual(400);
    expect(await trpc(`/${Array.from({ length: 300 }, () => "account.me").join(",")}?batch=1`)).toBeGreaterThanOrEqual(400);
    for (const path of ["/,,,,,", "/,,,,,?batch=1", "/", "/account.me?batch=1&input=%7B", "/account.me?input=nonsense", "/calls.list?batch=1&input=[]"]) {
      const status = await trpc(path);
      expect({ path, refused: status >= 400 && status !== 500 }).toEqual({ path, refused: true });
    }
  });

  test("superjson's meta reaches no prototype and builds no bomb", async () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
    for (const body of [
      { json: { email: "a", password: "b" }, meta: { values: { "__proto__.polluted": ["Date"] } } },
      { json: { email: "a", password: "b" }, meta: { values: { "constructor.prototype.polluted": ["bigint"] } } },
      { json: { email: "a", password: "b" }, meta: { referentialEqualities: { email: Array.from({ length: 5_000 }, () => "__proto__.x") } } },
      { json: deep(500), meta: { values: deep(500) } },
      { json: { email: { constructor: 1 }, password: [] }, meta: { values: { email: [["custom", "no-such"]] } } },
      "text",
      5,
      [],
      null,
    ]) {
      const status = await trpc("/account.signIn", { method: "POST", body: JSON.stringify(body) });
      expect({ body: JSON.stringify(body).slice(0, 60), refused: status >= 400 && status < 500 }).toEqual({
        body: JSON.stringify(body).slice(0, 60),
        refused: true,
      });
    }
    expect(JSON.stringify(await (await get("/health")).json())).not.toContain("polluted");
  });
});

test("after all of it the program is well, and owes nothing", async () => {
  expect((await post(good)).status).toBe(200);
  await gateway.settled();
  expect(gateway.server.stderr).toEqual([]);
  const errors = gateway.server.stdout.filter((line) => line.includes('"level":"error"'));
  expect(errors).toEqual([]);
});
