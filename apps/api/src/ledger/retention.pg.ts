/** Forgets the records of calls, kept responses and idempotency keys after their time; entries stay for ever. */
import { sql, type Kysely, type RawBuilder } from "kysely";
import type { Database } from "@switchyard/db/schema";

const EVERY_MS = 10 * 60_000;
const CHUNK = 5_000;
/** Sums hold names of models and providers, and no text: a year can be looked back on. */
const SUMS_DAYS = 400;
/** How long the stream of a response that ran in the background can be read again. */
const EVENT_HOURS = 24;

export interface RetentionOptions {
  readonly worker: Kysely<Database>;
  /** Days a record is kept. */
  readonly days: number;
  readonly log: { warn(what: string, facts: Record<string, unknown>): void };
  /** Milliseconds between two rounds. */
  readonly everyMs?: number;
}

/** Deletes in small pieces, so that no lock is held for long. */
export function startRetention({ worker, days, log, everyMs = EVERY_MS }: RetentionOptions): { stop(): void } {
  let stopped = false;
  const forgetAll = async (chunk: RawBuilder<unknown>): Promise<void> => {
    for (let deleted = CHUNK; deleted === CHUNK && !stopped;) deleted = Number((await chunk.execute(worker)).numAffectedRows ?? 0n);
  };
  const forget = async (): Promise<void> => {
    await forgetAll(sql`delete from switchyard.calls where ctid = any (array(
      select ctid from switchyard.calls where at < clock_timestamp() - make_interval(days => ${days}::int) limit ${CHUNK}::int))`);
    await forgetAll(sql`delete from switchyard.responses where ctid = any (array(
      select ctid from switchyard.responses where expires_at < clock_timestamp() limit ${CHUNK}::int))`);
    await forgetAll(sql`delete from switchyard.conversations where ctid = any (array(
      select ctid from switchyard.conversations where expires_at < clock_timestamp() limit ${CHUNK}::int))`);
    await forgetAll(sql`delete from switchyard.response_events where ctid = any (array(
      select ctid from switchyard.response_events where created_at < clock_timestamp() - make_interval(hours => ${EVENT_HOURS}::int) limit ${CHUNK}::int))`);
  };
  const forgetSums = async (): Promise<void> => {
    await sql`select ledger.forget_sums(${SUMS_DAYS}::int)`.execute(worker);
  };
  const forgetKeys = async (): Promise<void> => {
    for (let deleted = CHUNK; deleted === CHUNK && !stopped;) {
      const result = await sql<{ n: number }>`select ledger.forget_idempotency_keys(${CHUNK}::int) as n`.execute(worker);
      deleted = result.rows[0]?.n ?? 0;
    }
  };
  const timer = setInterval(() => {
    forgetKeys().catch((error) => log.warn("old idempotency keys could not be deleted", { cause: String(error) }));
    forgetSums().catch((error) => log.warn("old sums of calls could not be deleted", { cause: String(error) }));
    forget().catch((error) => log.warn("old records of calls and responses could not be deleted", { cause: String(error) }));
  }, everyMs);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
