/** One change of an owner's catalog after the other, so that what each compares with is what it replaces. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";

/** Waits for its turn; it ends with the transaction. */
export async function lockCatalog(tx: Kysely<Database>, owner: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`catalog of ${owner}`}))`.execute(tx);
}
