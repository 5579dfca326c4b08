/** Runs a client once, in a home of its own, for a bounded time. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Door, DrivenClient } from "./driven-client.ts";

const RUN_MAX_MS = 60_000;

export interface Driven {
  /** Undefined when it had to be ended. */
  readonly code: number | undefined;
  /** Standard output and error, as they came. */
  readonly said: string;
  readonly seconds: number;
}

/** One turn after the other, in one home; ends early when a turn fails. */
export async function drive(client: DrivenClient, binary: string, door: Door, prompts: readonly string[]): Promise<Driven> {
  const home = await mkdtemp(join(tmpdir(), "switchyard-client-home-"));
  try {
    for (const [path, text] of Object.entries(client.files?.(door) ?? {})) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    }
    const workplace = join(home, "work");
    await mkdir(workplace);
    let whole: Driven = { code: 0, said: "", seconds: 0 };
    for (const [at, prompt] of prompts.entries()) {
      const { file, args, env } = client.command(binary, door, { prompt, continues: at > 0 });
      const { code, said, seconds } = await run(file, args, { PATH: process.env["PATH"] ?? "", HOME: home, ...env }, workplace);
      whole = { code, said: whole.said + said, seconds: whole.seconds + seconds };
      if (code !== 0) break;
    }
    return whole;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Driven> {
  const started = performance.now();
  return new Promise((resolve) => {
    let said = "";
    let isEnded = false;
    // A group of its own, so that whatever it started ends with it.
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = (code: number | undefined): void => {
      clearTimeout(timer);
      resolve({ code: isEnded ? undefined : code, said, seconds: (performance.now() - started) / 1_000 });
    };
    const timer = setTimeout(() => {
      isEnded = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, RUN_MAX_MS);
    const hear = (piece: Buffer): void => void (said += piece.toString());
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", (error) => {
      said += error.message;
      end(undefined);
    });
    child.once("close", (code) => end(code ?? undefined));
  });
}
