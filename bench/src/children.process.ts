/** Starts the bench's own processes, talks to the load generator, and reads how much memory a process holds. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Job, JobDone } from "./measure.ts";

const READY_MAX_MS = 30_000;
const KIB = 1_024;

export interface Child {
  readonly pid: number;
  readonly port: number;
  readonly process: ChildProcess;
  readonly stop: () => Promise<void>;
}

/** Runs a file of this folder as a process of its own; it tells its port when it listens. */
export async function startChild(file: string, args: readonly string[] = []): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = once(child, "exit");
  const told = once(child, "message", { signal: AbortSignal.timeout(READY_MAX_MS) });
  const first = await Promise.race([told, gone.then(() => Promise.reject(new Error(`${file} ended before it listened`)))]);
  const port = (first[0] as { readonly port: number }).port;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await gone;
  };
  return { pid: child.pid ?? 0, port, process: child, stop };
}

export interface LoadGenerator {
  perform(job: Omit<Job, "id">): Promise<JobDone>;
  stop(): Promise<void>;
}

export async function startLoad(): Promise<LoadGenerator> {
  const child = await startChild("load.process.ts");
  let id = 0;
  const perform = (job: Omit<Job, "id">): Promise<JobDone> =>
    new Promise((done, fail) => {
      const mine = (id += 1);
      const ended = (): void => fail(new Error("the load generator ended"));
      const hear = (told: JobDone): void => {
        if (told.id !== mine) return;
        child.process.off("message", hear);
        child.process.off("exit", ended);
        done(told);
      };
      child.process.on("message", hear);
      child.process.once("exit", ended);
      child.process.send({ ...job, id: mine });
    });
  return { perform, stop: child.stop };
}

/** Resident memory of one process in bytes; 0 where the system does not tell. */
export function residentBytes(pid: number): number {
  return KIB * Number(/^VmRSS:\s+(\d+)/mu.exec(procFile(pid, "status"))?.[1] ?? 0);
}

/** Proportional memory of a process and everything below it: shared pages are counted once. */
export function familyBytes(pid: number): number {
  const own = KIB * Number(/^Pss:\s+(\d+)/mu.exec(procFile(pid, "smaps_rollup"))?.[1] ?? 0);
  return childrenOf(pid).reduce((sum, child) => sum + familyBytes(child), own);
}

/** The processes that `pid` started and that still run. */
export function childrenOf(pid: number): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((one) => one > 0 && Number(/^PPid:\s+(\d+)/mu.exec(procFile(one, "status"))?.[1] ?? 0) === pid);
}

function procFile(pid: number, name: string): string {
  if (process.platform !== "linux") return "";
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH" || error.code === "EACCES")) return ""; // Gone meanwhile, or not ours.
    throw error;
  }
}
