/** Knows which process a data directory belongs to, and what to do with a server whose owner died. */
import { execFileSync } from "node:child_process";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseUnfit } from "./roles.pg.ts";

/** Milliseconds a server may take for an orderly stop before it is told to stop at once. */
const FAST_STOP_MAX_MS = 15_000;
/** Longer than the five seconds after which Postgres kills children of its own that do not go. */
const IMMEDIATE_STOP_MAX_MS = 8_000;

/** Beside the data directory, so that the directory itself holds nothing but Postgres' own files. */
export const ownerFileOf = (dataDir: string): string => `${dataDir}.owner`;

const isErrno = (error: unknown, code: string): boolean => error instanceof Error && "code" in error && error.code === code;

/** The text of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Whether a process with this id exists, be it ours or another account's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isErrno(error, "EPERM");
  }
  // A zombie still answers signal 0, but holds neither files nor ports.
  const stat = process.platform === "linux" ? readIfThere(`/proc/${pid}/stat`) : undefined;
  return stat === undefined || !/^\d+ \(.*\) Z/su.test(stat);
}

/**
 * When a process began, in a form that only serves comparison. Process ids are used again, after a reboot or inside a
 * container even at once, so an id alone does not say who the owner was.
 */
function beginningOf(pid: number): string {
  if (process.platform === "linux") {
    const stat = readIfThere(`/proc/${pid}/stat`);
    const boot = readIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
    return stat === undefined ? "" : `${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}@${boot}`;
  }
  return isAlive(pid) ? execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() : "";
}

/** The living owner named by an owner file's text; undefined when that process is gone. */
function livingOwner(text: string | undefined): number | undefined {
  const [line = "", began = ""] = (text ?? "").split("\n");
  const pid = Number(line);
  return pid > 0 && isAlive(pid) && beginningOf(pid) === began ? pid : undefined;
}

/** Whether some living process holds this data directory. */
export const hasLivingOwner = (dataDir: string): boolean => livingOwner(readIfThere(ownerFileOf(dataDir))) !== undefined;

/**
 * Takes the data directory for this process.
 * @throws when another living process holds it, with its id.
 */
export function claim(dataDir: string): void {
  const file = ownerFileOf(dataDir);
  const mine = `${process.pid}\n${beginningOf(process.pid)}\n`;
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: "wx" });
      return;
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
    const found = readIfThere(file);
    const owner = livingOwner(found);
    if (owner !== undefined) {
      const who = owner === process.pid ? "this process already" : `process ${owner}`;
      throw new DatabaseUnfit(`The database in ${dataDir} is in use by ${who}. Stop that one first, or choose another DATA_DIR.`);
    }
    setAside(file, found);
  }
}

/** Removes a dead owner's file, without ever removing the file that a rival wrote in the meantime. */
function setAside(file: string, expected: string | undefined): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, "utf8") !== expected) linkSync(aside, file);
    rmSync(aside);
  } catch (error) {
    if (!isErrno(error, "ENOENT") && !isErrno(error, "EEXIST")) throw error;
    rmSync(aside, { force: true });
  }
}

export const disclaim = (dataDir: string): void => rmSync(ownerFileOf(dataDir), { force: true });

/** What `postmaster.pid` says: the server's process id, its port and its state (`starting`, `ready`, `stopping`). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

export function readPostmaster(dataDir: string): PostmasterFile | undefined {
  const lines = readIfThere(`${dataDir}/postmaster.pid`)?.split("\n");
  if (!lines) return undefined;
  return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? "" };
}

/** The id is only trusted when that process really is a Postgres on this very directory. */
function isPostmasterOf(pid: number, dataDir: string): boolean {
  if (!(pid > 0) || !isAlive(pid)) return false;
  if (process.platform === "linux") {
    const argv = readIfThere(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
    return argv.includes(dataDir) && (argv[0] ?? "").endsWith("/postgres");
  }
  const command = execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return command.includes("postgres") && command.includes(dataDir);
}

async function goneWithin(pid: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

/** Lets a server that was suspended go on, its children first, so that it hears what it is told. */
function wake(pid: number): void {
  const children = process.platform === "linux" ? (readIfThere(`/proc/${pid}/task/${pid}/children`) ?? "") : "";
  for (const one of [...children.split(" ").filter(Boolean).map(Number), pid]) {
    try {
      process.kill(one, "SIGCONT");
    } catch (error) {
      if (!isErrno(error, "ESRCH") && !isErrno(error, "EPERM")) throw error;
    }
  }
}

/**
 * Stops a server by its process id: in order first, at once when that takes too long. Committed data is kept either way.
 * @throws when the process outlives both.
 */
export async function stopServer(pid: number): Promise<void> {
  const stages: readonly (readonly [NodeJS.Signals, number])[] = [
    ["SIGINT", FAST_STOP_MAX_MS],
    ["SIGQUIT", IMMEDIATE_STOP_MAX_MS],
  ];
  wake(pid);
  for (const [signal, limitMs] of stages) {
    if (!isAlive(pid)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (isErrno(error, "ESRCH")) return;
      throw new DatabaseUnfit(`The database server (process ${pid}) cannot be stopped by this account: stop it by hand.`, { cause: error });
    }
    if (await goneWithin(pid, limitMs)) return;
  }
  throw new DatabaseUnfit(`The database server (process ${pid}) did not stop. End it with "kill -QUIT ${pid}" and start again.`);
}

/**
 * Stops the server that a killed process left behind on this directory. Call it only after `claim`.
 * @returns whether there was one.
 */
export async function stopOrphan(dataDir: string): Promise<boolean> {
  const left = readPostmaster(dataDir);
  if (!left || !isPostmasterOf(left.pid, dataDir)) return false;
  await stopServer(left.pid);
  return true;
}
