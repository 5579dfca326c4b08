/** Gives every test file a database of its own: one server a run, one template built once, clones in a moment. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claim, disclaim, hasLivingOwner, stopOrphan } from "@switchyard/db/embedded-owner.pg";
import { startEmbedded } from "@switchyard/db/embedded.pg";
import pg from "pg";

/** How the test workers learn of the server that the global set-up started. */
const SERVER_URL = "SWITCHYARD_TEST_POSTGRES";
const SERVER_FAILURE = "SWITCHYARD_TEST_POSTGRES_FAILURE";
/** Derives the passwords of the application roles; the same for every database of a run, since roles are the server's. */
export const TEST_SECRET_KEY = "a secret key for tests, which no installation uses";
const TEMPLATE = "switchyard_template";
const FOLDER_PREFIX = "switchyard-test-";
/** A folder younger than this may belong to a run that is just starting. */
const STALE_AFTER_MS = 60_000;

export interface TestPostgres {
  /** Of the superuser, database `postgres`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface FreshDatabase {
  /** Of the superuser, on this database; application roles connect with `as`. */
  readonly url: string;
  readonly name: string;
  /** The same database for another login. */
  as(user: string, password: string): string;
  /** Removes the database, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * Starts the server of a test run and builds the template.
 * @param prepare migrates the empty template database; it gets the superuser's URL of it.
 */
export async function startTestPostgres(prepare: (templateUrl: string) => Promise<void>): Promise<TestPostgres> {
  await removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
  // mkdtemp closes the folder to everybody else; as root, Postgres runs under another account and must pass through.
  chmodSync(folder, 0o711);
  const server = await startEmbedded({
    dataDir: join(folder, "postgres"),
    superuserPassword: randomBytes(16).toString("hex"),
    // Tests lose nothing in a power cut, and they wait for the disk far too often otherwise.
    settings: { fsync: "off", full_page_writes: "off", max_connections: "200", autovacuum_naptime: "10min" },
  });
  const stop = async (): Promise<void> => {
    delete process.env[SERVER_URL];
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await run(server.url, `create database ${TEMPLATE}`);
    await prepare(databaseUrl(server.url, TEMPLATE));
  } catch (error) {
    await stop();
    throw error;
  }
  process.env[SERVER_URL] = server.url;
  return { url: server.url, stop };
}

/**
 * Tells the run's workers why there is no server: only the tests that need one fail then, with this reason.
 */
export function reportNoPostgres(reason: unknown): void {
  process.env[SERVER_FAILURE] = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}

/**
 * A new, migrated database, about 50 ms away. `connect({ databaseUrl: url, secretKey: TEST_SECRET_KEY })` opens it as the
 * program does.
 * @throws when there is no server: its start failed, or vitest was not run from the root with its vitest.config.ts.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const serverUrl = process.env[SERVER_URL];
  const failure = process.env[SERVER_FAILURE];
  if (failure !== undefined) throw new Error(`The test Postgres could not be started: ${failure}`);
  if (serverUrl === undefined) throw new Error("There is no test Postgres. Run vitest from the repository's root, whose configuration starts one.");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await run(serverUrl, `create database ${name} template ${TEMPLATE}`);
  const url = databaseUrl(serverUrl, name);
  return {
    url,
    name,
    as: (user, password) => {
      const other = new URL(url);
      other.username = user;
      other.password = encodeURIComponent(password);
      return other.href;
    },
    drop: () => run(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined); // Seen by query(), which rejects.
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A run that was killed could not clean up: the next one does. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const dataDir = join(folder, "postgres");
    const found = statSync(folder, { throwIfNoEntry: false });
    if (!found || Date.now() - found.mtimeMs < STALE_AFTER_MS || found.uid !== process.getuid?.() || hasLivingOwner(dataDir)) continue;
    try {
      claim(dataDir);
    } catch (error) {
      if (!hasLivingOwner(dataDir)) throw error;
      continue; // Another run was quicker and cleans it up.
    }
    await stopOrphan(dataDir);
    disclaim(dataDir);
    rmSync(folder, { recursive: true, force: true });
  }
}
