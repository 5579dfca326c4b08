/**
 * How long the console's pages wait for their data when a workspace has very many calls: the real program on its own database,
 * filled with calls of thirty days, asked as the console asks. The books are checked at the end.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { startServer, type RunningServer } from "@switchyard/testkit/server.process";
import pg from "pg";
import { median } from "./measure.ts";
import { table } from "./report.ts";

const HELP = `pnpm bench:pages [--calls N] [--rounds N]

--calls N    calls of the last thirty days that the database is filled with (1000000)
--rounds N   how often each page is asked (20)
Exit code 1 when a page waits longer than 200 ms at the 95th percentile, or when the books do not add up.`;

const { values: options } = parseArgs({
  options: { calls: { type: "string", default: "1000000" }, rounds: { type: "string", default: "20" }, help: { type: "boolean", default: false } },
});
const CALLS = Number(options.calls);
const ROUNDS = Number(options.rounds);
const P95_MAX_MS = 200;
const DAYS = 30;
const AT_ONCE = 100_000;
const CLI = fileURLToPath(new URL("../../apps/api/src/cli.ts", import.meta.url));
const ADMIN = { email: "ada@bench.test", password: "correct-horse-battery" };
const WORKSPACE = "default";
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Calls `$1` to `$2` of `$3`, evenly over the days: each fiftieth failed and was given back, each twentieth came after a failed attempt. */
const FILL = `
with one as materialized (
  select i, clock_timestamp() - (i::float8 / $3) * interval '${DAYS} days' as at, md5('call' || i) as random, (i % 50 = 0) as failed, (i % 20 = 1) as second,
         (array['openai', 'anthropic', 'spare'])[1 + i % 3] as provider, 'model-' || (i % 8) as model, 100 + (i::bigint * 7919) % 5000 as took
    from generate_series($1::int, $2::int) i),
named as materialized (
  select *, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3) || '8' || substr(random, 4, 3) || substr(random, 7, 12))::uuid as id,
         case when failed then 0 else 1000 + i % 997 end as cost from one),
held as (
  insert into ledger.holds (workspace_id, id, amount, model_asked, stream, state, charged, true_cost, basis, owner_epoch, created_at, expires_at, resolved_at)
    select $4::uuid, id, 5000, 'pool', true, case when failed then 'voided' else 'posted' end, cost, cost, case when failed then 'none' else 'usage' end, $4::uuid, at, at, at from named),
entered as (
  insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id, created_at)
    select $4::uuid, id, 'usage', -1, 'platform:revenue', cost, id, at from named where not failed)
insert into switchyard.calls (workspace_id, id, at, surface, outcome, http_status, stream, model_asked, group_name, provider_name, model_name, attempts, route,
       input_tokens, output_tokens, usage_basis, held, cost, charged, first_token_ms, total_ms, finish_reason, error_code, error_text)
  select $4::uuid, id, at, 'chat', case when failed then 'failed' else 'answered' end, case when failed then 502 else 200 end, true, 'pool', 'pool', provider, model,
         case when second then jsonb_build_array(jsonb_build_object('provider', 'main', 'model', 'm', 'outcome', 'failed', 'startMs', 0, 'totalMs', 5, 'bytes', 0)) else '[]' end
           || jsonb_build_array(jsonb_build_object('provider', provider, 'model', model, 'outcome', case when failed then 'failed' else 'ok' end, 'startMs', 1, 'totalMs', took, 'bytes', 2000)),
         '{"by":"group","of":"platform","order":[]}', 900 + i % 100, 200 + i % 50, case when failed then 'none' else 'usage' end, 5000, cost, cost, took / 4.0, took, 'stop',
         case when failed then 'upstream_error' end, case when failed then 'the provider answered 500' end
    from named`;

async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>("select workspace_id as id from switchyard.workspaces where name = $1", [WORKSPACE]);
    const workspace = rows[0]?.id;
    // As one credit before all of it; the ledger's own functions would take an hour for so many calls.
    await client.query("select ledger.credit(gen_random_uuid(), $1, $2, 'credit', 'platform:cash', 'bench', 'calls to come')", [workspace, 2_000 * CALLS]);
    for (let from = 1; from <= CALLS; from += AT_ONCE) {
      await client.query(FILL, [from, Math.min(from + AT_ONCE - 1, CALLS), CALLS, workspace]);
      say(`  ${Math.min(from + AT_ONCE - 1, CALLS)} calls`);
    }
    await client.query(
      "update ledger.wallets w set posted = (select sum(direction * amount) from ledger.entries e where e.workspace_id = w.workspace_id) where workspace_id = $1",
      [workspace],
    );
    await client.query("vacuum analyze");
  } finally {
    await client.end();
  }
}

/** @returns how long it took, in milliseconds */
async function sumUp(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const began = performance.now();
  try {
    // What was there at the start had nothing to sum up: from the beginning of the calls on, then.
    await client.query(`update ledger.summed set until = date_bin('30 minutes', clock_timestamp() - interval '${DAYS} days 1 hour', 'epoch')`);
    for (;;) {
      const { rows } = await client.query<{ done: number }>("select ledger.sum_up_calls(48, $1) as done", [DAYS + 2]);
      if ((rows[0]?.done ?? 0) === 0) return performance.now() - began;
    }
  } finally {
    await client.end();
  }
}

/** Asks as the console does. */
async function consoleOf({ url }: RunningServer): Promise<(path: string, input: object) => Promise<unknown>> {
  const headers: Record<string, string> = { "content-type": "application/json", origin: url, "x-switchyard-client": "console" };
  const signIn = await fetch(`${url}/trpc/account.signIn`, { method: "POST", headers, body: JSON.stringify({ json: ADMIN }) });
  if (!signIn.ok) throw new Error(`signing in was answered ${signIn.status}: ${await signIn.text()}`);
  headers["cookie"] = signIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  return async (path, input) => {
    const query = encodeURIComponent(JSON.stringify({ json: { workspace: WORKSPACE, ...input } }));
    const response = await fetch(`${url}/trpc/${path}?input=${query}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text.slice(0, 300)}`);
    return (JSON.parse(text) as { readonly result: { readonly data: { readonly json: unknown } } }).result.data.json;
  };
}

const PAGES: readonly (readonly [title: string, path: string, input: object])[] = [
  ...["1h", "24h", "7d", "30d"].map((range) => [`overview, ${range}`, "overview.get", { range }] as const),
  ["calls, the newest", "calls.list", { limit: 50 }],
  ["calls, failed ones", "calls.list", { limit: 50, filter: { outcomes: ["failed"] } }],
  ["calls, of one model", "calls.list", { limit: 50, filter: { model: "model-3" } }],
  ["calls, a page without any", "calls.list", { limit: 50, filter: { search: "no such words" } }],
  ["calls, what to filter by", "calls.facets", {}],
  ["wallet", "wallet.get", {}],
  ["wallet, its entries", "wallet.entries", { limit: 50 }],
  ["keys", "keys.list", {}],
  ["limits", "limits.usage", {}],
];

async function main(): Promise<number> {
  if (options.help) {
    say(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "switchyard-pages-"));
  chmodSync(folder, 0o711); // As root, the database runs under another account and must pass through.
  const env = { DATA_DIR: join(folder, "data"), ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, GENERATION_RETENTION_DAYS: "62", LOG_LEVEL: "warn" };
  const server = await startServer({ env });
  const command = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [CLI, ...words], { env: { PATH: process.env["PATH"], ...env, PORT: String(server.port) } })).stdout.trim();
  try {
    const url = await command("database-url", "superuser");
    say(`filling the database with ${CALLS} calls`);
    await fill(url);
    say(`summed up in ${((await sumUp(url)) / 1_000).toFixed(1)} s`);
    const ask = await consoleOf(server);
    let slow = 0;
    const rows: string[][] = [["", "p50 ms", "p95 ms", ""]];
    for (const [title, path, input] of PAGES) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const began = performance.now();
        await ask(path, input);
        times.push(performance.now() - began);
      }
      const p95 = times.toSorted((one, other) => one - other)[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
      if (!(p95 <= P95_MAX_MS)) slow += 1;
      rows.push([title, median(times).toFixed(0), p95.toFixed(0), p95 <= P95_MAX_MS ? "" : "SLOW"]);
    }
    const whole = (await ask("overview.get", { range: "30d" })) as { readonly totals: { readonly calls: number } };
    say(`\n${table(rows)}\n\n${whole.totals.calls} calls in the last thirty days' overview`);
    const began = performance.now();
    const books = await command("invariants");
    say(`${books.split("\n").at(-1)} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
    return slow > 0 ? 1 : 0;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
