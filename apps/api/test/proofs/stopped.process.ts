/** `pnpm proof:stopped`: a program that the system stops for forty seconds and continues, while another one on the same database takes it for dead. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { createGate } from "@switchyard/testkit/fake-script";
import { TEST_SECRET_KEY } from "@switchyard/testkit/postgres-harness.pg";
import { startServer } from "@switchyard/testkit/server.process";
import { PRICE, type Gateway } from "../gateway-harness.process.ts";
import { prove, say } from "./environment.process.ts";

const HELP = `pnpm proof:stopped [--streams N]

Two programs on one database. One is stopped (SIGSTOP) with N streams under way (20), for longer than the half minute after
which the other takes it for dead and gives its holds back. Then it continues: its streams end whole, each is charged once
and exactly, late. Then it is killed with streams under way, and the other gives their holds back. Takes two minutes.`;

const { values: options } = parseArgs({ options: { streams: { type: "string", default: "20" }, help: { type: "boolean", default: false } } });
const STREAMS = Number(options.streams);
/** A program is taken for dead 30 s after its last beat; it beats every 5 s. */
const STALE_MS = 30_000;
const SWEPT_MAX_MS = 60_000;

const pendingIn = async (database: pg.Client): Promise<number> =>
  Number((await database.query<{ count: string }>("select count(*) from ledger.holds where state = 'pending'")).rows[0]?.count);

/** Milliseconds until nothing is held any more. @throws when it takes too long */
async function untilGivenBack(database: pg.Client): Promise<number> {
  const begun = performance.now();
  while ((await pendingIn(database)) > 0) {
    if (performance.now() - begun > SWEPT_MAX_MS) throw new Error(`holds are still open after ${SWEPT_MAX_MS} ms`);
    await sleep(200);
  }
  return performance.now() - begun;
}

async function streamsUnderWay(gateway: Gateway, gate: ReturnType<typeof createGate>): Promise<Promise<string>[]> {
  const before = gateway.main.tally.requests;
  gateway.main.always((call) => ({ kind: "text", tokens: 20 + (call.index % 10), inputTokens: 9, wait: { at: 5, gate } }));
  const answers = await Promise.all(
    Array.from({ length: STREAMS }, () =>
      gateway.post("/v1/chat/completions", { model: "main/gpt-4o-mini", stream: true, max_tokens: 60, messages: [{ role: "user", content: "hi" }] }),
    ),
  );
  await gateway.main.until((tally) => tally.requests === before + STREAMS);
  return answers.map((answer) => answer.text().catch(() => "cut off"));
}

async function stopAndContinue(gateway: Gateway, database: pg.Client): Promise<string[]> {
  const wrong: string[] = [];
  const before = await gateway.wallet("acme");
  const gate = createGate();
  const streams = await streamsUnderWay(gateway, gate);
  gateway.server.kill("SIGSTOP");
  await sleep(STALE_MS - 8_000);
  if ((await pendingIn(database)) !== STREAMS) wrong.push("holds were given back before their program could be taken for dead");
  const ms = await untilGivenBack(database);
  say(`given back by the other program ${Math.round((STALE_MS - 8_000 + ms) / 1_000)} s after the stop`);
  gateway.server.kill("SIGCONT");
  gate.open();
  const whole = (await Promise.all(streams)).filter((text) => text.endsWith("data: [DONE]\n\n")).length;
  const { input, output } = gateway.main.tally.usage;
  const due = BigInt(input) * PRICE.main.input + BigInt(output) * PRICE.main.output;
  const charged = async (): Promise<bigint> => before.posted - (await gateway.wallet("acme")).posted;
  // Nothing is held any more, so the late settlements are waited for by what they come to.
  for (let tries = 0; (await charged()) < due && tries < 100; tries += 1) await sleep(100);
  await gateway.settled();
  const moved = await charged();
  const { rows } = await database.query<{ kind: string; count: string }>(
    "select kind, count(*) from ledger.entries where kind in ('usage', 'late_usage') group by kind",
  );
  say(`${whole} of ${STREAMS} streams ended whole; charged ${moved}, billed ${due}; entries: ${rows.map(({ kind, count }) => `${count} ${kind}`).join(", ")}`);
  if (whole !== STREAMS) wrong.push(`${STREAMS - whole} streams did not end whole`);
  if (moved !== due) wrong.push(`${moved} was charged for what the provider billed ${due}`);
  if (rows.length !== 1 || rows[0]?.kind !== "late_usage" || Number(rows[0].count) !== STREAMS)
    wrong.push("the settlements are not one late entry for each stream");
  return wrong;
}

/** That it was taken for dead once must not protect it from being taken for dead when it is. */
async function killAfterwards(gateway: Gateway, database: pg.Client): Promise<string[]> {
  const gate = createGate();
  const streams = await streamsUnderWay(gateway, gate);
  await gateway.kill();
  const ms = await untilGivenBack(database);
  say(`given back by the other program ${Math.round(ms / 1_000)} s after the kill`);
  gate.open();
  await Promise.all(streams);
  await gateway.restart();
  await gateway.settled();
  return (await pendingIn(database)) === 0 ? [] : ["holds are open after the restart"];
}

async function run(gateway: Gateway): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "switchyard-twin-"));
  const twin = await startServer({
    env: { DATABASE_URL: gateway.databaseUrl, SECRET_KEY: TEST_SECRET_KEY, DATA_DIR: folder, SWEEP_INTERVAL_MS: "500", LOG_LEVEL: "error" },
  });
  const database = new pg.Client({ connectionString: gateway.databaseUrl });
  await database.connect();
  try {
    return [...(await stopAndContinue(gateway, database)), ...(await killAfterwards(gateway, database))];
  } finally {
    await database.end();
    await twin.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (options.help) say(HELP);
else await prove(run, { UPSTREAM_IDLE_MS: "180000", UPSTREAM_FIRST_BYTE_MS: "180000" });
