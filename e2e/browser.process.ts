/** Finds a Chromium and starts it: a given one, the one npm ships with its libraries, or the system's. */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

interface Found {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly from: string;
}

const SYSTEM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const LAUNCH_MAX_MS = 60_000;
const ARGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/**
 * Starts a headless browser, or returns undefined after printing in one line why there is none.
 * @throws when `SWITCHYARD_REQUIRE_BROWSER=1` and there is none, and when a browser that `CHROMIUM_PATH` names does not start.
 */
export async function launchBrowser(): Promise<Browser | undefined> {
  const tried: string[] = [];
  for (const find of [given, packaged, installed]) {
    try {
      const found = await find();
      if (found) return await launch(found);
    } catch (error) {
      if (find === given) throw error;
      tried.push(`${find.name}: ${firstLine(error)}`);
    }
  }
  const reason = `no browser (set CHROMIUM_PATH to a Chromium${tried.length > 0 ? `; ${tried.join("; ")}` : ""})`;
  if (process.env["SWITCHYARD_REQUIRE_BROWSER"] === "1") throw new Error(`SWITCHYARD_REQUIRE_BROWSER=1, but there is ${reason}.`);
  console.log(`left out: tests in a real browser: ${reason}`);
  return undefined;
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";

function launch(found: Found): Promise<Browser> {
  return chromium.launch({
    executablePath: found.path,
    args: ARGS,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/", ...found.env },
    timeout: LAUNCH_MAX_MS,
  });
}

function given(): Found | undefined {
  const path = process.env["CHROMIUM_PATH"];
  if (!path) return undefined;
  accessSync(path, constants.X_OK);
  return { path, env: {}, from: "CHROMIUM_PATH" };
}

/**
 * The npm package unpacks its browser (200 MB) to a fixed path in the temporary folder, and its libraries and fonts only on
 * a cloud function. All are unpacked here, once a machine, into a folder of our own: named by the version, put in place whole.
 */
async function packaged(): Promise<Found | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const version = /chromium@([^/_]+)/u.exec(entry)?.[1] ?? "unknown";
  const home = join(tmpdir(), `switchyard-browser-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(join(home, "ready"))) await unpack(join(dirname(entry), "..", "bin"), home);
  // The temporary folder is open to everybody: what another account put there is not run.
  if (statSync(home).uid !== process.getuid?.()) throw new Error(`${home} belongs to another account`);
  return { path: join(home, "chromium"), env: { LD_LIBRARY_PATH: join(home, "al2023", "lib"), FONTCONFIG_FILE: join(home, FONTS_CONF) }, from: "npm" };
}

const FONTS_CONF = "fonts.conf";

/** The package's own configuration looks for the fonts in fixed places; without any font Chromium draws no text, and may die of it. */
const fontsConf = (home: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, "fonts")}</dir>
  <cachedir>${join(home, "fonts-cache")}</cachedir>
</fontconfig>
`;

async function unpack(archives: string, home: string): Promise<void> {
  const incoming = mkdtempSync(`${home}.`);
  const before = process.env["TMPDIR"];
  // The package asks the system for the temporary folder and knows no other parameter.
  process.env["TMPDIR"] = incoming;
  try {
    const { default: packageOf, inflate } = await import("@sparticuz/chromium");
    await packageOf.executablePath();
    for (const archive of ["al2023.tar.br", "fonts.tar.br"]) await inflate(join(archives, archive));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  writeFileSync(join(incoming, FONTS_CONF), fontsConf(home));
  mkdirSync(join(incoming, "ready"));
  try {
    renameSync(incoming, home);
  } catch (error) {
    rmSync(incoming, { recursive: true, force: true });
    if (!existsSync(join(home, "ready"))) throw error; // Else another run was quicker, and its copy is as good.
  }
}

function installed(): Found | undefined {
  const path = SYSTEM_PATHS.find((one) => existsSync(one));
  return path === undefined ? undefined : { path, env: {}, from: "the system" };
}
