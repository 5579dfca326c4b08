/**
 * `pnpm proof:streams`: ten thousand streams that their clients tear, and ten thousand connections that say nothing.
 *
 * A leak shows in what is in use after garbage was collected: objects of the heap and the buffers beside it. Resident memory
 * alone does not tell: V8 lets the space for young objects grow to three times its semi-space and touches page after page of it
 * without anything being kept. With Node's own setting the program took 250 MiB after 4,000 streams, 306 after 8,000 and 316 after
 * 40,000. So that space is kept small here, and resident memory is compared between half of the streams and all of them,
 * when it has levelled off.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { KEYS, type Gateway } from "../gateway-harness.process.ts";
import { openFiles, residentBytes } from "../process-figures.fs.ts";
import { prove, say, spread } from "./environment.process.ts";

const HELP = `pnpm proof:streams [--streams N] [--sockets N] [--at-once N]

Tears N streams (10,000) in the middle, so many at once (250): every provider's connection is closed, each call is settled
once, and files and memory are what they were: what is in use after garbage was collected grows by at most 5 MiB for ten
thousand streams, and resident memory by at most 24 MiB in their second half. Then opens N connections (9,900) that never send a whole head: the health is
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
/** Of the program's objects that lived a while, and of a third of those that are young: garbage is collected on the way. */
const HEAP_MEGABYTES = 160;
const SEMI_SPACE_MEGABYTES = 4;
/** For ten thousand streams: half a kilobyte kept of each would be found. */
const LIVE_GROWTH_MAX_BYTES = 5 * MIB;
/** Beside what is kept: compiled code, and pages that the heap and the allocator hold for the next burst. */
const RESIDENT_GROWTH_MAX_BYTES = 24 * MIB;
const CUT_MAX_MS = 60_000;
const COLLECTED_MAX_MS = 30_000;

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

interface Memory {
  /** Objects and buffers in use after garbage was collected, in bytes. */
  readonly live: number;
  readonly resident: number;
}
const PARTS = 10;
const mib = (bytes: number): string => (bytes / MIB).toFixed(1);

async function memoryOf({ server }: Gateway): Promise<Memory> {
  const resident = residentBytes(server.pid); // before anything is collected for our sake
  await rm(liveFile, { force: true });
  server.kill("SIGUSR2");
  for (const until = performance.now() + COLLECTED_MAX_MS; !existsSync(liveFile); await sleep(20))
    if (performance.now() > until) throw new Error("the program did not tell what is in use");
  return { live: Number(readFileSync(liveFile, "utf8")), resident };
}

async function tear(gateway: Gateway): Promise<string[]> {
  const total = Number(options.streams);
  const atOnce = Number(options["at-once"]);
  const { pid } = gateway.server;
  const wrong: string[] = [];
  const closed: number[] = [];
  gateway.main.always({ kind: "text", tokens: 300, tokensPerFrame: 5, fault: { kind: "stall", at: 3 } });
  const memory: Memory[] = [];
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
    if (torn + batch < (total * (memory.length + 1)) / PARTS) continue;
    await gateway.settled();
    await sleep(1_000);
    memory.push(await memoryOf(gateway));
    files ||= openFiles(pid);
  }
  say(`${total} streams torn, ${atOnce} at once; the provider's connections were closed after ${spread(closed)} ms (median / 95th / most of a batch)`);
  say(
    `in use after each tenth: ${memory.map(({ live }) => mib(live)).join(", ")} MiB; resident: ${memory.map(({ resident }) => mib(resident)).join(", ")} MiB`,
  );
  say(`open files ${files} before, ${openFiles(pid)} after`);
  const [first, half, last] = [memory[0], memory[PARTS / 2 - 1], memory.at(-1)];
  if (!first || !half || !last) return ["the memory was not measured"];
  const kept = last.live - first.live;
  if (kept > LIVE_GROWTH_MAX_BYTES * Math.max(1, total / 10_000)) wrong.push(`what is in use grew by ${mib(kept)} MiB`);
  const grown = last.resident - half.resident;
  if (grown > RESIDENT_GROWTH_MAX_BYTES) wrong.push(`resident memory grew by ${mib(grown)} MiB in the second half`);
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

const folder = await mkdtemp(join(tmpdir(), "switchyard-streams-"));
const liveFile = join(folder, "live");
const nodeOptions = [
  `--max-old-space-size=${HEAP_MEGABYTES}`,
  `--max-semi-space-size=${SEMI_SPACE_MEGABYTES}`,
  `--import ${new URL("live-memory.preload.ts", import.meta.url).href}`,
];
try {
  if (options.help) say(HELP);
  else await prove(run, { UPSTREAM_IDLE_MS: "120000", NODE_OPTIONS: nodeOptions.join(" "), LIVE_MEMORY_FILE: liveFile });
} finally {
  await rm(folder, { recursive: true, force: true });
}
