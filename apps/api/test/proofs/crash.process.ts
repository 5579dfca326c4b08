/** `pnpm proof:crash`: kills the program again and again under load, and holds its books against the providers' own after each time. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { parseId } from "@switchyard/shared/kernel/id";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import type { SeenCall } from "@switchyard/testkit/fake-tally";
import { seededRandom } from "@switchyard/testkit/seeded-random";
import { KEYS, PRICE, type Gateway } from "../gateway-harness.process.ts";
import { prove, say, spread } from "./environment.process.ts";

const HELP = `pnpm proof:crash [--kills N] [--seed N] [--clients N]

Kills the program with SIGKILL at random moments (0.3 to 2 s after it is ready) while clients ask it all the time, starts it
again, and checks after each kill: no invariant of the ledger is broken; nothing is held for calls of dead programs; what a
client got whole is charged at exactly what the provider counted; a call that broke is charged at most what the provider
sent, and never twice. Exit code 1 when any of it does not hold.`;

const { values: options } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    clients: { type: "string", default: "24" },
    help: { type: "boolean", default: false },
  },
});
const KILLS = Number(options.kills);
const random = seededRandom(Number(options.seed));
/** Holds of a dead program come back at its next start; what that leaves is swept within this time. */
const GIVEN_BACK_MAX_MS = 45_000;

/** One call as its client knows it. `whole`: answered to the end; `broken`: began or was sent, and was cut; `refused`: a refusal came whole. */
interface Asked {
  readonly number: number;
  readonly id: string | undefined;
  readonly end: "whole" | "broken" | "refused";
}

interface HoldRow {
  readonly id: string;
  readonly state: string;
  readonly amount: string;
  readonly charged: string | null;
  readonly basis: string | null;
}

/** The number that its client gave the call: the last message's text. */
const numberOf = (call: SeenCall): number => Number(/\d+/.exec(JSON.stringify((call.body as { messages?: unknown }).messages ?? ""))?.[0] ?? -1);

function scripted(fake: FakeProvider): void {
  fake.always((call) => {
    const number = numberOf(call);
    const pace = { firstByteDelayMs: (number * 7) % 120, frameDelayMs: number % 9 };
    const fault = call.streamed && number % 37 === 0 ? { fault: { kind: "reset" as const, at: number % 5 } } : {};
    if (number % 41 === 0) return { kind: "status", status: 503 };
    return { kind: "text", tokens: 5 + (number % 60), inputTokens: 8 + (number % 5), ...pace, ...fault };
  });
}

class Clients {
  readonly asked: Asked[] = [];
  readonly #gateway: Gateway;
  #number = 0;
  #over = false;
  readonly #running: Promise<void>[];

  constructor(gateway: Gateway, count: number) {
    this.#gateway = gateway;
    this.#running = Array.from({ length: count }, (_, index) => this.#work(index));
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#running);
  }

  async #work(index: number): Promise<void> {
    const key = index % 5 === 0 ? KEYS.other : index % 5 === 1 ? KEYS.poor : KEYS.acme;
    while (!this.#over) {
      const done = await this.#ask((this.#number += 1), key);
      // Nobody there: the program is away. Nothing was sent, so there is nothing to remember.
      if (done === undefined) await sleep(40);
      else {
        this.asked.push(done);
        if (done.end === "refused") await sleep(20);
      }
    }
  }

  async #ask(number: number, key: string): Promise<Asked | undefined> {
    const stream = number % 5 < 3;
    const leave = new AbortController();
    let id: string | undefined;
    try {
      const answer = await fetch(`${this.#gateway.url}/v1/chat/completions`, {
        method: "POST",
        signal: leave.signal,
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          ...(number % 7 === 0 ? { "idempotency-key": `proof-${number}` } : {}),
        },
        body: JSON.stringify({
          model: number % 3 === 0 ? "pool" : "main/gpt-4o-mini",
          stream,
          max_tokens: 70,
          messages: [{ role: "user", content: `call ${number}` }],
        }),
      });
      id = answer.headers.get("x-generation-id") ?? undefined;
      // Some leave in the middle, as people do.
      if (stream && number % 29 === 0) setTimeout(() => leave.abort(), number % 100);
      const text = await answer.text();
      const isWhole = answer.status === 200 && (stream ? text.endsWith("data: [DONE]\n\n") : text.includes('"finish_reason"'));
      return { number, id, end: isWhole ? "whole" : answer.status === 200 ? "broken" : "refused" };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const code = (error.cause as { code?: string } | undefined)?.code;
      return code === "ECONNREFUSED" ? undefined : { number, id, end: "broken" };
    }
  }
}

/** What the providers would bill for a call: all that was completed, or at most what was to come of the rest. */
class Bills {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  seen(): Map<number, { readonly completed: bigint[]; readonly most: bigint }> {
    const bills = new Map<number, { completed: bigint[]; most: bigint }>();
    for (const [fake, price] of [
      [this.#gateway.main, PRICE.main],
      [this.#gateway.spare, PRICE.spare],
    ] as const) {
      for (const call of fake.tally.calls) {
        const number = numberOf(call);
        const bill = bills.get(number) ?? { completed: [], most: 0n };
        const input = BigInt(call.usage?.input ?? 13);
        if (call.outcome === "completed" && call.status === 200) bill.completed.push(input * price.input + BigInt(call.usage?.output ?? 0) * price.output);
        // What was never counted is estimated: a prompt above its count, and a token for every four bytes of words that have up to eight.
        bill.most += 100n * price.input + 2n * BigInt(5 + (number % 60)) * price.output;
        bills.set(number, bill);
      }
    }
    return bills;
  }
}

async function holdsOf(database: pg.Client, asked: readonly Asked[]): Promise<Map<string, HoldRow>> {
  const ids = asked.flatMap(({ id }) => (id === undefined ? [] : [parseId("call", id) ?? ""]));
  const { rows } = await database.query<HoldRow>("select id, state, amount, charged, basis from ledger.holds where id = any($1::uuid[])", [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Compares what was asked since the last time with the holds and with the bills. */
async function compare(database: pg.Client, asked: readonly Asked[], bills: ReturnType<Bills["seen"]>, counts: Record<string, number>): Promise<string[]> {
  const wrong: string[] = [];
  const holds = await holdsOf(database, asked);
  for (const { number, id, end } of asked) {
    const hold = id === undefined ? undefined : holds.get(parseId("call", id) ?? "");
    const bill = bills.get(number);
    const charged = BigInt(hold?.charged ?? 0);
    if (end === "whole") {
      const exact = hold?.state === "posted" && bill?.completed.length === 1 && charged === bill.completed[0];
      if (!exact) wrong.push(`call ${number} came whole and was billed ${bill?.completed.join("+") ?? "nothing"}, but its hold is ${JSON.stringify(hold)}`);
      counts["came whole, charged exactly"] = (counts["came whole, charged exactly"] ?? 0) + 1;
    } else {
      if (charged > 0n && bill === undefined) wrong.push(`call ${number} reached no provider and was charged ${charged}`);
      if (bill !== undefined && charged > bill.most) wrong.push(`call ${number} was charged ${charged}, and the providers sent ${bill.most} at most`);
      if (charged > BigInt(hold?.amount ?? 0)) wrong.push(`call ${number} was charged ${charged} and held ${hold?.amount}`);
      // The provider was done, the program was not: what its journal did not know yet is given back.
      if (bill !== undefined && bill.completed.length > 0 && hold?.state === "voided")
        counts["  of them billed by a provider"] = (counts["  of them billed by a provider"] ?? 0) + 1;
      const how = hold === undefined ? "without a known hold" : hold.state === "posted" ? `charged (${hold.basis})` : "given back";
      const what = `${end}, ${how}`;
      counts[what] = (counts[what] ?? 0) + 1;
    }
  }
  return wrong;
}

/** The books by themselves, as any operator can ask for them. */
async function audit(gateway: Gateway, database: pg.Client): Promise<string[]> {
  const { violations } = (await gateway.admin("/api/admin/invariants")) as { violations: unknown[] };
  const wrong = violations.map((one) => `an invariant is broken: ${JSON.stringify(one)}`);
  const stale = async (): Promise<number> =>
    Number(
      (
        await database.query<{ count: string }>(
          "select count(*) from ledger.holds where state = 'pending' and owner_epoch <> (select epoch from ledger.instances order by started_at desc limit 1)",
        )
      ).rows[0]?.count,
    );
  const deadline = performance.now() + GIVEN_BACK_MAX_MS;
  while ((await stale()) > 0 && performance.now() < deadline) await sleep(50);
  const left = await stale();
  if (left > 0) wrong.push(`${left} holds of dead programs are still open`);
  const floor = await database.query("select 1 from ledger.wallets where posted - held < -overdraft");
  if (floor.rows.length > 0) wrong.push("a wallet is below its floor");
  return wrong;
}

async function run(gateway: Gateway): Promise<string[]> {
  const database = new pg.Client({ connectionString: gateway.databaseUrl });
  await database.connect();
  const bills = new Bills(gateway);
  [gateway.main, gateway.spare].forEach(scripted);
  const wrong: string[] = [];
  const counts: Record<string, number> = {};
  const boots: number[] = [];
  let compared = 0;
  const clients = new Clients(gateway, Number(options.clients));
  try {
    for (let kill = 1; kill <= KILLS && wrong.length === 0; kill += 1) {
      await sleep(300 + random() * 1_700);
      await gateway.kill();
      const dead = clients.asked.length;
      const begun = performance.now();
      await gateway.restart();
      boots.push(performance.now() - begun);
      wrong.push(...(await audit(gateway, database)));
      // Calls that ended before the kill; the others are compared after the next.
      wrong.push(...(await compare(database, clients.asked.slice(compared, dead), bills.seen(), counts)));
      compared = dead;
      if (kill % 10 === 0)
        say(`${kill} kills, ${clients.asked.length} calls, ${gateway.main.tally.requests + gateway.spare.tally.requests} reached a provider`);
    }
    await clients.stop();
    await gateway.settled();
    wrong.push(...(await audit(gateway, database)), ...(await compare(database, clients.asked.slice(compared), bills.seen(), counts)));
    wrong.push(...(await sums(database, bills.seen())));
  } finally {
    await clients.stop();
    await database.end();
  }
  say(`start to ready, ms (median / 95th / most): ${spread(boots)}`);
  for (const [what, count] of Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b))) say(`  ${what}: ${count}`);
  return wrong;
}

/** All together: no call was charged that no provider saw, and nobody was charged more than the providers sent. */
async function sums(database: pg.Client, bills: ReturnType<Bills["seen"]>): Promise<string[]> {
  const { rows } = await database.query<{ holds: string; posted: string; pending: string; charged: string; usage: string }>(
    `select count(*) as holds, count(*) filter (where state = 'posted' and charged > 0) as posted, count(*) filter (where state = 'pending') as pending, coalesce(sum(charged), 0) as charged,
            (select coalesce(sum(amount), 0) from ledger.entries where kind in ('usage', 'late_usage')) as usage from ledger.holds`,
  );
  const [row] = rows;
  if (!row) return ["the ledger is empty"];
  const most = [...bills.values()].reduce((sum, bill) => sum + bill.most, 0n);
  say(`${row.holds} holds, ${row.posted} of them charged; ${bills.size} calls reached a provider; ${row.charged} nano-dollars charged, ${most} at most`);
  return [
    ...(row.pending === "0" ? [] : [`${row.pending} holds are still open`]),
    ...(Number(row.holds) >= bills.size ? [] : ["a provider was asked without a hold"]),
    ...(Number(row.posted) <= bills.size ? [] : ["more calls were charged than reached a provider"]),
    ...(BigInt(row.charged) <= most ? [] : ["more was charged than the providers sent"]),
    ...(row.charged === row.usage ? [] : [`the holds say ${row.charged}, the entries ${row.usage}`]),
  ];
}

if (options.help) say(HELP);
else {
  say(`${KILLS} kills, seed ${options.seed}, ${options.clients} clients`);
  await prove(run);
}
