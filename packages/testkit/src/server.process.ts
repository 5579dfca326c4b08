/** Runs the real program as a child process, as an operator would, and ends it as a crash or an operator would. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.process.ts";

export interface ServerWanted {
  /** The program's whole environment, besides PATH, HOME, HOST, PORT and the compile cache: nothing of the developer's own leaks in. */
  readonly env: Readonly<Record<string, string>>;
  /** Another program than `apps/api/src/main.ts`. */
  readonly entry?: string;
  readonly args?: readonly string[];
  /** Flags of Node itself, such as `--max-old-space-size=128`. */
  readonly nodeFlags?: readonly string[];
  /** A fixed port, to come back where an earlier server was. */
  readonly port?: number;
  readonly readyMaxMs?: number;
  /** `false` returns at once, before `/ready` says yes. */
  readonly awaitReady?: boolean;
}

export interface ServerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it has written so far, line by line; the first 20,000 lines. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Resolves when the process is gone. */
  readonly ended: Promise<ServerEnd>;
  /** Resolves when a line of stdout fits. @throws when the process ends before that, or after `limitMs`. */
  line(pattern: RegExp, limitMs?: number): Promise<string>;
  /** Resolves when `/ready` answers 200. */
  ready(limitMs?: number): Promise<void>;
  /** Closes our ends of its output, as a log collector that dies does. */
  deafen(): void;
  /** Sends a signal and returns at once. */
  kill(signal: NodeJS.Signals): void;
  /** Asks it to stop (SIGTERM) and waits. @throws when it has to be killed, since a hanging shutdown is a defect. */
  stop(): Promise<ServerEnd>;
}

const MAIN = fileURLToPath(new URL("../../../apps/api/src/main.ts", import.meta.url));
const READY_MAX_MS = 60_000;
const STOP_MAX_MS = 60_000;
const LINES_MAX = 20_000;
/** How many lines an error quotes. */
const LINES_QUOTED = 30;

/**
 * Starts the program and waits until it may take traffic.
 * @throws with its last words when it ends or stays silent instead.
 */
export async function startServer(wanted: ServerWanted): Promise<RunningServer> {
  const port = wanted.port ?? (await freePort());
  const child = spawn(process.execPath, [...(wanted.nodeFlags ?? []), wanted.entry ?? MAIN, ...(wanted.args ?? [])], {
    env: { ...inherited(), HOST: "127.0.0.1", PORT: String(port), ...wanted.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const server = wrap(child, port);
  if (wanted.awaitReady === false) return server;
  try {
    await server.ready(wanted.readyMaxMs);
  } catch (error) {
    child.kill("SIGKILL");
    await server.ended;
    throw error;
  }
  return server;
}

/** What a child process is given of our own environment. */
export function inherited(): Record<string, string> {
  const { PATH = "", HOME = "/", NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) };
}

function wrap(child: ChildProcess, port: number): RunningServer {
  const url = `http://127.0.0.1:${port}`;
  const heard = new Set<() => void>();
  const stdout = collect(child.stdout, () => heard.forEach((check) => check()));
  const stderr = collect(child.stderr, () => undefined);
  let failure: Error | undefined;
  child.once("error", (error) => (failure = error));
  const atExit = (): void => void child.kill("SIGKILL");
  process.on("exit", atExit);
  const ended = new Promise<ServerEnd>((done) => child.once("close", (code, signal) => done({ code, signal })));
  const over = (): boolean => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const words = (): string => [...stdout.slice(-LINES_QUOTED), ...stderr.slice(-LINES_QUOTED), failure?.message ?? ""].join("\n");
  void ended.then(() => {
    process.off("exit", atExit);
    heard.forEach((check) => check());
  });

  const ready = async (limitMs = READY_MAX_MS): Promise<void> => {
    const deadline = performance.now() + limitMs;
    while (!(await saysReady(url))) {
      if (over()) throw new Error(`the server ended before it was ready (${child.exitCode ?? child.signalCode ?? "not started"}):\n${words()}`);
      if (performance.now() > deadline) throw new Error(`the server was not ready within ${limitMs} ms:\n${words()}`);
      await sleep(25);
    }
  };
  const line = (pattern: RegExp, limitMs = READY_MAX_MS): Promise<string> =>
    new Promise((done, fail) => {
      let next = 0;
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        heard.delete(check);
        settle();
      };
      const check = (): void => {
        for (; next < stdout.length; next += 1) {
          const text = stdout[next] ?? "";
          if (pattern.test(text)) return finish(() => done(text));
        }
        if (over()) finish(() => fail(new Error(`the server ended without a line like ${String(pattern)}:\n${words()}`)));
      };
      const timer = setTimeout(() => finish(() => fail(new Error(`no line like ${String(pattern)} within ${limitMs} ms:\n${words()}`))), limitMs);
      heard.add(check);
      check();
    });
  const stop = async (): Promise<ServerEnd> => {
    if (over()) return ended;
    child.kill("SIGTERM");
    const inTime = await Promise.race([ended, sleep(STOP_MAX_MS, undefined, { ref: false })]);
    if (inTime) return inTime;
    child.kill("SIGKILL");
    await ended;
    throw new Error(`the server did not stop within ${STOP_MAX_MS} ms of SIGTERM:\n${words()}`);
  };
  const deafen = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  return { url, port, pid: child.pid ?? 0, stdout, stderr, ended, line, ready, deafen, kill: (signal) => void child.kill(signal), stop };
}

function collect(stream: NodeJS.ReadableStream | null, changed: () => void): readonly string[] {
  const lines: string[] = [];
  if (stream === null) return lines;
  createInterface({ input: stream }).on("line", (text) => {
    if (lines.length < LINES_MAX) lines.push(text);
    changed();
  });
  return lines;
}

async function saysReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false; // Not listening yet: the caller asks again until its deadline.
  }
}

/** Resolves when the process is gone and reaped, after it was told to end. */
export async function endedBy(server: RunningServer, signal: NodeJS.Signals): Promise<ServerEnd> {
  server.kill(signal);
  return server.ended;
}
