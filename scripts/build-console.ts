/** Builds the console when its sources are newer than the last build, and says so; else it is done at once. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const WEB = join(ROOT, "apps/web");
const DIST = join(WEB, "dist");
/** Holds what the last build was made of. It lies in the build, so that whoever deletes the build deletes it too. */
const FINGERPRINT = join(DIST, ".fingerprint");
const SOURCES = [
  join(WEB, "src"),
  join(WEB, "public"),
  join(WEB, "index.html"),
  join(WEB, "vite.config.ts"),
  join(WEB, "package.json"),
  join(ROOT, "packages/shared/src"),
  join(ROOT, "pnpm-lock.yaml"),
];

const isTest = (path: string): boolean => path.endsWith(".test.ts");

function* filesUnder(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path).toSorted()) yield* filesUnder(join(path, name));
}

/** Changes with any source: by name, size and time, so that nothing has to be read. */
function fingerprint(): string {
  const hash = createHash("sha256").update(process.version);
  for (const source of SOURCES) {
    for (const file of filesUnder(source)) {
      if (isTest(file)) continue;
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}

async function buildIfStale(): Promise<void> {
  const now = fingerprint();
  if (existsSync(FINGERPRINT) && readFileSync(FINGERPRINT, "utf8") === now) return;
  process.stdout.write("Building the console … ");
  const began = performance.now();
  // Vite belongs to the web package and is loaded only when there is something to build.
  const vite: { build(options: object): Promise<unknown> } = await import(createRequire(join(WEB, "package.json")).resolve("vite"));
  await vite.build({ root: WEB, configFile: join(WEB, "vite.config.ts"), logLevel: "warn" });
  writeFileSync(FINGERPRINT, now);
  process.stdout.write(`done in ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
}

await buildIfStale();
