import { startEmbedded } from "@switchyard/db/embedded.pg";
import { prepareDatabase } from "@switchyard/db/migrate.pg";
import pg from "pg";
import { systemIds } from "./src/runtime.process.ts";
import { rmSync } from "node:fs";
rmSync("/tmp/us4", { recursive: true, force: true });
const e = await startEmbedded({ dataDir: "/tmp/us4/data", superuserPassword: "x" });
await prepareDatabase(e.url, "secret-secret-secret-secret-secret");
const c = new pg.Client({ connectionString: e.url, options: process.env.SUPER ? "" : "-c role=sy_worker" }); await c.connect();
await c.query("set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit=off; set synchronous_commit=off");
const ws = systemIds.next("workspace"); const epoch = crypto.randomUUID();
await c.query("select ledger.open_wallet($1)", [ws]);
await c.query("select ledger.credit($1,$2,1000000000000,'credit','platform:promo','t','t')", [systemIds.next("entry"), ws]);
const row = (id: string) => ({ workspace_id: ws, id, at: new Date().toISOString(), surface: "chat", outcome: "answered", http_status: 200, stream: false, key_id: ws, user_id: null, model_asked: "pool", group_name: "pool", provider_name: "main", model_name: "m", attempts: [{provider:"main",model:"m",outcome:"ok",startMs:1,totalMs:2,bytes:300}], input_tokens: 10, cached_input_tokens: 0, cache_write_tokens: 0, output_tokens: 20, reasoning_tokens: 0, usage_basis: "usage", usage_suspect: false, price_id: ws, held: "1000", cost: "900", charged: "900", queue_ms: 1, first_token_ms: 2, total_ms: 3, overhead_ms: 1, finish_reason: "stop", error_code: null, error_text: null });
export async function bench(label: string, n: number, total = 3000): Promise<void> {
  const rounds = Math.ceil(total / n); const tp: number[] = [], tc: number[] = [];
  for (let r = 0; r < rounds; r++) {
    const ids = Array.from({ length: n }, () => systemIds.next("call"));
    const pb = JSON.stringify(ids.map((id) => ({ workspace_id: ws, id, amount: "1000", budget_ids: [], key_id: ws, model_asked: "pool", stream: false })));
    let t = performance.now();
    await c.query({ name: "p" + label, text: "select 1 as place, id, outcome, available as a, 0::bigint as b from ledger.place($1, $2, $3, $4)", values: [pb, epoch, 1200, false] });
    tp.push(performance.now() - t); t = performance.now();
    await c.query({ name: "c" + label, text: "select 0 as place, id, outcome, charged as a, written_off as b from ledger.close($1, $2)", values: [JSON.stringify(ids.map(row)), false] });
    tc.push(performance.now() - t);
  }
  const med = (x: number[]) => x.sort((a, b) => a - b)[x.length >> 1]!;
  console.log(label, `n=${n}: place ${med(tp).toFixed(3)} close ${med(tc).toFixed(3)} per op ${(med(tp) / n).toFixed(4)} ${(med(tc) / n).toFixed(4)}`);
}
for (const n of [1, 5, 10, 20]) await bench("base", n);
const su = new pg.Client({ connectionString: e.url }); await su.connect();
for (const s of (process.env.STEPS ?? "").split(";;").filter(Boolean)) { await su.query(s); console.log("--", s.slice(0, 80)); for (const n of [5, 20]) await bench("v" + Math.random(), n); }
let t = performance.now(); for (let i = 0; i < 1000; i++) await c.query("select 1"); console.log("rtt", ((performance.now() - t) / 1000).toFixed(3));
await su.end(); await c.end(); await e.stop();
