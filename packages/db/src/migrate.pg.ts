/** Brings the schema up to date: one program at a time, forward only, and never onto a schema it does not know. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import pg from "pg";
import { DatabaseUnfit, ensureRoles, refusePower } from "./roles.pg.ts";

const MIGRATIONS_DIR = fileURLToPath(new URL("../migrations/", import.meta.url));
/** Any constant: programs that start together wait for each other on it. */
const MIGRATION_LOCK = 5_923_181_047;
const POSTGRES_MIN = 150_000;

/** What `prepareDatabase` did, for the start-up lines. */
export interface Prepared {
  readonly applied: readonly string[];
}

/**
 * Checks the server, creates missing roles, migrates under an advisory lock and audits the roles.
 * @param databaseUrl a login that may migrate: it owns the database or may create roles
 * @throws DatabaseUnfit in words for the operator: Postgres too old, schema too new, roles missing or too powerful.
 */
export async function prepareDatabase(databaseUrl: string, secretKey: string): Promise<Prepared> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 10_000 });
  pool.on("error", () => {}); // a lost idle connection shows itself at the next query
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const client = await pool.connect();
  try {
    await refuseOldServer(client);
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    try {
      await ensureRoles(client, secretKey);
      await refusePowerOfServingRoles(client);
      return { applied: await migrate(db) };
    } finally {
      await client.query("select pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    }
  } finally {
    client.release();
    await db.destroy();
  }
}

async function refuseOldServer(client: pg.ClientBase): Promise<void> {
  const version = await client.query<{ number: number; name: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as name",
  );
  const found = version.rows[0];
  if (found && found.number < POSTGRES_MIN) throw new DatabaseUnfit(`DATABASE_URL: Postgres ${found.name} is too old; 15 or newer is needed.`);
}

async function refusePowerOfServingRoles(client: pg.ClientBase): Promise<void> {
  await client.query("set role sy_app");
  try {
    await refusePower(client, "DATABASE_URL");
  } finally {
    await client.query("reset role");
  }
}

async function migrate(db: Kysely<unknown>): Promise<string[]> {
  const known = await readMigrations();
  const present = await appliedBefore(db);
  const strange = present.filter((name) => !(name in known));
  if (strange.length > 0) {
    throw new DatabaseUnfit(
      `DATABASE_URL: the schema is newer than this program (it has ${strange.join(", ")}). Start the newer version, or restore an older backup.`,
    );
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => known }, migrationTableSchema: "migration" });
  const { error, results } = await migrator.migrateToLatest();
  if (error) {
    const failed = results?.find((one) => one.status === "Error")?.migrationName;
    throw new DatabaseUnfit(`DATABASE_URL: the migration ${failed ?? ""} failed; nothing was changed. ${String((error as Error).message ?? error)}`, {
      cause: error,
    });
  }
  return (results ?? []).filter((one) => one.status === "Success").map((one) => one.migrationName);
}

async function appliedBefore(db: Kysely<unknown>): Promise<string[]> {
  const table = await sql<{ there: boolean }>`select to_regclass('migration.kysely_migration') is not null as there`.execute(db);
  if (table.rows[0]?.there !== true) return [];
  const rows = await sql<{ name: string }>`select name from migration.kysely_migration order by name`.execute(db);
  return rows.rows.map((row) => row.name);
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(MIGRATIONS_DIR)).filter((file) => file.endsWith(".sql")).sort();
  const migrations: Record<string, Migration> = {};
  for (const file of files) {
    const text = await readFile(`${MIGRATIONS_DIR}${file}`, "utf8");
    migrations[file.replace(/\.sql$/, "")] = { up: async (db) => void (await sql.raw(text).execute(db)) };
  }
  return migrations;
}
