/** The open connections of a running program: one pool a role, and the settings that keep a stuck database from hanging it. */
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Database } from "./schema.ts";
import { connectionFor, refusePower } from "./roles.pg.ts";

/** Numbers of Postgres as TypeScript sees them: `int8` is bigint, everything else as pg has it. */
const INT8 = 20;
const INT8_ARRAY = 1016;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (oid === INT8 && format !== "binary") return (text: string) => BigInt(text);
    if (oid === INT8_ARRAY && format !== "binary") return (text: string) => text.slice(1, -1).split(",").filter(Boolean).map(BigInt);
    return pg.types.getTypeParser(oid, format as "text");
  }) as pg.CustomTypesConfig["getTypeParser"],
};

export interface Connections {
  /** The request path: row-level security by `asPrincipal`. Never handed to handlers. */
  readonly app: pg.Pool;
  /** The operators' reading across workspaces, by `asOperator`. */
  readonly ops: pg.Pool;
  /** The program's own work: catalog, configuration, sweep, retention. Its policies name each table it may touch. */
  readonly worker: Kysely<Database>;
  /** A configuration for connections that a room keeps for itself (the ledger's writers, the listener). */
  readonly workerConfig: pg.ClientConfig;
  close(): Promise<void>;
}

/** How long to wait for a connection before a request is refused, in milliseconds. */
const ACQUIRE_TIMEOUT_MS = 500;

/** What a request waits for one statement, in milliseconds: longer than Postgres' own timeout, for when Postgres is out of reach and cannot keep it. */
const QUERY_TIMEOUT_MS = 4_000;

/** What the program's own work waits for one statement, in milliseconds: it deletes and applies in large pieces, but must not wait for ever either. */
const WORK_TIMEOUT_MS = 30_000;

/**
 * Opens the pools. Nothing waits longer than half a second for a connection.
 * @throws DatabaseUnfit when the role behind `appDatabaseUrl` has power it must not have.
 */
export async function connect(options: {
  databaseUrl: string;
  appDatabaseUrl?: string | undefined;
  secretKey: string;
  poolMax?: number;
}): Promise<Connections> {
  const { databaseUrl, appDatabaseUrl, secretKey, poolMax = 10 } = options;
  const base = { connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS, keepAlive: true, types };
  const appConfig = appDatabaseUrl
    ? { connectionString: appDatabaseUrl, ...(new URL(appDatabaseUrl).username === "sy_app" ? {} : { options: "-c role=sy_app" }) }
    : await connectionFor("sy_app", databaseUrl, secretKey);
  const workerConfig = { ...(await connectionFor("sy_worker", databaseUrl, secretKey)), ...base, application_name: "switchyard worker" };
  const app = quiet(new pg.Pool({ ...base, ...appConfig, query_timeout: QUERY_TIMEOUT_MS, max: poolMax, application_name: "switchyard" }));
  const ops = quiet(
    new pg.Pool({
      ...base,
      query_timeout: QUERY_TIMEOUT_MS,
      ...(await connectionFor("sy_ops", databaseUrl, secretKey)),
      max: 3,
      application_name: "switchyard ops",
    }),
  );
  const workerPool = quiet(new pg.Pool({ ...workerConfig, query_timeout: WORK_TIMEOUT_MS, max: 4 }));
  const probe = await app.connect();
  try {
    await refusePower(probe, appDatabaseUrl ? "APP_DATABASE_URL" : "DATABASE_URL");
  } finally {
    probe.release();
  }
  const worker = new Kysely<Database>({ dialect: new PostgresDialect({ pool: workerPool }) });
  return { app, ops, worker, workerConfig, close: async () => void (await Promise.all([app.end(), ops.end(), worker.destroy()])) };
}

/** Without listeners, a connection that breaks while it is idle, or handed out but between two statements, would be an uncaught error; the next query reports the loss by itself. */
function quiet(pool: pg.Pool): pg.Pool {
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}
