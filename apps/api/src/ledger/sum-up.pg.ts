/** Sums up calls by half hours, so that a month of them adds up in a moment; several programs take turns. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { startRounds, type Rounds } from "@switchyard/shared/kernel/rounds";

export interface SummingOptions {
  readonly worker: Kysely<Database>;
  /** Days a call's record is kept. */
  readonly days: number;
  readonly log: { warn(what: string, facts: Record<string, unknown>): void };
  /** Milliseconds between two rounds. */
  readonly everyMs?: number;
}

const EVERY_MS = 60_000;
/** Half hours in one transaction, if there is time for as many: a day. */
const AT_ONCE = 48;

/** Until everything that can be is summed up, by this program or another. @throws when the database cannot be asked */
export async function sumUpCalls(worker: Kysely<Database>, days: number, stopped: () => boolean = () => false): Promise<void> {
  for (let done = AT_ONCE; done > 0 && !stopped();) {
    const { rows } = await sql<{ done: number }>`select ledger.sum_up_calls(${AT_ONCE}::int, ${days}::int) as done`.execute(worker);
    done = rows[0]?.done ?? 0;
  }
}

/** The first round begins at once: after a change of versions everything may have to be summed up. */
export function startSumming({ worker, days, log, everyMs = EVERY_MS }: SummingOptions): Rounds {
  let isStopped = false;
  const round = (): Promise<void> => sumUpCalls(worker, days, () => isStopped);
  const failed = (cause: unknown): void => log.warn("calls could not be summed up; pages that add them up are slower meanwhile", { cause: String(cause) });
  const first = round().catch(failed);
  const rounds = startRounds(everyMs, round, failed);
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all([first, rounds.stop()]);
    },
  };
}
