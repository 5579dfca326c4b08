/** Holds that nobody will close any more: recovered from the journal of a dead program, or given back. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { startRounds } from "@switchyard/shared/kernel/rounds";
import type { CallRow } from "./call-row.ts";
import { deadJournals } from "./journal.fs.ts";
import type { LedgerLog, PgLedger } from "./ledger.pg.ts";

const HEARTBEAT_MS = 5_000;
const SWEEP_MOST = 500;

/** What an open hold still tells of its call. */
interface OpenHold {
  readonly workspace_id: string;
  readonly id: string;
  readonly key_id: string | null;
  readonly model_asked: string;
  readonly stream: boolean;
  readonly amount: bigint;
  readonly created_at: Date;
}

export interface SweepOptions {
  readonly worker: Kysely<Database>;
  readonly ledger: PgLedger;
  readonly epoch: string;
  readonly host: string;
  readonly pid: number;
  readonly journalDir: string;
  readonly intervalMs: number;
  readonly holdTtlSeconds: number;
  readonly log: LedgerLog;
  /** Told with every beat how many programs live, this one included. */
  readonly onNodes: (living: number) => void;
}

/** Tells the others that this program lives. Must have happened before its first hold. */
export async function heartbeat({ worker, epoch, host, pid }: Pick<SweepOptions, "worker" | "epoch" | "host" | "pid">): Promise<void> {
  await sql`select ledger.heartbeat(${epoch}::uuid, ${host}, ${pid}::int)`.execute(worker);
}

/**
 * Closes what dead programs of this machine left open: what their journal knows is charged, the rest is given back.
 * @returns how many calls were charged and how many holds were given back.
 */
export async function recoverFromJournals(
  options: Pick<SweepOptions, "worker" | "ledger" | "epoch" | "journalDir" | "log">,
): Promise<{ charged: number; givenBack: number }> {
  const { worker, ledger, epoch, journalDir, log } = options;
  let charged = 0;
  let givenBack = 0;
  for (const journal of deadJournals(journalDir, epoch)) {
    const holds = await sql<OpenHold>`select * from ledger.open_holds_of(${journal.epoch}::uuid)`.execute(worker);
    const answers = await Promise.all(
      holds.rows.map((hold) => {
        const line = journal.lines.get(hold.id);
        if (!line || line.void) {
          givenBack++;
          return ledger.closeRow(line ? line.row : abandonedRow(hold), true);
        }
        charged++;
        return ledger.closeRow(
          line.event === "final"
            ? line.row
            : {
                ...line.row,
                outcome: "recovered",
                usage_basis: "recovered",
                error_code: "upstream_incomplete",
                error_text: "The gateway stopped while this call was running.",
              },
          false,
        );
      }),
    );
    if (answers.every((answer) => answer.kind === "closed")) journal.forget();
    if (holds.rows.length > 0) log.warn("recovered the open calls of a program that stopped without warning", { epoch: journal.epoch, charged, givenBack });
  }
  return { charged, givenBack };
}

async function beatOnce(options: SweepOptions): Promise<void> {
  await heartbeat(options);
  const found = await sql<{ living: number }>`select ledger.living() as living`.execute(options.worker);
  options.onNodes(Math.max(1, found.rows[0]?.living ?? 1));
}

/** Beats and sweeps until stopped. */
export function startSweep(options: SweepOptions): { stop(): Promise<void> } {
  const { worker, ledger, epoch, log } = options;
  const beatQuietly = (): void => {
    beatOnce(options).catch((error) => log.warn("the heartbeat did not reach the database", { cause: String(error) }));
  };
  const beat = setInterval(beatQuietly, HEARTBEAT_MS);
  beatQuietly();
  const sweep = startRounds(
    options.intervalMs,
    () => sweepOnce(options),
    (error) => log.warn("the sweep did not reach the database", { cause: String(error) }),
  );
  beat.unref();
  return {
    async stop() {
      clearInterval(beat);
      await sweep.stop();
      if (ledger.active().length === 0) await sql`select ledger.leave(${epoch}::uuid)`.execute(worker).catch(() => {}); // others notice by themselves after 30 s
    },
  };
}

async function sweepOnce({ worker, ledger, epoch, holdTtlSeconds, log }: SweepOptions): Promise<void> {
  const mine = ledger.active();
  const holds = await sql<OpenHold>`select * from ledger.abandoned(${epoch}::uuid, ${mine}::uuid[], ${holdTtlSeconds}::int, ${SWEEP_MOST}::int)`.execute(
    worker,
  );
  if (holds.rows.length === 0) return;
  await Promise.all(holds.rows.map((hold) => ledger.closeRow(abandonedRow(hold), true)));
  log.warn("gave back holds that nobody was working on", { holds: holds.rows.length });
}

/** The record of a call of which only the hold is known. */
function abandonedRow(hold: OpenHold): CallRow {
  return {
    workspace_id: hold.workspace_id,
    id: hold.id,
    at: hold.created_at.toISOString(),
    surface: "chat",
    outcome: "recovered",
    http_status: 503,
    stream: hold.stream,
    key_id: hold.key_id,
    user_id: null,
    model_asked: hold.model_asked,
    group_name: null,
    provider_name: null,
    model_name: null,
    attempts: [],
    input_tokens: 0,
    cached_input_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    usage_basis: "none",
    usage_suspect: false,
    price_id: null,
    held: hold.amount.toString(),
    cost: "0",
    charged: "0",
    queue_ms: 0,
    first_token_ms: null,
    total_ms: 0,
    overhead_ms: 0,
    finish_reason: null,
    error_code: "service_unavailable",
    error_text: "The gateway stopped before this call was sent or answered.",
  };
}
