/** nginx as a plain reverse proxy, where it is installed: what a proxy without any knowledge can do on this machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@switchyard/testkit/free-port.process";
import { familyBytes } from "./children.process.ts";
import type { Variant } from "./measure.ts";

const PROGRAMS = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"];
const START_MAX_MS = 10_000;

function installed(): string | undefined {
  return PROGRAMS.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return false; // Not here.
    }
  });
}

function configuration(folder: string, port: number, upstreamPort: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ");
  return `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary}
  upstream provider { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}

/** @returns undefined where nginx is not installed. */
export async function startNginx(upstreamPort: number, model: string): Promise<Variant | undefined> {
  const program = installed();
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-nginx-"));
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, upstreamPort));
  const child = spawn(program, ["-p", folder, "-c", file, "-e", join(folder, "error.log")], { stdio: ["ignore", "ignore", "inherit"] });
  const gone = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_MAX_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error("nginx did not start");
    }
    await sleep(20);
  }
  return {
    name: "nginx",
    title: "nginx, one worker",
    port,
    path: "/v1/chat/completions",
    headers: { authorization: "Bearer sk-bench" },
    model,
    memory: () => ({ nginx: familyBytes(child.pid ?? 0) }),
    stop,
  };
}

/** Whether somebody accepts connections on this port of loopback. */
export const listens = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
