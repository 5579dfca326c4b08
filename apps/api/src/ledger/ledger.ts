/** The ledger as the flow of a call sees it: hold, then exactly one closing. Only Postgres decides. */
import type { BudgetId, CallId, KeyId, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import type { CallRecord } from "@switchyard/shared/domain/call";

export interface HoldRequest {
  readonly callId: CallId;
  readonly workspaceId: WorkspaceId;
  readonly amount: NanoUsd;
  readonly budgetIds: readonly BudgetId[];
  readonly keyId: KeyId | undefined;
  readonly modelAsked: string;
  readonly stream: boolean;
}

export type HoldAnswer =
  | { readonly kind: "held" }
  /** `available` is what the wallet or the narrowest budget could still cover, in nano-dollars. */
  | { readonly kind: "short"; readonly of: "wallet" | "budget"; readonly available: NanoUsd }
  | { readonly kind: "frozen" }
  /** The database cannot promise anything just now. */
  | { readonly kind: "unavailable"; readonly detail: string };

/** A record whose `cost` is the true cost; `void` gives the hold back and charges nothing. */
export interface CloseRequest {
  readonly record: CallRecord;
  readonly void: boolean;
}

export type CloseAnswer =
  /** Committed. `writtenOff` is the part of the true cost that hold and free money could not cover. */
  | { readonly kind: "closed"; readonly charged: NanoUsd; readonly writtenOff: NanoUsd }
  /** The database is away: safe on disk, will be committed when it is back. */
  | { readonly kind: "journaled" };

export interface Ledger {
  /** Committed when it answers `held`. */
  hold(request: HoldRequest): Promise<HoldAnswer>;
  /** Exactly once for each call id, however often it is asked. */
  close(request: CloseRequest): Promise<CloseAnswer>;
  /**
   * Notes how far an open call has come, so that a crash charges what was produced.
   * Cheap: `current` is asked at most once a second or every 4 KiB of output.
   */
  progress(callId: CallId, outputBytes: number, current: () => CloseRequest): void;
  /** Writes the record of a call that never held money; does not wait. */
  record(record: CallRecord): void;
  /** False when calls must be refused: too much waits to be committed. */
  ready(): boolean;
}
