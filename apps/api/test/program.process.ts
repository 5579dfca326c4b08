/** Runs the program, its command line and a shell as an operator does, for tests about starting and stopping. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inherited, startServer } from "@switchyard/testkit/server.process";

export const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

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

/** A terminal of its own for a shell's line. Each answer is typed when its question has appeared. @returns all that the screen showed */
export function onTerminal(
  line: string,
  env: Readonly<Record<string, string>>,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn("script", ["-qec", line, "/dev/null"], { env: { ...inherited(), SHELL: "/bin/sh", ...env }, stdio: ["pipe", "pipe", "inherit"] });
    const waiting = [...answers];
    let screen = "";
    let seen = 0;
    child.stdout.on("data", (bytes: Buffer) => {
      screen += bytes.toString();
      const [next] = waiting;
      const at = next === undefined ? -1 : screen.indexOf(next[0], seen);
      if (next === undefined || at < 0) return;
      waiting.shift();
      seen = at + next[0].length;
      child.stdin.write(next[1]);
    });
    child.once("error", fail);
    child.once("close", () => (waiting.length === 0 ? done(screen) : fail(new Error(`never asked ${waiting[0]?.[0]}: ${screen}`))));
  });
}
/** Debian's and its like; another system's takes other words. */
export const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
if (!hasTerminal) console.log("left out: the password prompt on a terminal (no `script` of util-linux)");
