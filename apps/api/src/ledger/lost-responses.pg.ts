/** Responses in the background whose program died: nobody will end them any more, so they are said to have failed. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { startRounds, type Rounds } from "@switchyard/shared/kernel/rounds";

export interface LostResponsesOptions {
  readonly worker: Kysely<Database>;
  /** Milliseconds between two rounds. */
  readonly everyMs: number;
  readonly log: { warn(what: string, facts: Record<string, unknown>): void };
}

/** Between the closing of a hold and the end of its response lies one transaction; a program that is late mends what is said here. */
const GRACE_SECONDS = 5;
const AT_ONCE = 200;

export const LOST = { code: "server_error", message: "The gateway stopped while this response was running." };

/** A response is under way for as long as its hold is open: the sweep closes the holds of dead programs. */
export function startLostResponses({ worker, everyMs, log }: LostResponsesOptions): Rounds {
  const round = async (): Promise<void> => {
    const count = await failLost(worker);
    if (count > 0) log.warn("responses in the background were lost with their program", { count });
  };
  return startRounds(everyMs, round, (cause) => log.warn("lost responses could not be looked for", { cause: String(cause) }));
}

async function failLost(worker: Kysely<Database>): Promise<number> {
  const lost = await sql<{ workspace_id: string; id: string; response: string }>`
    select r.workspace_id, r.id, r.response from switchyard.responses r
     where r.status in ('queued', 'in_progress') and r.created_at < clock_timestamp() - make_interval(secs => ${GRACE_SECONDS}::int)
       and not exists (select 1 from ledger.holds h where h.workspace_id = r.workspace_id and h.id = r.id
                          and (h.state = 'pending' or h.resolved_at > clock_timestamp() - make_interval(secs => ${GRACE_SECONDS}::int)))
     limit ${AT_ONCE}::int`.execute(worker);
  for (const { workspace_id: workspaceId, id, response } of lost.rows) {
    const failed = JSON.stringify({ ...(JSON.parse(response) as Record<string, unknown>), status: "failed", error: LOST });
    await sql`update switchyard.responses set status = 'failed', response = ${failed}
      where workspace_id = ${workspaceId}::uuid and id = ${id}::uuid and status in ('queued', 'in_progress')`.execute(worker);
  }
  return lost.rows.length;
}
