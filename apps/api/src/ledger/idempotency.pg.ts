/** Idempotency keys in Postgres: placed with their hold in one transaction, judged by it ever after. */
import { sql, type Kysely } from "kysely";
import type { Database } from "@switchyard/db/schema";
import { toId } from "@switchyard/shared/kernel/id";
import { nano, type NanoUsd } from "@switchyard/shared/kernel/money";
import { storable } from "./call-row.ts";
import type { HoldRequest, IdempotencyClaim, IdempotencyStore } from "./ledger.ts";

export interface IdempotentPlacing extends IdempotencyStore {
  /** A hold with its key, both or neither. @throws when the outcome is unknown */
  place(request: HoldRequest, claim: IdempotencyClaim): Promise<{ readonly outcome: string; readonly available: NanoUsd | undefined }>;
}

export function idempotencyIn(worker: Kysely<Database>, { epoch, holdTtlSeconds }: { epoch: string; holdTtlSeconds: number }): IdempotentPlacing {
  return {
    async find(workspaceId, { key, surface }) {
      const found = await sql<{ call_id: string; fingerprint: Buffer; state: "running" | "answered" | "free"; answer: Buffer | null }>`
        select call_id, fingerprint, state, answer from ledger.find_idempotent(${workspaceId}::uuid, ${key}, ${surface})`.execute(worker);
      const [row] = found.rows;
      return row && { callId: toId("call", row.call_id), fingerprint: row.fingerprint, state: row.state, answer: row.answer ?? undefined };
    },
    async keep(workspaceId, { key, surface }, callId, answer) {
      await sql`select ledger.keep_answer(${workspaceId}::uuid, ${key}, ${surface}, ${callId}::uuid, ${answer})`.execute(worker);
    },
    async place(request, { key, surface, fingerprint }) {
      const op = {
        workspace_id: request.workspaceId,
        id: request.callId,
        amount: request.amount.toString(),
        budget_ids: request.budgetIds,
        key_id: request.keyId ?? null,
        model_asked: storable(request.modelAsked, 200),
        stream: request.stream,
      };
      const placed = await sql<{ outcome: string; available: bigint | null }>`
        select outcome, available from ledger.place_idempotent(${JSON.stringify(op)}::jsonb, ${epoch}::uuid, ${holdTtlSeconds}::int, ${key}, ${surface}, ${fingerprint})`.execute(
        worker,
      );
      const [row] = placed.rows;
      if (!row) throw new Error("the ledger gave no outcome");
      return { outcome: row.outcome, available: row.available === null ? undefined : nano(row.available) };
    },
  };
}
