/** The only door to tenant data: a transaction in which Postgres shows nothing but the principal's own rows. */
import { Kysely, PostgresDialect } from "kysely";
import type pg from "pg";
import { isUuid, toId } from "@switchyard/shared/kernel/id";
import type { Principal, UserPrincipal } from "@switchyard/shared/domain/principal";
import type { Database } from "./schema.ts";

declare const principalTx: unique symbol;
declare const operatorTx: unique symbol;
/** Every query on tenant data demands one, so forgetting the principal does not compile. */
export type PrincipalTx = Kysely<Database> & { readonly [principalTx]: true };
/** Reads across workspaces, each use written down in the audit log. */
export type OperatorTx = Kysely<Database> & { readonly [operatorTx]: true };

const STATEMENT_TIMEOUT_MS = 2_000;
const IDLE_TIMEOUT_MS = 5_000;

/**
 * Runs `work` in one transaction as the principal. Everything set is local to the transaction; a connection whose
 * transaction did not end cleanly is destroyed, never lent again.
 */
export async function asPrincipal<T>(pool: pg.Pool, principal: Principal, work: (tx: PrincipalTx) => Promise<T>): Promise<T> {
  const userId = principal.kind === "user" ? principal.userId : "";
  return inTransaction(pool, settings({ workspaceId: principal.workspaceId, userId, operator: false }), (db) => work(db as PrincipalTx));
}

/** A person before they chose a workspace: sees their own memberships and themselves, nothing else. */
export async function asPerson<T>(pool: pg.Pool, userId: string, work: (tx: PrincipalTx) => Promise<T>): Promise<T> {
  return inTransaction(pool, settings({ workspaceId: "", userId, operator: false }), (db) => work(db as PrincipalTx));
}

/** What an operator does across workspaces; written to the audit log in the same transaction. */
export interface OperatorUse {
  readonly actor: string;
  readonly verb: string;
  readonly object: string;
  /** A fresh id for the audit row. */
  readonly auditId: string;
}

/** Runs `work` with the operators' policies. The caller has already proved to be an operator (an operator key, or `UserPrincipal.operator`). */
export async function asOperator<T>(pool: pg.Pool, use: OperatorUse, work: (tx: OperatorTx) => Promise<T>): Promise<T> {
  return inTransaction(pool, settings({ workspaceId: "", userId: "", operator: true }), async (db) => {
    await db
      .insertInto("switchyard.audit_log")
      .values({ workspace_id: PLATFORM_WORKSPACE, id: use.auditId, actor: use.actor, verb: use.verb, object: use.object, detail: "{}" })
      .execute();
    return work(db as OperatorTx);
  });
}

/** The workspace that owns what the operators share with everyone (`access.platform_workspace()`). */
export const PLATFORM_WORKSPACE = toId("workspace", "00000000-0000-7000-8000-000000000001");

export const isOperator = (principal: UserPrincipal): boolean => principal.operator;

function settings(who: { workspaceId: string; userId: string; operator: boolean }): string {
  // Simple-query text, so that BEGIN and the settings are one round trip; only UUIDs get in.
  const uuid = (text: string): string => {
    if (text !== "" && !isUuid(text)) throw new Error("asPrincipal: not a UUID");
    return text;
  };
  return (
    `begin; select set_config('app.workspace_id', '${uuid(who.workspaceId)}', true), set_config('app.user_id', '${uuid(who.userId)}', true), ` +
    `set_config('app.operator', '${who.operator ? "yes" : ""}', true), set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', true), ` +
    `set_config('idle_in_transaction_session_timeout', '${IDLE_TIMEOUT_MS}', true)`
  );
}

async function inTransaction<T>(pool: pg.Pool, begin: string, work: (db: Kysely<Database>) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const ignore = (): void => {}; // a connection that breaks while lent out fails the running query, which reports it
  client.on("error", ignore);
  let clean = false;
  try {
    await client.query(begin);
    try {
      const result = await work(kyselyOn(client));
      await client.query("commit");
      clean = true;
      return result;
    } catch (error) {
      clean = await client.query("rollback").then(
        () => true,
        () => false,
      );
      throw error;
    }
  } finally {
    client.off("error", ignore);
    client.release(clean ? undefined : true);
  }
}

/** Kysely over the one connection that already is in the transaction. */
function kyselyOn(client: pg.PoolClient): Kysely<Database> {
  const lent = { query: client.query.bind(client), release: () => {} };
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: { connect: async () => lent as unknown as pg.PoolClient, end: async () => {}, options: {} } }),
  });
}
