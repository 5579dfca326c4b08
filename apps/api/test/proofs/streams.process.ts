/** `pnpm proof:streams`: ten thousand streams that their clients tear, and ten thousand connections that say nothing. */
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { KEYS, type Gateway } from "../gateway-harness.process.ts";
import { openFiles, residentBytes } from "../process-figures.fs.ts";
import { prove, say, spread } from "./environment.process.ts";

const HELP = `pnpm proof:streams [--streams N] [--sockets N] [--at-once N]

Tears N streams (10,000) in the middle, so many at once (250): every provider's connection is closed, each call is settled
once, and files and memory are what they were. Then opens N connections (9,900) that never send a whole head: the health is
answered meanwhile, and all of them are cut. Needs 2 files for each connection at once: the script raises the limit itself
(ulimit -n) as far as the system lets it.`;

const { values: options } = parseArgs({
  options: {
    streams: { type: "string", default: "10000" },
    // The program accepts 10,000 connections; some are left for those who ask how it is.
    sockets: { type: "string", default: "9900" },
    "at-once": { type: "string", default: "250" },
    help: { type: "boolean", default: false },
  },
});
const MIB = 1024 * 1024;
/** Of the program's objects: little enough that garbage is collected on the way, so that what grows is what is kept. */
const HEAP_MEGABYTES = 160;
const GROWTH_MAX_BYTES = 64 * MIB;
const CUT_MAX_MS = 60_000;

/** A client that takes the beginning of a stream and then tears the connection (RST). Resolves with the time of that. */
function tornClient(gateway: Gateway): Promise<void> {
  const text = JSON.stringify({ model: "main/gpt-4o-mini", stream: true, max_tokens: 300, messages: [{ role: "user", content: "Say hello" }] });
  return new Promise((done, fail) => {
    const socket = connect({ port: gateway.server.port, host: "127.0.0.1" });
    socket.once("error", fail);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEYS.acme}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    socket.once("data", (bytes: Buffer) => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(bytes.toString("latin1"))?.[1];
      socket.resetAndDestroy();
      if (status === "200") done();
      else fail(new Error(`answered with ${status}`));
    });
  });
}

async function tear(gateway: Gateway): Promise<string[]> {
  const total = Number(options.streams);
  const atOnce = Number(options["at-once"]);
  const { pid } = gateway.server;
  const wrong: string[] = [];
  const closed: number[] = [];
  gateway.main.always({ kind: "text", tokens: 300, tokensPerFrame: 5, fault: { kind: "stall", at: 3 } });
  let memory = 0;
  let files = 0;
  for (let torn = 0; torn < total; torn += atOnce) {
    const batch = Math.min(atOnce, total - torn);
    gateway.main.reset();
    gateway.main.always({ kind: "text", tokens: 300, tokensPerFrame: 5, fault: { kind: "stall", at: 3 } });
    await Promise.all(Array.from({ length: batch }, () => tornClient(gateway)));
    const begun = performance.now();
    await gateway.main.until((tally) => tally.aborted === batch, CUT_MAX_MS);
    closed.push(performance.now() - begun);
    // The first ones are what the program needs once: connections, compiled code.
    if (memory === 0 && torn + batch >= total / 10) {
      await gateway.settled();
      [memory, files] = [residentBytes(pid), openFiles(pid)];
    }
  }
  await gateway.settled();
  await sleep(2_000);
  const growth = residentBytes(pid) - memory;
  say(`${total} streams torn, ${atOnce} at once; the provider's connections were closed after ${spread(closed)} ms (median / 95th / most of a batch)`);
  say(
    `memory from a tenth of them to the end: ${(growth / MIB).toFixed(1)} MiB more (${(residentBytes(pid) / MIB).toFixed(0)} MiB); open files ${files} before, ${openFiles(pid)} after`,
  );
  if (growth > GROWTH_MAX_BYTES) wrong.push(`the memory grew by ${(growth / MIB).toFixed(0)} MiB`);
  if (openFiles(pid) > files + 20) wrong.push("connections were left open");
  return [...wrong, ...(await settledOnce(gateway, total))];
}

async function settledOnce(gateway: Gateway, total: number): Promise<string[]> {
  const database = new pg.Client({ connectionString: gateway.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ holds: string; open: string; charged: string; entries: string; twice: string }>(
      `select count(*) as holds, count(*) filter (where state = 'pending') as open, count(*) filter (where state = 'posted' and charged > 0) as charged,
              (select count(*) from ledger.entries where kind in ('usage', 'late_usage')) as entries,
              (select count(*) from (select hold_id from ledger.entries where hold_id is not null group by hold_id having count(*) > 1) as t) as twice from ledger.holds`,
    );
    const row = rows[0];
    say(`${row?.holds} holds, ${row?.open} open, ${row?.charged} charged, ${row?.entries} entries, ${row?.twice} calls with two`);
    const exact = row?.holds === String(total) && row.open === "0" && row.charged === row.entries && row.twice === "0";
    return exact ? [] : ["the settlements are not one for each stream"];
  } finally {
    await database.end();
  }
}

/** On a connection of its own: one that is kept may be closed while it is asked. */
const health = (gateway: Gateway): Promise<void> =>
  new Promise((done, fail) => {
    get(`${gateway.url}/health`, { agent: false }, (answer) => answer.resume().once("end", () => done())).once("error", fail);
  });

async function crowd(gateway: Gateway): Promise<string[]> {
  const total = Number(options.sockets);
  const wrong: string[] = [];
  const sockets: Socket[] = [];
  let connected = 0;
  let gone = 0;
  for (let opened = 0; opened < total; opened += 500) {
    await Promise.all(
      Array.from({ length: Math.min(500, total - opened) }, () => {
        const socket = connect({ port: gateway.server.port, host: "127.0.0.1" });
        sockets.push(socket);
        socket.on("error", () => undefined); // it is cut, which is the point
        socket.once("close", () => (gone += 1));
        socket.resume();
        return new Promise<void>((done) => {
          socket.once("connect", () => {
            connected += 1;
            socket.write("GET /health HTTP/1.1\r\nhost: a\r\n");
            done();
          });
          socket.once("close", () => done());
        });
      }),
    );
  }
  const most = openFiles(gateway.server.pid);
  const times: number[] = [];
  const begun = performance.now();
  while (gone < total && performance.now() - begun < CUT_MAX_MS) {
    const asked = performance.now();
    await health(gateway);
    times.push(performance.now() - asked);
    await sleep(100);
  }
  say(`${connected} of ${total} silent connections were accepted (${most} open files); the health answered in ${spread(times)} ms (median / 95th / most)`);
  say(`${gone} of them were cut, the last after ${Math.round((performance.now() - begun) / 1_000)} s`);
  if (connected < total) wrong.push(`${total - connected} connections were not accepted`);
  if (gone < total) wrong.push(`${total - gone} connections are still there`);
  sockets.forEach((socket) => socket.destroy());
  if ((await fetch(`${gateway.url}/ready`)).status !== 200) wrong.push("the program is not ready afterwards");
  return wrong;
}

async function run(gateway: Gateway): Promise<string[]> {
  const wrong = [...(await tear(gateway)), ...(await crowd(gateway))];
  if (gateway.server.stderr.length > 0) wrong.push(`the program complained: ${gateway.server.stderr[0]}`);
  return wrong;
}

if (options.help) say(HELP);
else await prove(run, { UPSTREAM_IDLE_MS: "120000", NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}` });
