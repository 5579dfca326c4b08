/** The load generator, in its own process: ready request bytes on bare sockets and just enough parsing to know an answer's end. */
import { connect, type Socket } from "node:net";
import type { Job, JobDone } from "./measure.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const CHUNKS_END = "0\r\n\r\n";
const TAIL_BYTES = 64;
const ERRORS_KEPT = 3;
/** A way that only fails is not asked for ever. */
const FAILURES_MAX = 1_000;
/** After the end of the measured time, a late answer still counts for so long. */
const HANG_MAX_MS = 30_000;

interface Run {
  readonly job: Job;
  readonly request: Buffer;
  readonly stopAt: number;
  readonly latenciesMs: number[];
  readonly errors: string[];
  finished: number;
  failed: number;
}

function requestOf(job: Job): Buffer {
  const headers = Object.entries({
    host: `127.0.0.1:${job.port}`,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(job.body)),
    ...job.headers,
  });
  return Buffer.from(`POST ${job.path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${job.body}`);
}

/** One connection that asks again and again until the time is over. */
function drive(run: Run): Promise<void> {
  return new Promise((done) => {
    let socket: Socket;
    const hung = setTimeout(() => {
      note(run, `no answer within ${HANG_MAX_MS} ms`);
      socket.destroy();
    }, run.job.durationMs + HANG_MAX_MS);
    const dial = (): void => {
      socket = connect({ port: run.job.port, host: "127.0.0.1", noDelay: true });
      const reader = readerOf(run, (problem, keepsOpen) => {
        if (problem === undefined) run.finished += 1;
        else note(run, problem);
        if (performance.now() >= run.stopAt) return socket.destroy();
        if (keepsOpen) return ask();
        socket.removeAllListeners("close");
        socket.destroy();
        dial();
      });
      const ask = (): void => {
        reader.begin();
        socket.write(run.request);
      };
      socket.once("connect", ask);
      socket.on("data", (bytes: Buffer) => reader.push(bytes));
      socket.on("error", (error) => note(run, error.message));
      socket.once("close", () => {
        const now = performance.now();
        if (now >= run.stopAt || run.failed > FAILURES_MAX) {
          clearTimeout(hung);
          return done();
        }
        if (reader.waiting()) note(run, "the connection closed before the answer was whole");
        setTimeout(dial, 5);
      });
    };
    dial();
  });
}

function note(run: Run, problem: string): void {
  run.failed += 1;
  if (run.errors.length < ERRORS_KEPT) run.errors.push(problem);
}

interface Reader {
  begin(): void;
  push(bytes: Buffer): void;
  waiting(): boolean;
}

function readerOf(run: Run, next: (problem: string | undefined, keepsOpen: boolean) => void): Reader {
  let begun = 0;
  let waiting = false;
  let head: Buffer | undefined;
  let status = 0;
  let keepsOpen = true;
  let left: number | undefined;
  let tail = "";

  const finish = (): void => {
    waiting = false;
    const took = performance.now() - begun;
    const problem = status !== 200 ? `status ${status}` : run.job.streamed && !tail.includes(run.job.streamEnd) ? "a stream without its end" : undefined;
    if (problem === undefined) run.latenciesMs.push(took);
    next(problem, keepsOpen);
  };
  const take = (bytes: Buffer): void => {
    if (left !== undefined) {
      left -= bytes.length;
      if (left <= 0) finish();
      return;
    }
    tail = (tail + bytes.toString("latin1", Math.max(0, bytes.length - TAIL_BYTES))).slice(-TAIL_BYTES);
    if (tail.endsWith(CHUNKS_END)) finish();
  };
  return {
    begin: () => {
      begun = performance.now();
      waiting = true;
      head = Buffer.alloc(0);
      left = undefined;
      tail = "";
    },
    waiting: () => waiting,
    push: (bytes) => {
      if (head === undefined) return take(bytes);
      head = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
      const at = head.indexOf(HEAD_END);
      if (at < 0) return;
      const text = head.toString("latin1", 0, at).toLowerCase();
      status = Number(text.slice(9, 12));
      keepsOpen = !text.includes("\r\nconnection: close");
      const length = /\r\ncontent-length: *(\d+)/u.exec(text)?.[1];
      if (length !== undefined) left = Number(length);
      const rest = head.subarray(at + HEAD_END.length);
      head = undefined;
      if (rest.length > 0 || left === 0) take(rest);
    },
  };
}

async function perform(job: Job): Promise<JobDone> {
  const begun = performance.now();
  const run: Run = { job, request: requestOf(job), stopAt: begun + job.durationMs, latenciesMs: [], errors: [], finished: 0, failed: 0 };
  await Promise.all(Array.from({ length: job.connections }, () => drive(run)));
  const sorted = Float64Array.from(run.latenciesMs).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { id: job.id, finished: run.finished, failed: run.failed, errors: run.errors, elapsedMs: performance.now() - begun, p50Ms: at(0.5), p99Ms: at(0.99) };
}

process.on("message", (job: Job) => {
  perform(job).then(
    (done) => process.send?.(done),
    (error: unknown) =>
      process.send?.({ id: job.id, finished: 0, failed: 1, errors: [String(error)], elapsedMs: 0, p50Ms: Number.NaN, p99Ms: Number.NaN } satisfies JobDone),
  );
});
process.once("disconnect", () => process.exit());
process.send?.({ port: 0 });
