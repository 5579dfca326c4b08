/** Reads a workspace's wallet and the entries that made it what it is. */
import { sql } from "kysely";
import { toId, type Id } from "@switchyard/shared/kernel/id";
import type { Wallet } from "@switchyard/shared/wire/console/wallet";
import type { PrincipalTx } from "../as-principal.pg.ts";
import { entryRow, type StoredEntryRow } from "./entry-row.ts";

/** The wallet in nano-dollars. A workspace that never had one has an empty one. */
export async function getWallet(tx: PrincipalTx): Promise<Wallet> {
  const found = await sql<{ posted: bigint; held: bigint; overdraft: bigint; frozen: boolean; open_holds: number }>`
    select w.posted, w.held, w.overdraft, w.frozen, w.open_holds
      from ledger.wallets w`.execute(tx);
  const wallet = found.rows[0];
  if (!wallet) return { posted: 0n, held: 0n, available: 0n, frozen: false, openHolds: 0 };
  return {
    posted: wallet.posted,
    held: wallet.held,
    available: wallet.posted - wallet.held + wallet.overdraft,
    frozen: wallet.frozen,
    openHolds: wallet.open_holds,
  };
}

/** A page of entries, newest first. */
export interface EntryPage {
  readonly items: readonly StoredEntryRow[];
  readonly next: Id<"entry"> | undefined;
}

/**
 * The entries before the given one. The cursor is an entry's id and not its place in the order, for that counts the
 * entries of everybody.
 * @returns undefined when there is no such entry in this workspace
 */
export async function listEntries(tx: PrincipalTx, ask: { before?: Id<"entry"> | undefined; limit: number }): Promise<EntryPage | undefined> {
  const { before, limit } = ask;
  const from = before === undefined ? undefined : await tx.selectFrom("ledger.entries").select("seq").where("id", "=", before).executeTakeFirst();
  if (before !== undefined && !from) return undefined;
  let query = tx
    .selectFrom("ledger.entries")
    .selectAll()
    .orderBy("seq", "desc")
    .limit(limit + 1);
  if (from) query = query.where("seq", "<", from.seq);
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(entryRow);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, next: last && toId("entry", last.id) };
}
