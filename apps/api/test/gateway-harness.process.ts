/** The real program between real clients and scripted providers, on a database of its own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Anthropic } from "@anthropic-ai/sdk";
import { OpenAI } from "openai";
import { startFakeAnthropic } from "@switchyard/testkit/fake-anthropic";
import { startFakeOpenAi } from "@switchyard/testkit/fake-openai";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { freshDatabase, TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";

export const KEYS = {
  acme: "sy-acme-key-for-tests-0001",
  poor: "sy-poor-key-for-tests-0002",
  capped: "sy-capped-key-for-tests-03",
  limited: "sy-limited-key-for-tests-4",
  narrow: "sy-narrow-key-for-tests-05",
  disabled: "sy-disabled-key-for-tests6",
  expired: "sy-expired-key-for-tests-7",
  other: "sy-other-key-for-tests-008",
  operator: "sy-operator-key-for-tests9",
} as const;

/** Nano-dollars per token of the models that the fakes play. */
export const PRICE = { main: { input: 1_000n, cached: 500n, output: 10_000n }, spare: { input: 3_000n, output: 15_000n } } as const;

const million = (nanoPerToken: bigint): string => `${Number(nanoPerToken) / 1000}`;

export function testConfig(main: FakeProvider, spare: FakeProvider, claude: FakeProvider): Record<string, unknown> {
  const price = { inputPerMillion: million(PRICE.main.input), cachedInputPerMillion: million(PRICE.main.cached), outputPerMillion: million(PRICE.main.output) };
  const sparePrice = { inputPerMillion: million(PRICE.spare.input), outputPerMillion: million(PRICE.spare.output) };
  const model = { contextWindow: 128_000, maxOutput: 1_000, capabilities: ["chat", "tools"] };
  return {
    providers: [
      {
        name: "main",
        kind: "openai",
        baseUrl: main.url,
        apiKey: "sk-main-secret-of-the-test",
        models: [{ id: "gpt-4o-mini", ...model, price }, { id: "unpriced-1" }, { id: "davinci-002", ...model, capabilities: ["completions"], price }],
      },
      {
        name: "spare",
        kind: "openai-compatible",
        baseUrl: spare.url,
        apiKey: "sk-spare-secret-of-the-test",
        models: [{ id: "spare-large", ...model, price: sparePrice }],
      },
      {
        name: "claude",
        kind: "anthropic",
        baseUrl: claude.url,
        apiKey: "sk-ant-secret-of-the-test",
        models: [{ id: "claude-sonnet-4-5", ...model, price: sparePrice }],
      },
    ],
    groups: [
      {
        name: "pool",
        targets: [
          { provider: "main", model: "gpt-4o-mini", priority: 1 },
          { provider: "spare", model: "spare-large", priority: 2 },
        ],
      },
      {
        name: "three",
        targets: [
          { provider: "spare", model: "spare-large", priority: 3 },
          { provider: "claude", model: "claude-sonnet-4-5", priority: 2 },
          { provider: "main", model: "gpt-4o-mini", priority: 1 },
        ],
      },
      {
        name: "wary",
        targets: [
          { provider: "main", model: "gpt-4o-mini", priority: 1 },
          { provider: "spare", model: "spare-large", priority: 2 },
        ],
        failureKeywords: ["model is overloaded"],
      },
      {
        name: "sharing",
        strategy: "round_robin",
        targets: [
          { provider: "main", model: "gpt-4o-mini" },
          { provider: "spare", model: "spare-large" },
        ],
      },
      { name: "unpriced", targets: [{ provider: "main", model: "unpriced-1", priority: 1 }] },
    ],
    aliases: [{ name: "gpt-4o-2024-08-06", model: "pool" }],
    // Tests make targets fail as they please; only those about rests let that have a consequence.
    routing: { failover: { restAfter: { failures: 0 } } },
    workspaces: [
      {
        name: "acme",
        credit: "100.00",
        members: [{ email: "ada@acme.test", password: "a long enough password", role: "owner" }],
        keys: [
          { name: "main key", secret: KEYS.acme },
          { name: "capped", secret: KEYS.capped, budget: { max: "0.05", windowDays: 30 } },
          { name: "limited", secret: KEYS.limited, limits: [{ kind: "requests", max: 5, windowSeconds: 60 }] },
          { name: "narrow", secret: KEYS.narrow, groups: ["pool"] },
          { name: "disabled", secret: KEYS.disabled, enabled: false },
          { name: "expired", secret: KEYS.expired, expiresAt: "2020-01-01T00:00:00Z" },
        ],
      },
      { name: "poor", credit: "0.10", keys: [{ name: "poor key", secret: KEYS.poor }] },
      { name: "other", credit: "1.00", keys: [{ name: "other key", secret: KEYS.other }] },
    ],
    operatorKeys: [{ name: "ops", secret: KEYS.operator }],
  };
}

/** The same configuration with a Google target beside the others. */
export const withGoogle = (config: Record<string, unknown>, google: FakeProvider): Record<string, unknown> => ({
  ...config,
  providers: [
    ...(config["providers"] as object[]),
    {
      name: "gemini",
      kind: "google",
      baseUrl: google.url,
      apiKey: "key-of-google-in-the-test",
      models: [
        {
          id: "gemini-3-pro",
          contextWindow: 1_000_000,
          maxOutput: 8_000,
          capabilities: ["chat", "tools", "vision", "reasoning"],
          price: { inputPerMillion: million(PRICE.spare.input), outputPerMillion: million(PRICE.spare.output) },
        },
      ],
    },
  ],
});

export interface Wallet {
  readonly workspaceId: string;
  readonly workspace: string;
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
}

export interface Gateway {
  readonly url: string;
  readonly server: RunningServer;
  readonly databaseUrl: string;
  /** The program's own folder. */
  readonly dataDir: string;
  readonly main: FakeProvider;
  readonly spare: FakeProvider;
  readonly claude: FakeProvider;
  openai(key?: string): OpenAI;
  anthropic(key?: string): Anthropic;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  admin(path: string): Promise<unknown>;
  wallet(workspace: string): Promise<Wallet>;
  /** The call behind an `x-generation-id`, as its own workspace may see it; waits until it is written. */
  generation(id: string, key?: string): Promise<Record<string, unknown>>;
  /** Nothing held, and no violation of any invariant. */
  settled(): Promise<void>;
  restart(): Promise<void>;
  kill(): Promise<void>;
  resetFakes(): void;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

/**
 * @param more further variables, or what makes them once the database is there (to put something in front of it)
 * @param configOf another configuration for the same three fakes
 */
export async function startGateway(
  more: Environment | ((databaseUrl: string) => Promise<Environment>) = {},
  configOf: typeof testConfig = testConfig,
): Promise<Gateway> {
  const [main, spare, claude, database, folder] = await Promise.all([
    startFakeOpenAi(),
    startFakeOpenAi(),
    startFakeAnthropic(),
    freshDatabase(),
    mkdtemp(join(tmpdir(), "switchyard-gateway-")),
  ]);
  const env = typeof more === "function" ? await more(database.url) : more;
  const configFile = join(folder, "config.json");
  await writeFile(configFile, JSON.stringify(configOf(main, spare, claude)));
  const wanted = {
    env: {
      DATABASE_URL: database.url,
      SECRET_KEY: TEST_SECRET_KEY,
      DATA_DIR: folder,
      CONFIG_FILE: configFile,
      ADMIN_PASSWORD: "an administrator's password",
      ALLOW_PRIVATE_UPSTREAMS: "true",
      UPSTREAM_CONNECT_MS: "1000",
      UPSTREAM_FIRST_BYTE_MS: "1500",
      UPSTREAM_IDLE_MS: "1500",
      SWEEP_INTERVAL_MS: "500",
      LOG_LEVEL: "warn",
      ...env,
    },
  };
  let server = await startServer(wanted);
  const { url, port } = server;
  const admin = async (path: string): Promise<unknown> => {
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${KEYS.operator}` } });
      // A program whose database was busy for a moment says so; the books are the same a moment later.
      if (answer.status !== 503 || tries > 200) return answer.json();
      await answer.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const wallets = async (): Promise<Wallet[]> => {
    const answer = (await admin("/api/admin/wallets")) as { wallets: Record<"workspaceId" | "workspace" | "posted" | "held" | "available", string>[] };
    return answer.wallets.map((one) => ({ ...one, posted: BigInt(one.posted), held: BigInt(one.held), available: BigInt(one.available) }));
  };
  return {
    url,
    databaseUrl: database.url,
    dataDir: folder,
    main,
    spare,
    claude,
    admin,
    get server() {
      return server;
    },
    openai: (key = KEYS.acme) => new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 }),
    anthropic: (key = KEYS.acme) => new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 }),
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEYS.acme}`, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async generation(id, key = KEYS.acme) {
      for (let tries = 0; ; tries++) {
        const answer = await fetch(`${url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${key}` } });
        if (answer.ok || tries > 400) return (await answer.json()) as Record<string, unknown>;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async wallet(workspace) {
      const found = (await wallets()).find((one) => one.workspace === workspace);
      if (!found) throw new Error(`no wallet of ${workspace}`);
      return found;
    },
    async settled() {
      for (let tries = 0; ; tries++) {
        const open = (await wallets()).filter((one) => one.held !== 0n);
        if (open.length === 0) break;
        if (tries > 400) throw new Error(`still held: ${open.map((one) => `${one.workspace} ${one.held}`).join(", ")}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { violations } = (await admin("/api/admin/invariants")) as { violations: unknown[] };
      if (violations.length > 0) throw new Error(`violations: ${JSON.stringify(violations)}`);
    },
    async restart() {
      server = await startServer({ ...wanted, port });
    },
    async kill() {
      server.kill("SIGKILL");
      await server.ended;
    },
    resetFakes: () => [main, spare, claude].forEach((fake) => fake.reset()),
    async close() {
      await server.stop();
      await Promise.all([main.close(), spare.close(), claude.close()]);
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
