/** Says how an entry of the ledger is shown: its amount carries the sign of its direction. */
import type { Selectable } from "kysely";
import { toId, type CallId, type Id } from "@switchyard/shared/kernel/id";
import type { EntryRow } from "@switchyard/shared/wire/console/wallet";
import type { EntriesTable } from "../schema.ts";

/** An entry with the ids of the database. */
export type StoredEntryRow = Omit<EntryRow, "id" | "callId"> & { readonly id: Id<"entry">; readonly callId: CallId | undefined };

export function entryRow(entry: Selectable<EntriesTable>): StoredEntryRow {
  return {
    id: toId("entry", entry.id),
    at: entry.created_at,
    kind: entry.kind,
    amount: entry.direction === 1 ? entry.amount : -entry.amount,
    counterAccount: entry.counter_account,
    callId: entry.hold_id === null ? undefined : toId("call", entry.hold_id),
    actor: entry.actor ?? undefined,
    reason: entry.reason ?? undefined,
  };
}
