/** Finds a real Redis for tests, or says in one line that they were left out. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "./free-port.process.ts";

export interface TestRedis {
  readonly url: string;
  /** Of the server that we started; undefined for one that was given by `REDIS_URL_TEST`. */
  readonly pid: number | undefined;
  /** FLUSHALL: everything that it keeps is gone. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisWanted {
  /** Directives of redis.conf, such as `{ maxmemory: "1mb" }`. Only for a server that we start. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A fixed port, to bring a killed server back where it was. */
  readonly port?: number;
}

const START_MAX_MS = 20_000;

function onPath(program: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!(error instanceof Error)) throw error; // Not in this folder: look in the next.
    }
  }
  return undefined;
}

/**
 * The Redis of `REDIS_URL_TEST`, else a `redis-server` of our own without persistence, else undefined.
 * @throws instead of undefined when `SWITCHYARD_REQUIRE_REDIS=1`: where Redis is promised, leaving it out is a failure.
 */
export async function startRedis(wanted: RedisWanted = {}): Promise<TestRedis | undefined> {
  const given = process.env["REDIS_URL_TEST"];
  if (given) return { url: given, pid: undefined, flush: () => flush(given), stop: () => Promise.resolve() };
  const program = onPath("redis-server") ?? onPath("valkey-server");
  if (program !== undefined) return launch(program, wanted);
  const reason = "no Redis: neither REDIS_URL_TEST is set nor redis-server is on the PATH";
  if (process.env["SWITCHYARD_REQUIRE_REDIS"] === "1") throw new Error(`SWITCHYARD_REQUIRE_REDIS=1, but there is ${reason}.`);
  console.log(`left out: tests that need Redis (${reason})`);
  return undefined;
}

async function launch(program: string, wanted: RedisWanted): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-redis-"));
  const port = wanted.port ?? (await freePort());
  const settings = { bind: "127.0.0.1", port: String(port), dir: folder, save: "", appendonly: "no", ...wanted.settings };
  const child = spawn(
    program,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const hear = (bytes: Buffer): void => void (said = (said + bytes.toString()).slice(-4_000));
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.once("error", (error) => (said += error.message));
  const gone = new Promise<void>((done) => child.once("close", () => done()));
  const atExit = (): void => void child.kill("SIGKILL");
  process.on("exit", atExit);
  const stop = async (): Promise<void> => {
    process.off("exit", atExit);
    child.kill("SIGCONT"); // A stopped process would not hear the next signal.
    child.kill("SIGKILL"); // It keeps nothing, so there is nothing to save.
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `redis://127.0.0.1:${port}`;
  const deadline = performance.now() + START_MAX_MS;
  while (!(await answers(url))) {
    if (child.exitCode === null && performance.now() < deadline) {
      await sleep(20);
      continue;
    }
    await stop();
    throw new Error(`redis-server did not start: ${said}`);
  }
  return { url, pid: child.pid, flush: () => flush(url), stop };
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  await client.quit();
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined); // Seen by connect(), which rejects.
  try {
    await client.connect();
    return (await client.ping()) === "PONG";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false; // Not yet: the caller asks again until its deadline.
  } finally {
    client.disconnect();
  }
}
