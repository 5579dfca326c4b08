/** Canary secrets through the whole program: none comes out anywhere, in any of the dresses that a secret may wear. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFakeGoogle } from "@switchyard/testkit/fake-google";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { KEYS, startGateway, testConfig, type Gateway } from "./gateway-harness.process.ts";
import { BOOK_TOKEN, GOOGLE_KEY, googleProvider, SEVERAL_KEYS, tellConsole, tellGoogle, tellOperators, tellResponses } from "./secret-traffic.http.ts";

const PROVIDER_KEYS = ["sk-main-secret-of-the-test", "sk-spare-secret-of-the-test", "sk-ant-secret-of-the-test"];
const PASSWORDS = ["a long enough password", "an administrator's password", "a wrong password of a stranger"];
const WRONG_KEY = "sy-a-key-that-nobody-ever-made-7";
const messages = [{ role: "user" as const, content: "Say hello" }];
const heard: string[] = [];
let gateway: Gateway;
let google: FakeProvider;
let session = "";
let operatorsSession = "";

beforeAll(async () => {
  google = await startFakeGoogle();
  // Nobody listens where the price book is said to be.
  const environment = { LOG_LEVEL: "debug", ADMIN_EMAIL: "admin@example.test", PRICE_BOOK_URL: `http://127.0.0.1:9/prices.json?token=${BOOK_TOKEN}` };
  gateway = await startGateway(environment, (...fakes) => {
    const config = testConfig(...fakes) as { providers: object[] };
    config.providers.push(googleProvider(google));
    return config;
  });
  await traffic();
}, 120_000);
afterAll(async () => {
  await gateway?.close();
  await google?.close();
});

/** Asks, and remembers everything that came back: status line, headers and body. */
async function hear(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(`${gateway.url}${path}`, { ...init, redirect: "manual" });
  const copy = answer.clone();
  const headers = [...answer.headers].filter(([name]) => name !== "set-cookie").map(([name, value]) => `${name}: ${value}`);
  heard.push(`${path.split("?")[0]} ${answer.status}\n${headers.join("\n")}\n\n${await copy.text()}`);
  return answer;
}

const chat = (body: Record<string, unknown>, key: string = KEYS.acme): Promise<Response> =>
  hear("/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "pool", messages, ...body }),
  });
const signIn = (email: string, password: string): Promise<Response> =>
  hear("/trpc/account.signIn", {
    method: "POST",
    headers: { "content-type": "application/json", origin: gateway.url, "x-switchyard-client": "console" },
    body: JSON.stringify({ json: { email, password } }),
  });

const sessionIn = (answer: Response): string => /=([A-Za-z0-9_-]{43});/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";

/** Everything that touches a secret: good and bad calls, a provider that repeats its key, sign-in, the console, the operators. */
async function traffic(): Promise<void> {
  const [mainKey = ""] = PROVIDER_KEYS;
  const places = `${mainKey}, Bearer ${mainKey}, https://user:${mainKey}@host/?key=${mainKey} postgres://u:${mainKey}@h/db`;
  const echo = `Incorrect API key provided: ${places}`;
  await chat({});
  await chat({ stream: true });
  await signIn("ada@acme.test", "a wrong password of a stranger");
  session = sessionIn(await signIn("ada@acme.test", "a long enough password"));
  operatorsSession = sessionIn(await signIn("admin@example.test", "an administrator's password"));
  await hear("/trpc/account.me", { headers: { cookie: `sy_session=${session}` } });
  const ways = { gateway, google, hear };
  const echoOf = (key: string): string => `The parameter was not understood: ${places.replaceAll(mainKey, key)}`;
  await tellOperators(ways, echoOf(SEVERAL_KEYS[0]));
  await tellConsole(ways, operatorsSession);
  await tellGoogle(ways, echoOf(GOOGLE_KEY));
  await tellResponses(ways, echoOf(mainKey));
  // 401 last: with it the provider rests.
  for (const status of [400, 404, 413, 500, 503, 401]) {
    gateway.main.next({ kind: "status", status, message: status === 401 ? echo : `The parameter was not understood: ${places}`, code: mainKey });
    const answer = await chat({ model: "main/gpt-4o-mini", stream: status === 400 });
    const id = answer.headers.get("x-generation-id");
    await hear(`/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } });
  }
  gateway.claude.next({ kind: "body", body: { type: "error", error: { type: "invalid_request_error", message: echo } }, status: 400 });
  await chat({ model: "claude/claude-sonnet-4-5" });
  gateway.spare.next({ kind: "text", tokens: 9, fault: { kind: "error", at: 3, error: { message: echo, type: "server_error" } } });
  await chat({ model: "spare/spare-large", stream: true });
  gateway.spare.next({ kind: "body", body: `<html>${echo}</html>`, contentType: "text/html" });
  await chat({ model: "spare/spare-large" });
  for (const key of [WRONG_KEY, KEYS.disabled, KEYS.expired, `${KEYS.acme}x`]) await chat({}, key);
  await hear(`/v1/models?api_key=${KEYS.acme}&key=${WRONG_KEY}`, { headers: { authorization: `Bearer ${WRONG_KEY}` } });
  for (const path of ["/api/admin/wallets", "/api/admin/invariants", "/api/admin/config", "/metrics", "/openapi.json", "/health", "/ready", "/"])
    await hear(path, { headers: { authorization: `Bearer ${KEYS.operator}` } });
  await hear("/api/admin/config", {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
    body: JSON.stringify({ operatorKeys: [{ name: "x", secret: KEYS.acme }] }),
  });
  await hear("/api/admin/config", {
    method: "POST",
    headers: { authorization: `Bearer ${KEYS.operator}`, "content-type": "application/json" },
    body: JSON.stringify({ providers: [{ name: "main", kind: "openai", apiKey: [mainKey] }] }),
  });
  await gateway.settled();
}

const secrets = (): string[] => [
  ...PROVIDER_KEYS,
  ...SEVERAL_KEYS,
  GOOGLE_KEY,
  BOOK_TOKEN,
  ...Object.values(KEYS),
  ...PASSWORDS,
  WRONG_KEY,
  session,
  operatorsSession,
  TEST_SECRET_KEY,
  new URL(gateway.databaseUrl).password,
];

/** The secret itself, in hex, percent-encoded, as JSON writes it, and in base64 at each of the three alignments. */
function dresses(secret: string): string[] {
  const inner = (offset: number): string => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64");
    return text.slice(offset === 0 ? 0 : 4, Math.floor((offset + secret.length) / 3) * 4);
  };
  return [
    ...new Set([
      secret,
      Buffer.from(secret).toString("hex"),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      inner(0),
      inner(1),
      inner(2),
      Buffer.from(secret).toString("base64url"),
    ]),
  ];
}

/** Which secrets are in the text. */
const leaksIn = (text: string, except: readonly string[] = []): string[] =>
  secrets().filter((secret) => !except.includes(secret) && dresses(secret).some((dress) => text.includes(dress)));

test("the canaries were really in use", () => {
  expect([session, operatorsSession].map((one) => one.length)).toEqual([43, 43]);
  expect(secrets().every((secret) => secret.length >= 16)).toBe(true);
  expect(gateway.main.tally.requests).toBeGreaterThanOrEqual(5);
  expect(gateway.main.tally.calls[0]?.headers.authorization).toBe(`Bearer ${PROVIDER_KEYS[0]}`);
  expect(leaksIn(`x${Buffer.from(`ab${KEYS.acme}c`).toString("base64")}`)).toEqual([KEYS.acme]);
});

test("no answer carries one: bodies, headers, errors, streams, lists, exports", () => {
  expect(heard.length).toBeGreaterThan(100);
  expect(heard.map((text) => ({ at: text.split("\n")[0], leaks: leaksIn(text) })).filter(({ leaks }) => leaks.length > 0)).toEqual([]);
});

test("the providers see their own key and nothing else of ours", () => {
  const [main = "", spare = "", claude = ""] = PROVIDER_KEYS;
  const own = [
    [gateway.main, [main, ...SEVERAL_KEYS]],
    [gateway.spare, [spare]],
    [gateway.claude, [claude]],
    [google, [GOOGLE_KEY]],
  ] as const;
  for (const [fake, keys] of own) {
    expect(fake.tally.calls.length).toBeGreaterThan(0);
    expect(leaksIn(fake.tally.calls.map(({ headers, body, path }) => JSON.stringify([headers, body, path])).join("\n"), keys)).toEqual([]);
  }
});

test("no line of the log and no word on the terminal carries one, at the chattiest level", () => {
  expect(gateway.server.stdout.length).toBeGreaterThan(5);
  expect(leaksIn(gateway.server.stdout.join("\n"))).toEqual([]);
  expect(leaksIn(gateway.server.stderr.join("\n"))).toEqual([]);
});

test("no title of the process shows one to the other users of the machine", () => {
  const commandLine = `/proc/${gateway.server.pid}/cmdline`;
  if (!existsSync(commandLine)) return console.log("left out: the title of the process (no /proc)");
  expect(leaksIn(readFileSync(commandLine, "utf8").replaceAll("\0", " "))).toEqual([]);
});

test("no column of any table holds one; keys are there as their hash, provider keys sealed", async () => {
  const client = new pg.Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ place: string; name: string; type: string }>(`
      select format('%I.%I', table_schema, table_name) as place, column_name as name, data_type as type from information_schema.columns
       where table_schema not in ('pg_catalog', 'information_schema') and data_type in ('text', 'character varying', 'bytea', 'jsonb', 'json', 'ARRAY', 'USER-DEFINED', 'name')`);
    expect(columns.length).toBeGreaterThan(40);
    const found: string[] = [];
    const texts: string[] = [];
    for (const { place, name, type } of columns) {
      const { rows } = await client.query<{ text: string }>(
        type === "bytea"
          ? `select encode("${name}", 'escape') || ' ' || encode("${name}", 'hex') as text from ${place}`
          : `select "${name}"::text as text from ${place}`,
      );
      const text = rows.map((row) => row.text ?? "").join("\n");
      texts.push(text);
      for (const secret of leaksIn(text)) found.push(`${place}.${name}: ${secret.slice(0, 6)}…`);
    }
    expect(found).toEqual([]);
    // That they would have been found: what is allowed to be there is found by the same means.
    const all = texts.join("\n");
    expect(all).toContain(createHash("sha256").update(KEYS.acme).digest("hex"));
    expect(all).toContain("ada@acme.test");
  } finally {
    await client.end();
  }
});
