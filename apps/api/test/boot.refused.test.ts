/** What the program refuses to start with: one clear sentence that names the variable, a code of its own, no stack, no secret. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbedded, type EmbeddedPostgres } from "@switchyard/db/embedded.pg";
import { startFaultProxy, type FaultProxy } from "@switchyard/testkit/fault-proxy";
import { freePort } from "@switchyard/testkit/free-port.process";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { startServer } from "@switchyard/testkit/server.process";
import { ownFolder, startRefused, type Ended } from "./program.process.ts";

const PASSWORD = "a password of the test's own cluster";
let folder: string;
let database: FreshDatabase;
let silent: FaultProxy;
/** Takes as long as the program's patience with a silent database, so it runs beside everything else. */
let silence: Promise<Ended>;
beforeAll(async () => {
  [folder, database] = await Promise.all([ownFolder(), freshDatabase()]);
  silent = await startFaultProxy({ port: Number(new URL(database.url).port) });
  await silent.set({ kind: "blackhole" });
  silence = startRefused(withDatabase(`postgres://postgres:${PASSWORD}@127.0.0.1:${silent.port}/postgres`));
});
afterAll(async () => {
  await silent?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const withDatabase = (url: string, more: Record<string, string> = {}): Record<string, string> => ({
  DATABASE_URL: url,
  SECRET_KEY: TEST_SECRET_KEY,
  DATA_DIR: join(folder, "data"),
  ...more,
});

/** What is not as a refusal should be; empty when all is. */
function wrongIn({ code, stdout, stderr }: Ended, ...words: readonly string[]): string[] {
  const all = `${stdout}\n${stderr}`;
  return [
    ...(code === 78 ? [] : [`exit code ${code}`]),
    ...["Switchyard cannot start.", ...words].filter((word) => !stderr.includes(word)).map((word) => `'${word}' is missing in: ${stderr}`),
    ...(/^\s+at .+[:(]/m.test(all) ? [`a stack in: ${stderr}`] : []),
    ...(all.includes(encodeURIComponent(PASSWORD)) || all.includes(TEST_SECRET_KEY) ? ["a secret"] : []),
    ...(stdout.includes("is running") ? ["it says that it runs"] : []),
  ];
}

describe("the environment", () => {
  test("wrong values are all named at once, each with what it must be", async () => {
    const wrong = {
      PORT: "70000",
      DATABASE_URL: "mysql://localhost/x",
      REDIS_URL: "http://localhost",
      SECRET_KEY: "short",
      ADMIN_EMAIL: "nobody",
      ADMIN_PASSWORD: "password",
      PUBLIC_URL: "ftp://here",
      HOLD_TTL_SECONDS: "1",
      SWEEP_INTERVAL_MS: "soon",
      UPSTREAM_CONNECT_MS: "-1",
      UPSTREAM_FIRST_BYTE_MS: "1.5",
      UPSTREAM_IDLE_MS: "1e3",
      SHUTDOWN_GRACE_MS: "never",
      ALLOW_PRIVATE_UPSTREAMS: "maybe",
      GENERATION_RETENTION_DAYS: "0",
      LOG_LEVEL: "loud",
    };
    const ended = await startRefused({ DATA_DIR: folder, ...wrong });
    expect(wrongIn(ended, ...Object.keys(wrong).map((name) => `${name}: `))).toEqual([]);
    expect(ended.stderr).not.toContain("short");
  });

  test("a database without SECRET_KEY, and a second database without a first, are refused", async () => {
    expect(wrongIn(await startRefused({ DATA_DIR: folder, DATABASE_URL: "postgres://u:p@127.0.0.1:9/x" }), "SECRET_KEY: ")).toEqual([]);
    expect(wrongIn(await startRefused({ DATA_DIR: folder, APP_DATABASE_URL: "postgres://u:p@127.0.0.1:9/x" }), "APP_DATABASE_URL: ")).toEqual([]);
  });

  test("what only shows when it is used is refused by name as well", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    const wrong = {
      DATA_DIR: join(file, "data"),
      CONFIG_FILE: join(folder, "nothing.json"),
      TRUSTED_PROXIES: "10.0.0.0/8,nonsense/99",
      CORS_ORIGINS: "https://good.test,no origin",
      LOG_FILE: join(file, "log"),
      HOST: "host.invalid",
    };
    const ends = await Promise.all(
      Object.entries(wrong).map(async ([name, value]) => ({ name, ended: await startRefused(withDatabase(database.url, { [name]: value })) })),
    );
    for (const { name, ended } of ends) expect(wrongIn(ended, name)).toEqual([]);
  }, 60_000);
});

describe("the database", () => {
  test("that is not there, refuses, or is not known is named", async () => {
    const url = new URL(database.url);
    const altered = (change: (url: URL) => void): string => {
      const other = new URL(url);
      change(other);
      return other.href;
    };
    const closed = String(await freePort());
    const wrong = [
      altered((one) => {
        one.port = closed;
      }),
      altered((one) => {
        one.password = "wrong";
      }),
      altered((one) => {
        one.pathname = "/no_such_database";
      }),
      altered((one) => {
        one.username = "no_such_role";
      }),
      altered((one) => {
        one.hostname = "database.invalid";
      }),
    ];
    for (const ended of await Promise.all(wrong.map((address) => startRefused(withDatabase(address))))) expect(wrongIn(ended, "DATABASE_URL: ")).toEqual([]);
  }, 60_000);

  test("that never answers is given up", async () => {
    expect(wrongIn(await silence, "DATABASE_URL: ")).toEqual([]);
  }, 60_000);

  const sql = async (url: string, text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };

  test("whose schema is newer, or whose row-level security has a hole, is refused", async () => {
    const newer = await freshDatabase();
    const open = await freshDatabase();
    try {
      await sql(newer.url, "insert into migration.kysely_migration (name, timestamp) values ('9999_from_the_future', now()::text)");
      expect(wrongIn(await startRefused(withDatabase(newer.url)), "DATABASE_URL: ", "9999_from_the_future", "newer")).toEqual([]);
      await sql(open.url, "alter table switchyard.api_keys no force row level security");
      expect(wrongIn(await startRefused(withDatabase(open.url)), "DATABASE_URL: ", "switchyard.api_keys")).toEqual([]);
      await sql(
        open.url,
        "alter table switchyard.api_keys force row level security; create policy everybody on switchyard.calls for select to sy_app using (true)",
      );
      expect(wrongIn(await startRefused(withDatabase(open.url)), "DATABASE_URL: ", "switchyard.calls/everybody")).toEqual([]);
    } finally {
      await Promise.all([newer.drop(), open.drop()]);
    }
  }, 60_000);
});

describe("a cluster of its own", () => {
  let cluster: EmbeddedPostgres;
  beforeAll(async () => {
    cluster = await startEmbedded({ dataDir: join(folder, "cluster"), superuserPassword: PASSWORD, settings: { fsync: "off" } });
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  test("two programs that start at once on an empty database both come up, and one of them made the first things", async () => {
    const servers = await Promise.all(
      [1, 2].map((which) => startServer({ env: withDatabase(cluster.url, { DATA_DIR: join(folder, `twin-${which}`), NODE_ENV: "test" }) })),
    );
    const first = servers.filter((server) => server.stdout.some((line) => line.includes("API key")));
    expect(first).toHaveLength(1);
    const key = /sy-\S+/.exec(first[0]?.stdout.find((line) => line.includes("API key")) ?? "")?.[0];
    for (const { url } of servers) {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "demo", messages: [{ role: "user", content: "hi" }] }),
      });
      expect(answer.status).toBe(200);
    }
    const ends = await Promise.all(servers.map((server) => server.stop()));
    expect(ends).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
    expect(servers.flatMap((server) => server.stderr)).toEqual([]);
  }, 60_000);

  test("a serving role with power is refused, with the statement that takes it away, and accepted again without it", async () => {
    const client = new pg.Client({ connectionString: cluster.url });
    await client.connect();
    try {
      for (const [role, power] of [
        ["sy_app", "bypassrls"],
        ["sy_ops", "superuser"],
      ] as const) {
        await client.query(`alter role ${role} ${power}`);
        expect(wrongIn(await startRefused(withDatabase(cluster.url)), "DATABASE_URL: ", `role ${role}`, power.toUpperCase(), `ALTER ROLE ${role}`)).toEqual([]);
        await client.query(`alter role ${role} no${power}`);
      }
      await client.query("grant sy_owner to sy_app");
      expect(wrongIn(await startRefused(withDatabase(cluster.url)), "sy_app", "sy_owner")).toEqual([]);
      await client.query("revoke sy_owner from sy_app");
    } finally {
      await client.end();
    }
    const server = await startServer({ env: withDatabase(cluster.url) });
    expect((await server.stop()).code).toBe(0);
  }, 60_000);
});

test("a port that is taken is named, and another program's data is left alone", async () => {
  const server = await startServer({ env: withDatabase(database.url) });
  try {
    expect(wrongIn(await startRefused(withDatabase(database.url, { DATA_DIR: join(folder, "second") }), server.port), "PORT: ", String(server.port))).toEqual(
      [],
    );
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  } finally {
    await server.stop();
  }
});

test("a CONFIG_FILE that is wrong is refused with its place, and changes nothing", async () => {
  const start = async (name: string, text: string): Promise<Ended> => {
    const file = join(folder, name);
    await writeFile(file, text);
    return startRefused(withDatabase(database.url, { CONFIG_FILE: file }));
  };
  const provider = { name: "one", kind: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: "sk-of-the-file-0123456789", models: [] };
  const [cut, kind, field, variable, half] = await Promise.all([
    start("cut.json", '{\n  "providers": [\n}'),
    start("kind.json", JSON.stringify({ providers: [{ ...provider, kind: "nothing" }] })),
    start("field.json", JSON.stringify({ provders: [] })),
    start("variable.json", JSON.stringify({ providers: [{ ...provider, apiKey: "env:NO_SUCH_VARIABLE" }] })),
    // What only the database can tell: the first half must not stay.
    start("half.json", JSON.stringify({ providers: [provider], groups: [{ name: "g", targets: [{ provider: "one", model: "nothing", priority: 1 }] }] })),
  ] as const);
  expect(wrongIn(cut, "CONFIG_FILE: ", "line 3")).toEqual([]);
  expect(wrongIn(kind, "CONFIG_FILE: ", "providers[0].kind")).toEqual([]);
  expect(wrongIn(field, "CONFIG_FILE: ", "provders")).toEqual([]);
  expect(wrongIn(variable, "CONFIG_FILE: ", "NO_SUCH_VARIABLE")).toEqual([]);
  expect(wrongIn(half, "one/nothing")).toEqual([]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    expect((await client.query("select 1 from switchyard.providers where name = 'one'")).rowCount).toBe(0);
  } finally {
    await client.end();
  }
}, 60_000);
