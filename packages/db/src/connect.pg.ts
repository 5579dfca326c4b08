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
  /** From now on somebody waits for answers: nothing waits longer than half a second for a connection. */
  serve(): void;
  close(): Promise<void>;
}

/** How long to wait for a connection before a request is refused, in milliseconds. */
const ACQUIRE_TIMEOUT_MS = 500;

/** How long the start waits for a connection, in milliseconds: nobody waits for an answer yet, and everything on the machine may be starting. */
const START_PATIENCE_MS = 30_000;

/** What a connection that a room keeps for itself may take to open, in milliseconds: the room tries again. */
const OWN_CONNECTION_MS = 5_000;

/** What a request waits for one statement, in milliseconds: longer than Postgres' own timeout, for when Postgres is out of reach and cannot keep it. */
const QUERY_TIMEOUT_MS = 4_000;

/** What the program's own work waits for one statement, in milliseconds: it deletes and applies in large pieces, but must not wait for ever either. */
const WORK_TIMEOUT_MS = 30_000;

/**
 * Opens the pools. They have the patience of a start until `serve` is called.
 * @throws DatabaseUnfit when the role behind `appDatabaseUrl` has power it must not have.
 */
export async function connect(options: {
  databaseUrl: string;
  appDatabaseUrl?: string | undefined;
  secretKey: string;
  poolMax?: number;
}): Promise<Connections> {
  const { databaseUrl, appDatabaseUrl, secretKey, poolMax = 10 } = options;
  const base = { connectionTimeoutMillis: START_PATIENCE_MS, keepAlive: true, types };
  const appConfig = appDatabaseUrl
    ? { connectionString: appDatabaseUrl, ...(new URL(appDatabaseUrl).username === "sy_app" ? {} : { options: "-c role=sy_app" }) }
    : await connectionFor("sy_app", databaseUrl, secretKey);
  const workerConfig = {
    ...(await connectionFor("sy_worker", databaseUrl, secretKey)),
    ...base,
    connectionTimeoutMillis: OWN_CONNECTION_MS,
    application_name: "switchyard worker",
  };
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
  const workerPool = quiet(new pg.Pool({ ...workerConfig, connectionTimeoutMillis: START_PATIENCE_MS, query_timeout: WORK_TIMEOUT_MS, max: 4 }));
  const probe = await app.connect();
  try {
    await refusePower(probe, appDatabaseUrl ? "APP_DATABASE_URL" : "DATABASE_URL");
  } finally {
    probe.release();
  }
  const worker = new Kysely<Database>({ dialect: new PostgresDialect({ pool: workerPool }) });
  const serve = (): void => {
    for (const pool of [app, ops, workerPool]) pool.options.connectionTimeoutMillis = ACQUIRE_TIMEOUT_MS;
  };
  return { app, ops, worker, workerConfig, serve, close: async () => void (await Promise.all([app.end(), ops.end(), worker.destroy()])) };
}

/** Without listeners, a connection that breaks while it is idle, or handed out but between two statements, would be an uncaught error; the next query reports the loss by itself. */
function quiet(pool: pg.Pool): pg.Pool {
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}
