/** Portkey's gateway from npm, fetched on demand into a cache of its own: the yardstick that others can install too. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@switchyard/testkit/free-port.process";
import { residentBytes } from "./children.process.ts";
import type { Variant } from "./measure.ts";
import { listens } from "./nginx.process.ts";

const VERSION = "1.15.2";
/**
 * Installed freshly, this version answers 500 to every stream: a later release of this library hands it headers that it
 * cannot change. With this one it works, and only what works is a yardstick.
 */
const OVERRIDES = { "@hono/node-server": "1.13.8" } as const;
const INSTALL_MAX_MS = 180_000;
const START_MAX_MS = 30_000;

/** Outside the workspace: this is no dependency of ours. */
const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "switchyard-bench", `portkey-${VERSION}-${Object.values(OVERRIDES).join("-")}`);

async function fetched(log: (line: string) => void): Promise<string> {
  const folder = cacheFolder();
  const entry = join(folder, "node_modules/@portkey-ai/gateway/build/start-server.js");
  if (existsSync(entry)) return entry;
  log(`fetching @portkey-ai/gateway ${VERSION} into ${folder}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: { "@portkey-ai/gateway": VERSION }, overrides: OVERRIDES }));
  await new Promise<void>((done, fail) => {
    execFile(
      "npm",
      ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"],
      { timeout: INSTALL_MAX_MS, cwd: folder },
      (error, _out, words) => {
        if (error) fail(new Error(`npm could not fetch it: ${words.trim().split("\n").slice(0, 3).join(" ") || error.message}`));
        else done();
      },
    );
  });
  return entry;
}

/** @throws with the reason when it cannot be fetched or started; the bench then goes on without it. */
export async function startPortkey(upstreamPort: number, model: string, log: (line: string) => void): Promise<Variant> {
  const entry = await fetched(log);
  const port = await freePort();
  // What it fails at shows in the count of failures. Without a terminal's page of its own (--headless), else every request is kept for it.
  const child = spawn(process.execPath, [entry, `--port=${port}`, "--headless"], {
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
    stdio: "ignore",
  });
  const gone = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  const deadline = performance.now() + START_MAX_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error("it did not start");
    }
    await sleep(50);
  }
  return {
    name: "portkey",
    title: `Portkey gateway ${VERSION}`,
    port,
    path: "/v1/chat/completions",
    headers: { authorization: "Bearer sk-bench", "x-portkey-provider": "openai", "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1` },
    model,
    memory: () => ({ node: residentBytes(child.pid ?? 0) }),
    stop,
  };
}
