/** Hostile HTTP against the running program: credentials, paths, methods, framing and bodies that are not what they say. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { rawRefusalOf, refusalOf } from "./envelope.ts";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";
import { rawExchange, rawRequest, type RawExchange } from "./raw-client.http.ts";

let gateway: Gateway;
/** Takes as long as the server's patience, so it runs beside everything else. */
let slowHead: Promise<RawExchange>;
beforeAll(async () => {
  gateway = await startGateway();
  slowHead = rawExchange(gateway.server.port, "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n", {
    limitMs: 30_000,
    more: (socket) => void setInterval(() => socket.writable && socket.write("x-slow: 1\r\n"), 1_000).unref(),
  });
});
afterAll(async () => {
  await gateway?.close();
});
beforeEach(() => gateway.resetFakes());

const CHAT = "/v1/chat/completions";
const messages = [{ role: "user" as const, content: "Say hello" }];
const good = { model: "pool", messages };
const raw = (bytes: string | Buffer, limitMs?: number): Promise<RawExchange> =>
  rawExchange(gateway.server.port, bytes, limitMs === undefined ? {} : { limitMs });
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${gateway.url}${path}`, { headers });
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** The process is alive, quick, and still answers a good call. */
async function expectWell(): Promise<void> {
  const begun = performance.now();
  expect((await get("/health")).status).toBe(200);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect((await gateway.post(CHAT, good)).status).toBe(200);
}

describe("credentials that are none", () => {
  const last = KEYS.acme.at(-1) === "1" ? "2" : "1";
  const hash = createHash("sha256").update(KEYS.acme).digest();
  const headers: Record<string, Record<string, string>> = {
    "no header": {},
    "an empty header": { authorization: "" },
    "a scheme alone": { authorization: "Bearer " },
    Basic: { authorization: `Basic ${Buffer.from(`user:${KEYS.acme}`).toString("base64")}` },
    "the key without a scheme": { authorization: KEYS.acme },
    "two keys in one header": { authorization: `Bearer ${KEYS.acme}, Bearer ${KEYS.acme}` },
    "two headers that differ": { authorization: `Bearer ${KEYS.acme}`, "x-api-key": KEYS.other },
    SQL: { authorization: "Bearer ' OR '1'='1" },
    "SQL that is shaped like a key": { authorization: "Bearer sy-'||(select(secret))||'" },
    "an escaped NUL": { authorization: "Bearer %00" },
    "Latin-1": { authorization: "Bearer sy-\u00e9\u00ff\u00fc0123456789012345" },
    "an array by its look": { authorization: `Bearer ["${KEYS.acme}"]` },
    "one character off": bearer(KEYS.acme.slice(0, -1) + last),
    "the visible prefix": bearer(KEYS.acme.slice(0, 9)),
    "another case": bearer(KEYS.acme.toUpperCase()),
    "the stored hash in hex": bearer(hash.toString("hex")),
    "the stored hash in base64": bearer(hash.toString("base64")),
    "an expired key": bearer(KEYS.expired),
    "a key of 4 KB": bearer(`sy-${"a".repeat(4_100)}`),
  };
  for (const [name, given] of Object.entries(headers)) {
    test(`${name}: 401 at every door`, async () => {
      for (const answer of [
        await get("/v1/models", given),
        await fetch(`${gateway.url}${CHAT}`, { method: "POST", headers: { ...given, "content-type": "application/json" }, body: JSON.stringify(good) }),
        await get("/api/admin/wallets", given),
      ]) {
        expect(await refusalOf(answer)).toMatchObject({ status: 401, type: "authentication_error", code: "invalid_api_key" });
      }
      expect(gateway.main.tally.requests).toBe(0);
    });
  }

  test("two Authorization headers, even equal ones, are 401", async () => {
    for (const second of [KEYS.acme, KEYS.other, "nonsense"]) {
      const { answers } = await raw(rawRequest("GET /v1/models HTTP/1.1", [`authorization: Bearer ${KEYS.acme}`, `Authorization: Bearer ${second}`]));
      expect(rawRefusalOf(answers[0])).toMatchObject({ status: 401, code: "invalid_api_key" });
    }
  });

  test("bytes that are no text, and emoji, are 401", async () => {
    const { answers } = await raw(
      Buffer.concat([
        Buffer.from("GET /v1/models HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer sy-"),
        Buffer.from("🔑🔑🔑🔑🔑🔑"),
        Buffer.from("\r\n\r\n"),
      ]),
    );
    expect(rawRefusalOf(answers[0])).toMatchObject({ status: 401 });
  });

  test("headers of more than 16 KiB are 431 in the envelope", async () => {
    const { answers, closed } = await raw(rawRequest("GET /v1/models HTTP/1.1", [`authorization: Bearer ${"k".repeat(100_000)}`]));
    expect(rawRefusalOf(answers[0])).toMatchObject({ status: 431 });
    expect(closed).toBe(true);
  });

  test("a disabled key is 403 key_disabled, an ordinary key is 403 at the operators' routes", async () => {
    expect(await refusalOf(await get("/v1/models", bearer(KEYS.disabled)))).toMatchObject({ status: 403, code: "key_disabled" });
    for (const path of ["/api/admin/wallets", "/api/admin/invariants", "/api/admin/config", "/metrics"]) {
      expect({ path, ...(await refusalOf(await get(path, bearer(KEYS.acme)))) }).toMatchObject({ path, status: 403, code: "permission_denied" });
    }
    expect(await refusalOf(await gateway.post(CHAT, good, bearer(KEYS.operator)))).toMatchObject({ status: 403 });
  });

  test("a session's token is no API key, and an API key is no session", async () => {
    const signIn = await fetch(`${gateway.url}/trpc/account.signIn`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: gateway.url, "x-switchyard-client": "console" },
      body: JSON.stringify({ json: { email: "ada@acme.test", password: "a long enough password" } }),
    });
    const token = /=([A-Za-z0-9_-]{43});/.exec(signIn.headers.get("set-cookie") ?? "")?.[1];
    expect(await refusalOf(await get("/v1/models", bearer(String(token))))).toMatchObject({ status: 401 });
    const me = await get("/trpc/account.me", bearer(KEYS.operator));
    expect([401, 403]).toContain(me.status);
  });

  test("a key that is revoked stops working within two seconds", async () => {
    const { default: pg } = await import("pg");
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    try {
      expect((await get("/v1/models", bearer(KEYS.limited))).status).toBe(200);
      await client.query("update switchyard.api_keys set revoked_at = now() where name = 'limited'");
      await expect.poll(async () => (await get("/v1/models", bearer(KEYS.limited))).status, { timeout: 15_000, interval: 50 }).toBe(401);
    } finally {
      await client.end();
    }
  });
});

describe("hosts and addresses", () => {
  test("headers that claim another host, path or method change nothing", async () => {
    for (const headers of [
      { "x-original-url": "/health" },
      { "x-rewrite-url": "/health" },
      { "x-forwarded-host": "evil.test" },
      { "x-forwarded-for": "127.0.0.1" },
      { "x-http-method-override": "GET" },
    ]) {
      expect(await refusalOf(await get("/api/admin/wallets", headers as Record<string, string>))).toMatchObject({ status: 401 });
    }
    const overridden = await fetch(`${gateway.url}/v1/models`, { method: "POST", headers: { ...bearer(KEYS.acme), "x-http-method-override": "GET" } });
    expect(await refusalOf(overridden)).toMatchObject({ status: 405 });
  });

  for (const [name, lines] of Object.entries({
    "with a path and a fragment": ["host: localhost/#@evil.test"],
    "with a blank": ["host: a b"],
    "with credentials": ["host: user:pass@localhost"],
    twice: ["host: localhost", "host: evil.test"],
    missing: [] as string[],
  })) {
    test(`a Host ${name} is 400`, async () => {
      const { answers } = await raw(`GET /v1/models HTTP/1.1\r\n${[...lines, `authorization: Bearer ${KEYS.acme}`, "connection: close"].join("\r\n")}\r\n\r\n`);
      expect(rawRefusalOf(answers[0])).toMatchObject({ status: 400 });
    });
  }

  test("an absolute URI is judged by its path, with the same authorisation", async () => {
    const { answers } = await raw(rawRequest("GET http://localhost/api/admin/wallets HTTP/1.1"));
    expect([401, 404, 400]).toContain(rawRefusalOf(answers[0]).status);
  });
});

describe("paths", () => {
  const paths = [
    "/v1/../api/admin/wallets",
    "//v1//models",
    "/v1/%2e%2e/api/admin/wallets",
    "/api/admin/..%2fadmin/wallets",
    "/api/admin;x/wallets",
    "/v1/models.",
    "/V1/models",
    "/api/Admin/wallets",
    "/API/ADMIN/WALLETS",
    "/api//admin/wallets",
    "/api/admin//wallets",
    "/api/admin/wallets/",
    "/api/admin%2fwallets",
    "/v1/models/",
    "/v1/chat/completions/",
    "/v1/%00",
    "/%",
    "/%ff",
    "/assets/%2e%2e/%2e%2e/package.json",
    "/..%5c..%5cpackage.json",
    "/.env",
    "/.git/config",
    "/debug",
    "/package.json",
    "/assets/../index.html.map",
    "/favicon.ico.map",
    "/actuator/env",
    "/constructor",
    "/__proto__",
    "/v1/__proto__",
  ];
  for (const path of paths) {
    test(`${path} is refused, never let through`, async () => {
      const { answers } = await raw(rawRequest(`GET ${path} HTTP/1.1`, ["accept: */*"]));
      const refusal = rawRefusalOf(answers[0]);
      expect([400, 401, 404]).toContain(refusal.status);
    });
  }

  test("a URL of 64 KB and a NUL in the path end at the parser, in the envelope", async () => {
    const long = await raw(rawRequest(`GET /v1/models?${"a".repeat(64_000)} HTTP/1.1`));
    expect([414, 431]).toContain(rawRefusalOf(long.answers[0]).status);
    const nul = await raw(rawRequest("GET /v1/mod\0els HTTP/1.1"));
    expect(rawRefusalOf(nul.answers[0]).status).toBe(400);
  });

  test("unknown paths are JSON for every client that is no browser, and the API's are JSON even for a browser", async () => {
    for (const accept of ["*/*", "application/json", "text/plain", "image/png"]) {
      expect(await refusalOf(await get("/nowhere", { accept }))).toMatchObject({ status: 404, code: "not_found" });
    }
    for (const path of ["/v1/nowhere", "/v1", "/api/nowhere", "/api/admin", "/ws/nowhere", "/health/nowhere"]) {
      expect([401, 404]).toContain((await refusalOf(await get(path, { accept: "text/html,*/*" }))).status);
    }
  });

  test("the console is a page for browsers only, under its policy", async () => {
    if (!existsSync(fileURLToPath(new URL("../../web/dist/index.html", import.meta.url)))) return console.log("left out: the console is not built");
    for (const path of ["/", "/keys", "/calls/some-id"]) {
      const page = await get(path, { accept: "text/html" });
      expect(page.headers.get("content-type")).toContain("text/html");
      expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    }
    expect((await get("/", { accept: "*/*" })).headers.get("content-type")).toContain("application/json");
    expect((await get("/")).headers.get("x-powered-by")).toBeNull();
  });
});

describe("methods", () => {
  const ALLOWED: Record<string, string> = {
    "/v1/chat/completions": "POST",
    "/v1/models": "GET, HEAD",
    "/v1/models/pool": "GET, HEAD",
    "/v1/generation": "GET, HEAD",
    "/health": "GET, HEAD",
    "/ready": "GET, HEAD",
    "/openapi.json": "GET, HEAD",
    "/metrics": "GET, HEAD",
    "/api/admin/wallets": "GET, HEAD",
    "/api/admin/invariants": "GET, HEAD",
    "/api/admin/config": "GET, HEAD, POST",
    "/api/admin/password": "POST",
  };
  for (const [path, allow] of Object.entries(ALLOWED)) {
    test(`${path} answers others with 405 and Allow: ${allow}`, async () => {
      for (const method of [
        "PUT",
        "DELETE",
        "PATCH",
        "TRACE",
        "PROPFIND",
        ...(allow.includes("POST") ? [] : ["POST"]),
        ...(allow.includes("GET") ? [] : ["GET"]),
      ]) {
        const { answers } = await raw(rawRequest(`${method} ${path} HTTP/1.1`, [`authorization: Bearer ${KEYS.operator}`, "content-length: 0"]));
        expect({ method, ...rawRefusalOf(answers[0]) }).toMatchObject({ method, status: 405, code: "method_not_allowed" });
        expect(answers[0]?.headers["allow"]).toBe(allow);
      }
    });
  }

  test("HEAD / is answered, CONNECT and an unknown method are refused", async () => {
    const head = await fetch(`${gateway.url}/`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const tunnel = await raw(rawRequest("CONNECT evil.test:443 HTTP/1.1"));
    expect(rawRefusalOf(tunnel.answers[0]).status).toBe(405);
    const odd = await raw(rawRequest("FROBNICATE /v1/models HTTP/1.1"));
    expect(rawRefusalOf(odd.answers[0]).status).toBe(400);
  });
});

describe("framing", () => {
  const head = [`authorization: Bearer ${KEYS.acme}`, "content-type: application/json"];
  const body = JSON.stringify(good);
  const smuggled = `GET /api/admin/wallets HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEYS.operator}\r\n\r\n`;
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const cases: Record<string, string> = {
    "both lengths": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ncontent-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "two content-lengths": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ncontent-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`,
    "an unknown transfer coding": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ntransfer-encoding: xchunked\r\n\r\n${chunked}${smuggled}`,
    "a negative length": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ncontent-length: -1\r\n\r\n${smuggled}`,
    "a folded header": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ntransfer-encoding:\r\n chunked\r\ncontent-length: 4\r\n\r\n${smuggled}`,
    "a blank before the colon": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ntransfer-encoding : chunked\r\n\r\n${chunked}${smuggled}`,
    "bare line feeds": `POST ${CHAT} HTTP/1.1\nhost: a\n${head.join("\n")}\ncontent-length: 0\n\n${smuggled}`,
    "a chunk extension of 1 MB": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ntransfer-encoding: chunked\r\n\r\n5;${"x".repeat(1_000_000)}\r\nhello\r\n0\r\n\r\n`,
    "a chunk size that is none": `POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${head.join("\r\n")}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`,
    TLS: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "another HTTP": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  };
  for (const [name, bytes] of Object.entries(cases)) {
    test(`${name}: one refusal, then the connection is closed and nothing behind it is served`, async () => {
      const { answers, closed } = await raw(Buffer.from(bytes, "latin1"));
      expect(closed).toBe(true);
      expect(answers.length).toBeLessThanOrEqual(1);
      expect([400, 413]).toContain(rawRefusalOf(answers[0]).status);
      expect(gateway.main.tally.requests).toBe(0);
    });
  }

  test("HTTP/1.0 and Connection: close work", async () => {
    const old = await raw(`POST ${CHAT} HTTP/1.0\r\n${head.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    expect(old.answers[0]?.status).toBe(200);
    expect(old.closed).toBe(true);
    const streamed = JSON.stringify({ ...good, stream: true });
    const closing = await raw(rawRequest(`POST ${CHAT} HTTP/1.1`, [...head, `content-length: ${streamed.length}`], streamed));
    expect(closing.answers[0]?.body).toContain("data: [DONE]");
  });
});

describe("bodies", () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}${CHAT}`, {
      method: "POST",
      headers: { ...bearer(KEYS.acme), "content-type": "application/json", ...headers },
      body: Buffer.from(body as string),
    });

  const notJson: Record<string, string | Buffer> = {
    empty: "",
    "not JSON": "hello",
    null: "null",
    "an array": "[]",
    "a text": '"x"',
    "a number": "1",
    "a field given twice": '{"model":"pool","messages":[{"role":"user","content":"hi"}],"model":"three"}',
    "a trailing comma": '{"model":"pool",}',
    "a byte order mark": `\uFEFF${JSON.stringify(good)}`,
    "UTF-16": Buffer.from(`\uFEFF${JSON.stringify(good)}`, "utf16le"),
    "invalid UTF-8": Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    "two documents": `${JSON.stringify(good)}${JSON.stringify(good)}`,
    "cut off": JSON.stringify(good).slice(0, -3),
    "single quotes": "{'model':'pool'}",
    NaN: '{"model":"pool","temperature":NaN}',
  };
  for (const [name, body] of Object.entries(notJson)) {
    test(`a body that is ${name} is 400`, async () => {
      const refusal = await refusalOf(await post(body));
      expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error", code: "invalid_json" });
    });
  }

  for (const [name, headers] of Object.entries({
    "no type": { "content-type": "" },
    text: { "content-type": "text/plain" },
    "a form": { "content-type": "multipart/form-data; boundary=x" },
    "another charset": { "content-type": "application/json; charset=utf-7" },
    "something like JSON": { "content-type": "application/jsonp" },
    "an unknown coding": { "content-encoding": "zstd-nonsense" },
    "a chain of codings": { "content-encoding": "gzip, gzip, br" },
  })) {
    test(`${name} as content type or coding is 415`, async () => {
      expect(await refusalOf(await post(JSON.stringify(good), headers as Record<string, string>))).toMatchObject({
        status: 415,
        code: "unsupported_media_type",
      });
    });
  }

  test("a compressed body is 415 and is never unpacked", async () => {
    expect(await refusalOf(await post(gzipSync(Buffer.alloc(50_000_000, 0x20)), { "content-encoding": "gzip" }))).toMatchObject({ status: 415 });
  });

  test("a declared length over the limit is 413 at once, without its body, and ends the connection", async () => {
    const lying = await raw(
      rawRequest(
        `POST ${CHAT} HTTP/1.1`,
        [`authorization: Bearer ${KEYS.acme}`, "content-type: application/json", `content-length: ${32 * 1024 * 1024 + 1}`],
        "{",
      ),
    );
    expect(rawRefusalOf(lying.answers[0])).toMatchObject({ status: 413, code: "payload_too_large" });
    expect(lying.closed).toBe(true);
    const admin = await rawExchange(
      gateway.server.port,
      `POST /api/admin/password HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.operator}\r\ncontent-type: application/json\r\ncontent-length: 300000\r\n\r\n{`,
    );
    expect(rawRefusalOf(admin.answers[0])).toMatchObject({ status: 413 });
    expect(admin.closed).toBe(true);
  });

  test("an endless chunked body is cut at the limit", async () => {
    const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, 0x20), Buffer.from("\r\n")]);
    const { answers, closed } = await rawExchange(
      gateway.server.port,
      `POST ${CHAT} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
      {
        limitMs: 20_000,
        more: (socket) => {
          const pump = (): void => {
            while (socket.writable && socket.write(piece));
          };
          socket.on("drain", pump);
          pump();
        },
      },
    );
    expect(closed).toBe(true);
    // The answer may be lost in the reset that a client gets which goes on writing.
    expect(answers.map((answer) => rawRefusalOf(answer).status).filter((status) => status !== 413)).toEqual([]);
    await expectWell();
  }, 30_000);

  test("a client that leaves in the middle of its body leaves nothing behind", async () => {
    await Promise.all(
      Array.from({ length: 50 }, () =>
        raw(
          `POST ${CHAT} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"model"`,
          50,
        ),
      ),
    );
    expect(gateway.main.tally.requests).toBe(0);
    await expectWell();
    await gateway.settled();
  });
});

test("a head that trickles is ended with 408 in about ten seconds", async () => {
  const { answers, closed, milliseconds } = await slowHead;
  expect(closed).toBe(true);
  expect(rawRefusalOf(answers[0])).toMatchObject({ status: 408, code: "request_timeout" });
  expect(milliseconds).toBeGreaterThan(5_000);
}, 40_000);

test("after all of it the program is well, and owes nothing", async () => {
  await expectWell();
  await gateway.settled();
  expect(gateway.server.stderr).toEqual([]);
});
