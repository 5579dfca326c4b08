/** The database before the rest of the program is loaded: migrated, connected to as the serving roles, and searched for holes. */
import { auditCatalog } from "@switchyard/db/catalog-audit";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import { prepareDatabase } from "@switchyard/db/migrate.pg";
import { DatabaseUnfit } from "@switchyard/db/roles.pg";

export interface DatabaseWanted {
  readonly databaseUrl: string;
  readonly appDatabaseUrl: string | undefined;
  readonly secretKey: string;
  /** Told which migrations were applied, if any were. */
  readonly onMigrated: (names: readonly string[]) => void;
}

/** Not yet to be served from: see `refuseHoles`. @throws DatabaseUnfit in words for the operator when the database cannot be used */
export async function openDatabase({ databaseUrl, appDatabaseUrl, secretKey, onMigrated }: DatabaseWanted): Promise<Connections> {
  const { applied } = await prepareDatabase(databaseUrl, secretKey);
  if (applied.length > 0) onMigrated(applied);
  const database = await connect({ databaseUrl, appDatabaseUrl, secretKey });
  // Opened ahead, so that the next question of the worker is asked at once.
  await database.worker.connection().execute(async () => {});
  return database;
}

/** @throws DatabaseUnfit when a table could be read across tenants */
export async function refuseHoles(database: Connections): Promise<void> {
  const holes = await auditCatalog(database.worker);
  if (holes.length > 0)
    throw new DatabaseUnfit(
      `DATABASE_URL: row-level security has holes, and the program does not start on it: ${holes.map((one) => `${one.rule} ${one.detail}`).join("; ")}`,
    );
}
