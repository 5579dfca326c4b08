/** Fetches a client from npm into a folder that later runs find again. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DrivenClient } from "./driven-client.ts";

const INSTALL_MAX_MS = 5 * 60_000;

export type Installed = { readonly binary: string } | { readonly missing: string };

/** Never throws: a client that cannot be had is told, and left out. */
export async function install(client: DrivenClient): Promise<Installed> {
  const { name, version } = client.package;
  const folder = join(tmpdir(), "switchyard-clients", `${name.replaceAll("/", "-")}-${version}`);
  const binary = client.binary(folder);
  if (existsSync(binary)) return { binary };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private":true}');
  const said = await npmInstall(folder, `${name}@${version}`);
  if (existsSync(binary)) return { binary };
  return { missing: said === "" ? `there is no ${binary} after the installation` : said };
}

/** @returns npm's last words when it failed, else nothing. */
function npmInstall(folder: string, wanted: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn("npm", ["install", wanted, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      timeout: INSTALL_MAX_MS,
    });
    let said = "";
    child.stderr.on("data", (piece: Buffer) => (said = (said + piece.toString()).slice(-500)));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? "" : said.trim() || `npm ended with ${code}`));
  });
}
