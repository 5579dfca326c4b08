/** Runs the program, its command line and a shell as an operator does, for tests about starting and stopping. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inherited, startServer } from "@switchyard/testkit/server.process";

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. @param input what it reads from standard input */
export function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(program, [...args], {
      env: { ...inherited(), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (bytes: Buffer) => (said.stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (said.stderr += bytes.toString()));
    child.once("error", fail);
    child.once("close", (code) => done({ code, ...said }));
    child.stdin.on("error", () => undefined); // it may end without reading
    child.stdin.end(input);
  });
}

/** `pnpm switchyard …` */
export const switchyard = (words: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Promise<Ended> =>
  run(process.execPath, [CLI, ...words], env, input);

/** Starts the program where it must refuse, and waits for its end. */
export async function startRefused(env: Readonly<Record<string, string>>, port?: number): Promise<Ended> {
  const server = await startServer({ env, awaitReady: false, ...(port === undefined ? {} : { port }) });
  const { code } = await server.ended;
  return { code, stdout: server.stdout.join("\n"), stderr: server.stderr.join("\n") };
}

/** A folder that another account may pass through, since as root Postgres runs under one. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "switchyard-boot-"));
  chmodSync(folder, 0o711);
  return folder;
}

/** Whether the process lives; one that nobody has reaped yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, "utf8"));
}

/** Processes that name the folder in their command line; none where the kernel does not tell. */
export function processesOn(folder: string): string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return words.includes(folder) ? [words] : [];
      } catch (error) {
        if (!["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        return []; // it ended meanwhile
      }
    });
}
