/** The real program with everything on (keys, limits, holds, ledger, records), and the audit of its books afterwards. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@switchyard/testkit/server.process";
import { childrenOf, familyBytes, residentBytes } from "./children.process.ts";
import type { Variant } from "./measure.ts";
import { PRICE, costOfTally, type ProviderTally } from "./usage.ts";

const WORKSPACE = "bench";
const MODEL = "bench-model";
const CREDIT_DOLLARS = "1000000.00";
const CREDIT_NANO = 1_000_000n * 1_000_000_000n;
const PAGE_ENTRIES = 200;
const PAGES_MAX = 200_000;

/** Node's own flags in `pnpm start`: the program is measured as people start it. */
function startFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly scripts: { readonly start: string } };
  return /node ((?:--\S+ )+)apps\/api\/src\/main\.ts/u.exec(scripts.start)?.[1]?.trim().split(" ") ?? [];
}

export interface SwitchyardVariant extends Variant {
  /** Compares the books with what the provider counted. @returns every difference as a sentence; none is the only good answer. */
  audit(provider: ProviderTally): Promise<Audit>;
}

export interface Audit {
  readonly calls: number;
  readonly entries: number;
  readonly chargedNano: bigint;
  readonly expectedNano: bigint;
  readonly differences: readonly string[];
}

function configuration(upstreamPort: number): unknown {
  return {
    providers: [
      {
        name: "measured",
        kind: "openai-compatible",
        baseUrl: `http://127.0.0.1:${upstreamPort}/v1`,
        apiKey: "sk-bench",
        models: [{ id: MODEL, contextWindow: 128_000, maxOutput: 16_384, capabilities: ["chat"], price: PRICE }],
      },
    ],
    groups: [{ name: "bench-pool", strategy: "priority", targets: [{ provider: "measured", model: MODEL, priority: 1 }] }],
    workspaces: [
      {
        name: WORKSPACE,
        credit: CREDIT_DOLLARS,
        keys: [
          {
            name: "load",
            secret: "env:BENCH_KEY",
            groups: ["bench-pool"],
            limits: [{ kind: "requests", max: 1_000_000_000, windowSeconds: 60 }],
            budget: { max: "900000.00", windowDays: 30 },
          },
        ],
      },
    ],
    operatorKeys: [{ name: "ops", secret: "env:OPS_KEY" }],
  };
}

/** Starts the program on a new, temporary data directory. */
export async function startSwitchyard(upstreamPort: number): Promise<SwitchyardVariant> {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-"));
  chmodSync(folder, 0o711); // As root, the database runs under another account and must pass through.
  const configFile = join(folder, "config.json");
  writeFileSync(configFile, JSON.stringify(configuration(upstreamPort)));
  const key = `sy-${randomBytes(20).toString("hex")}`;
  const operatorKey = `sy-${randomBytes(20).toString("hex")}`;
  const server = await startServer({
    nodeFlags: startFlags(),
    env: { DATA_DIR: join(folder, "data"), CONFIG_FILE: configFile, BENCH_KEY: key, OPS_KEY: operatorKey, NODE_ENV: "production", LOG_LEVEL: "warn" },
  });
  const operator = operatorOf(server.url, operatorKey);
  return {
    name: "switchyard",
    title: "Switchyard (keys, limits, ledger, records)",
    port: server.port,
    path: "/v1/chat/completions",
    headers: { authorization: `Bearer ${key}` },
    model: "bench-pool",
    memory: () => ({ node: residentBytes(server.pid), postgres: childrenOf(server.pid).reduce((sum, pid) => sum + familyBytes(pid), 0) }),
    audit: (provider) => audit(operator, provider),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Ask = (path: string) => Promise<unknown>;

const operatorOf =
  (url: string, key: string): Ask =>
  async (path) => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };

interface Entry {
  readonly kind: string;
  readonly amount: string;
  readonly callId: string | null;
}

async function audit(ask: Ask, provider: ProviderTally): Promise<Audit> {
  const differences: string[] = [];
  const { violations } = (await ask("/api/admin/invariants")) as { readonly violations: readonly unknown[] };
  for (const violation of violations) differences.push(`a broken invariant: ${JSON.stringify(violation)}`);
  const { wallets } = (await ask("/api/admin/wallets")) as {
    readonly wallets: readonly { readonly workspaceId: string; readonly workspace: string; readonly posted: string; readonly held: string }[];
  };
  const wallet = wallets.find((one) => one.workspace === WORKSPACE);
  if (!wallet) throw new Error(`the wallet of ${WORKSPACE} is missing`);
  if (BigInt(wallet.held) !== 0n) differences.push(`${wallet.held} nano-dollars are still held although no call runs`);
  let entries = 0;
  const charges = new Set<string | null>();
  let charged = 0n;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = (await ask(
      `/api/admin/wallets/${wallet.workspaceId}/entries?limit=${PAGE_ENTRIES}${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    )) as { readonly entries: readonly Entry[]; readonly nextCursor?: string | null };
    for (const entry of answer.entries) {
      if (entry.kind !== "usage" && entry.kind !== "late_usage") continue;
      entries += 1;
      charges.add(entry.callId);
      charged += BigInt(entry.amount) < 0n ? -BigInt(entry.amount) : BigInt(entry.amount);
    }
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  const expected = costOfTally(provider);
  const calls = provider.whole + provider.streams;
  if (entries !== calls) differences.push(`the provider answered ${calls} calls, the books have ${entries}`);
  if (charges.size !== entries) differences.push(`${entries - charges.size} entries charge a call that another one charged already`);
  if (charged !== expected) differences.push(`the entries add up to ${charged} nano-dollars, the provider's usage costs ${expected}`);
  const spent = CREDIT_NANO - BigInt(wallet.posted);
  if (spent !== charged) differences.push(`the wallet lost ${spent} nano-dollars, its entries say ${charged}`);
  return { calls, entries, chargedNano: charged, expectedNano: expected, differences };
}
