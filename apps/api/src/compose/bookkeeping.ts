/** The ledger with all that keeps it true: its journal, recovery after a crash, the sweep, and how long records stay. */
import { hostname } from "node:os";
import { join } from "node:path";
import type { Connections } from "@switchyard/db/connect.pg";
import type { Config } from "../config.ts";
import type { CallRow } from "../ledger/call-row.ts";
import { idempotencyIn } from "../ledger/idempotency.pg.ts";
import { Journal } from "../ledger/journal.fs.ts";
import { createLedger, type PgLedger } from "../ledger/ledger.pg.ts";
import type { IdempotencyStore } from "../ledger/ledger.ts";
import { startLostResponses } from "../ledger/lost-responses.pg.ts";
import { startRetention } from "../ledger/retention.pg.ts";
import { startSumming } from "../ledger/sum-up.pg.ts";
import { heartbeat, recoverFromJournals, startSweep } from "../ledger/sweep.pg.ts";
import type { Log } from "../telemetry/log.stdout.ts";

export interface BookkeepingOptions {
  readonly config: Config;
  readonly database: Connections;
  /** The name of this run of the program. */
  readonly epoch: string;
  readonly log: Log;
  /** One line for a person at the terminal. */
  readonly say: (line: string) => void;
  /** Told after each commit. */
  readonly onClosed: (row: CallRow) => void;
  /** Told how many programs live on this database. */
  readonly onNodes: (living: number) => void;
}

export interface Bookkeeping {
  readonly ledger: PgLedger;
  readonly idempotency: IdempotencyStore;
  /** Ends the work beside the calls; the ledger still closes. */
  stopSweeping(): Promise<void>;
  /** Commits what is open and ends the ledger. */
  stop(): Promise<void>;
}

/** What an unclean stop left in the journals is closed before this returns. */
export async function startBookkeeping({ config, database, epoch, log, say, onClosed, onNodes }: BookkeepingOptions): Promise<Bookkeeping> {
  const { worker, workerConfig: connection } = database;
  const holdTtlSeconds = config.HOLD_TTL_SECONDS;
  const journalDir = join(config.dataDir, "journal");
  const node = { host: hostname(), pid: process.pid };
  await heartbeat({ worker, epoch, ...node });
  const journal = new Journal(journalDir, epoch);
  const idempotency = idempotencyIn(worker, { epoch, holdTtlSeconds });
  const ledger = createLedger({ idempotency, connection, epoch, holdTtlSeconds, journal, log, onClosed });
  const recovered = await recoverFromJournals({ worker, ledger, epoch, journalDir, log });
  if (recovered.charged + recovered.givenBack > 0)
    say(`Recovered after an unclean stop: ${recovered.charged} calls charged for what they produced, ${recovered.givenBack} holds given back.`);
  const sweep = startSweep({ worker, ledger, epoch, ...node, journalDir, intervalMs: config.SWEEP_INTERVAL_MS, holdTtlSeconds, log, onNodes });
  const lostResponses = startLostResponses({ worker, everyMs: config.SWEEP_INTERVAL_MS, log });
  const summing = startSumming({ worker, days: config.GENERATION_RETENTION_DAYS, log });
  const retention = startRetention({ worker, days: config.GENERATION_RETENTION_DAYS, log });
  return {
    ledger,
    idempotency,
    stopSweeping: async () => {
      retention.stop();
      await Promise.all([sweep.stop(), lostResponses.stop(), summing.stop()]);
    },
    stop: async () => {
      await ledger.stop();
      journal.close();
    },
  };
}
