/** Starts, watches and stops the real Postgres that npm ships, for machines that have no database of their own. */
import { spawn, type ChildProcess } from "node:child_process";
import { chownSync, closeSync, existsSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { claim, disclaim, readIfThere, readPostmaster, stopOrphan, stopServer } from "./embedded-owner.pg.ts";
import {
  accountFor,
  clusterMajor,
  finish,
  installedBinaries,
  runOptions,
  unfinishedFileOf,
  usableBinaries,
  usableDirectory,
  type Account,
} from "./embedded-place.pg.ts";
import { DatabaseUnfit } from "./roles.pg.ts";

export interface EmbeddedOptions {
  /** The cluster's directory; beside it lie `<dataDir>.owner`, `.port` and `.log`. Parents are made. */
  readonly dataDir: string;
  /** A fixed port; without it a free one is chosen at the first start and kept. */
  readonly port?: number;
  /** The password of the bootstrap superuser `postgres`. The first start sets it, later ones must give the same. */
  readonly superuserPassword: string;
  /** Told what is going on, one line at a time, before every step that may take longer than a moment. */
  readonly log?: (line: string) => void;
  /** Further server settings. Tests pass `fsync=off`; a cluster that must survive a power cut never does. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Of the superuser, database `postgres`, by TCP. */
  readonly url: string;
  /** The same by the socket in the cluster's directory, which costs a quarter less a statement; by TCP where its path is too long. */
  readonly localUrl: string;
  readonly port: number;
  /** Of the present postmaster: another one after it was killed and restarted. */
  readonly pid: number;
  /** Where the data really is: elsewhere than asked for when the account could not enter that place. */
  readonly dataDir: string;
  readonly freshlyCreated: boolean;
  /** Whether the server had to repair itself after an unclean end. */
  readonly recovered: boolean;
  /** Stops the server in order and gives the directory free. May be called more than once. */
  stop(): Promise<void>;
}

const START_MAX_MS = 120_000;
const LOG_BYTES_MAX = 4 * 1024 * 1024;
const PORT_TRIES_MAX = 5;
/** A backend of a killed postmaster needs a moment to notice; until then its shared memory is in the way. */
const LEFTOVER_MAX_MS = 20_000;
const RESTART_PAUSE_MAX_MS = 5_000;

/**
 * Small and durable. WAL compression stays off: these binaries know only pglz, which costs more than it saves.
 * Errors of statements are the client's to log, so the server's own log keeps what concerns the server.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  max_connections: "100",
  shared_buffers: "64MB",
  synchronous_commit: "on",
  fsync: "on",
  full_page_writes: "on",
  jit: "off",
  io_method: "sync",
  max_parallel_workers_per_gather: "0",
  max_wal_size: "512MB",
  log_min_messages: "log",
  log_checkpoints: "off",
  log_timezone: "UTC",
  timezone: "UTC",
};

/** What the system takes as a socket's path, in bytes: 104 with the final NUL on macOS, 108 on Linux. */
const SOCKET_PATH_BYTES_MAX = 103;
const socketOf = (dataDir: string, port: number): string => join(dataDir, `.s.PGSQL.${port}`);
const hasSocket = (dataDir: string): boolean => Buffer.byteLength(socketOf(dataDir, 65_535)) <= SOCKET_PATH_BYTES_MAX;

interface Place {
  readonly dataDir: string;
  readonly programs: string;
  readonly account: Account | undefined;
  readonly log: (line: string) => void;
  readonly settings: Readonly<Record<string, string>>;
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly recovered: boolean;
}

/**
 * Starts Postgres on `dataDir`, making the cluster when there is none, and keeps it running until `stop`.
 * A server left behind by a killed process is stopped first; a server that is killed under us is started again.
 * @throws DatabaseUnfit in sentences that say what to do: directory in use, wrong major version, wrong password, port taken, no binaries.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const wanted = resolve(options.dataDir);
  const installed = installedBinaries();
  const account = accountFor(readIfThere(join(wanted, "moved-to"))?.trim() ?? wanted);
  const programs = await usableBinaries(installed, account, log);
  const dataDir = await usableDirectory(wanted, account, log);
  const place: Place = { dataDir, programs, account, log, settings: { ...SETTINGS, ...options.settings } };
  claim(dataDir);
  let running: Running | undefined;
  try {
    if (await stopOrphan(dataDir)) log("stopped the database server that an earlier, killed process had left running");
    const freshlyCreated = await createCluster(place, options.superuserPassword);
    running = await launchOnFreePort(place, options.port);
    await checkPassword(running.port, options.superuserPassword, dataDir);
    return supervise(place, running, { freshlyCreated, password: options.superuserPassword });
  } catch (error) {
    if (running) await stopServer(running.pid);
    disclaim(dataDir);
    throw error;
  }
}

/** Makes the cluster unless it is there; @returns whether it was made. */
async function createCluster(place: Place, password: string): Promise<boolean> {
  const { dataDir, programs, account } = place;
  const unfinished = unfinishedFileOf(dataDir);
  const major = existsSync(unfinished) ? undefined : clusterMajor(dataDir);
  if (major !== undefined) {
    const { output } = await finish(join(programs, "bin/postgres"), ["--version"], account);
    const ours = /\s(\d+)\./u.exec(output)?.[1];
    if (ours !== major)
      throw new DatabaseUnfit(
        `${dataDir} was made by Postgres ${major}, the embedded one is ${ours ?? output}. Dump it with the old version and restore it here, or set DATABASE_URL.`,
      );
    return false;
  }
  place.log("creating the database cluster");
  writeFileSync(unfinished, "");
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true });
  const passwordFile = `${dataDir}.password`;
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const noSync = place.settings["fsync"] === "off" ? ["--no-sync"] : [];
  const made = await finish(
    join(programs, "bin/initdb"),
    [
      "-D",
      dataDir,
      "-U",
      "postgres",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--data-checksums",
      "--no-instructions",
      ...noSync,
    ],
    account,
  );
  rmSync(passwordFile, { force: true });
  if (made.code !== 0) throw new DatabaseUnfit(`The database cluster in ${dataDir} could not be made: ${made.output}`);
  rmSync(unfinished);
  return true;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => done(true)));
  });

const anyFreePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen({ port: 0, host: "127.0.0.1" }, () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no free port on 127.0.0.1"))));
    });
  });

/** Between finding a port free and Postgres taking it, somebody else may: then the next one is tried. */
async function launchOnFreePort(place: Place, fixed: number | undefined): Promise<Running> {
  const portFile = `${place.dataDir}.port`;
  const kept = Number(readIfThere(portFile) ?? 0);
  let port = fixed ?? (kept > 0 && (await isFree(kept)) ? kept : await anyFreePort());
  for (let tries = 1; ; tries += 1) {
    try {
      const running = await launch(place, port);
      if (kept > 0 && kept !== port) place.log(`the database's port ${kept} is taken by another program, it now listens on ${port}`);
      writeFileSync(portFile, `${port}\n`);
      return running;
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      if (fixed !== undefined)
        throw new DatabaseUnfit(`The database's port ${fixed} is taken by another program. Stop that one, or choose another port.`, { cause: error });
      if (tries === PORT_TRIES_MAX) throw error;
      port = await anyFreePort();
    }
  }
}

class PortTaken extends DatabaseUnfit {}
class LeftoverInTheWay extends DatabaseUnfit {}

async function launch(place: Place, port: number): Promise<Running> {
  const deadline = performance.now() + LEFTOVER_MAX_MS;
  for (;;) {
    try {
      return await launchOnce(place, port);
    } catch (error) {
      if (!(error instanceof LeftoverInTheWay) || performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** The log is a file, not a pipe to us: a server that outlives us for a moment must not stumble over a broken pipe. */
function openLog(dataDir: string): { readonly path: string; readonly from: number; readonly fd: number } {
  const path = `${dataDir}.log`;
  let from = existsSync(path) ? statSync(path).size : 0;
  if (from > LOG_BYTES_MAX) {
    renameSync(path, `${path}.old`);
    from = 0;
  }
  return { path, from, fd: openSync(path, "a", 0o600) };
}

async function launchOnce(place: Place, port: number): Promise<Running> {
  const { dataDir, programs, account } = place;
  const out = openLog(dataDir);
  const said = () => readFileSync(out.path).subarray(out.from).toString();
  // The directory is ours and no server of it lives: a socket in it was left by one that was killed, and its lock may name another process by now.
  for (const name of readdirSync(dataDir)) if (name.startsWith(".s.PGSQL.")) rmSync(join(dataDir, name), { force: true });
  const settings = Object.entries({ unix_socket_directories: hasSocket(dataDir) ? dataDir : "", ...place.settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  // A session of its own, so that Ctrl-C reaches only us and we stop the database last.
  const child = spawn(join(programs, "bin/postgres"), ["-D", dataDir, "-p", String(port), ...settings], {
    ...runOptions(account),
    detached: true,
    stdio: ["ignore", out.fd, out.fd],
  });
  closeSync(out.fd);
  let ended: Error | undefined;
  child.once("error", (error) => (ended = error));
  child.once("exit", (code, signal) => (ended = new Error(`exit ${code ?? signal ?? "unknown"}`)));
  const begun = performance.now();
  let told = false;
  for (;;) {
    const file = child.pid === undefined ? undefined : readPostmaster(dataDir);
    if (child.pid !== undefined && file?.pid === child.pid && file.status === "ready") {
      return { child, pid: child.pid, port, recovered: /automatic recovery in progress|was interrupted/u.test(said()) };
    }
    if (ended) throw whyNotStarted(said(), ended, dataDir);
    const waitedMs = performance.now() - begun;
    if (waitedMs > START_MAX_MS) {
      child.kill("SIGQUIT");
      throw new DatabaseUnfit(`The database did not start within ${START_MAX_MS / 1000} s. Its log is ${out.path}.`);
    }
    if (waitedMs > 1_000 && !told) {
      told = true;
      place.log("waiting for the database to start (it may be replaying its log after an unclean end)");
    }
    await sleep(5);
  }
}

function whyNotStarted(said: string, ended: Error, dataDir: string): Error {
  if (/could not (bind|create).*(TCP|IPv4)|Address already in use/u.test(said)) return new PortTaken(`The database's port was taken: ${said.trim()}`);
  if (/pre-existing shared memory block|lock file "postmaster\.pid" already exists/u.test(said)) {
    return new LeftoverInTheWay(`An earlier server still holds ${dataDir}: ${said.trim()}`);
  }
  if (/No space left on device/u.test(said)) return new DatabaseUnfit(`The disk that holds ${dataDir} is full. Make room and start again.`);
  const lines = said
    .trim()
    .split("\n")
    .filter((line) => /FATAL|PANIC|ERROR|HINT|DETAIL/u.test(line));
  return new DatabaseUnfit(`The database did not start (${ended.message}): ${lines.join(" ") || said.trim() || "it said nothing"}`, { cause: ended });
}

const urlOf = (port: number, password: string): string => `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
const localUrlOf = (dataDir: string, port: number, password: string): string =>
  hasSocket(dataDir) ? `${urlOf(port, password)}?host=${encodeURIComponent(dataDir)}` : urlOf(port, password);

async function checkPassword(port: number, password: string, dataDir: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(port, password), connectionTimeoutMillis: 30_000 });
  client.on("error", () => undefined); // The failure arrives through connect() or query().
  try {
    await client.connect();
    await client.query("select 1");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "28P01") {
      throw new DatabaseUnfit(
        `The cluster in ${dataDir} was made with another password than the one given now. Bring back the secret it was made with, or remove the directory to begin anew.`,
        { cause },
      );
    }
    throw cause;
  } finally {
    await client.end();
  }
}

/** Keeps the server alive until it is stopped on purpose. */
function supervise(place: Place, first: Running, known: { readonly freshlyCreated: boolean; readonly password: string }): EmbeddedPostgres {
  let running = first;
  let stopping: Promise<void> | undefined;
  let revival: Promise<void> = Promise.resolve();
  // The last resort when the program ends without stop(): the signal outlives us.
  const atExit = () => running.child.kill("SIGINT");

  const revive = async (): Promise<void> => {
    for (let pauseMs = 50; stopping === undefined; pauseMs = Math.min(pauseMs * 2, RESTART_PAUSE_MAX_MS)) {
      await sleep(pauseMs);
      if (stopping !== undefined) return;
      try {
        running = await launch(place, first.port);
        watch();
        place.log("the database runs again");
        return;
      } catch (error) {
        place.log(`the database could not be started again: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const watch = (): void => {
    running.child.unref();
    running.child.once("exit", (code, signal) => {
      if (stopping !== undefined) return;
      place.log(`the database server ended by itself (${signal ?? code ?? "unknown"}), starting it again`);
      revival = revive();
    });
  };
  const stop = async (): Promise<void> => {
    await revival;
    running.child.ref();
    if (running.child.exitCode === null && running.child.signalCode === null) await stopServer(running.pid);
    process.off("exit", atExit);
    disclaim(place.dataDir);
  };

  process.on("exit", atExit);
  watch();
  return {
    url: urlOf(first.port, known.password),
    localUrl: localUrlOf(place.dataDir, first.port, known.password),
    port: first.port,
    get pid() {
      return running.pid;
    },
    dataDir: place.dataDir,
    freshlyCreated: known.freshlyCreated,
    recovered: first.recovered,
    stop: () => (stopping ??= stop()),
  };
}
