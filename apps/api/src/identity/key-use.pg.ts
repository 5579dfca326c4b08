/** Writes down now and then when keys were last used. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { startRounds } from "@switchyard/shared/kernel/rounds";
import type { KeyUse, KeyUsed } from "./key-use.ts";

/** The console shows minutes; a row of a busy key is written once in this time, in milliseconds. */
const EVERY_MS = 10_000;

export interface KeyUseOptions {
  readonly worker: Kysely<Database>;
  readonly uses: KeyUse;
  readonly log: { warn(what: string, facts: Record<string, unknown>): void };
  readonly everyMs?: number;
}

/** Writes until stopped; `stop` writes what is left. What the database does not take is tried again the next time. */
export function startKeyUse({ worker, uses, log, everyMs = EVERY_MS }: KeyUseOptions): { stop(): Promise<void> } {
  const flush = async (): Promise<void> => {
    const notes = uses.take();
    try {
      await writeKeyUse(worker, notes);
    } catch (error) {
      uses.putBack(notes);
      throw error;
    }
  };
  const failed = (cause: unknown): void => log.warn("when keys were last used could not be written", { cause: String(cause) });
  const rounds = startRounds(everyMs, flush, failed);
  return {
    async stop() {
      await rounds.stop();
      await flush().catch(failed);
    },
  };
}

/**
 * Never sets a time back, whatever other programs wrote meanwhile. Rows are locked in the order of their ids, so that
 * programs that write the same keys wait for each other instead of ending in a deadlock.
 */
export async function writeKeyUse(worker: Kysely<Database>, notes: readonly KeyUsed[]): Promise<void> {
  if (notes.length === 0) return;
  await sql`
    with used as (
      select k.workspace_id, k.id, u.at
        from unnest(${notes.map((note) => note.workspaceId)}::uuid[], ${notes.map((note) => note.keyId)}::uuid[], ${notes.map((note) => new Date(note.at))}::timestamptz[]) u(workspace_id, id, at)
        join switchyard.api_keys k on k.workspace_id = u.workspace_id and k.id = u.id
       order by k.workspace_id, k.id for no key update of k)
    update switchyard.api_keys k set last_used_at = used.at from used
     where k.workspace_id = used.workspace_id and k.id = used.id and (k.last_used_at is null or k.last_used_at < used.at)`.execute(worker);
}
