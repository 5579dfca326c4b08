/** The ledger as the flow of a call sees it: hold, then exactly one closing. Only Postgres decides. */
import type { BudgetId, CallId, KeyId, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import type { CallRecord, Surface } from "@switchyard/shared/domain/call";

export interface HoldRequest {
  readonly callId: CallId;
  readonly workspaceId: WorkspaceId;
  readonly amount: NanoUsd;
  readonly budgetIds: readonly BudgetId[];
  readonly keyId: KeyId | undefined;
  readonly modelAsked: string;
  readonly stream: boolean;
  /** The caller's idempotency key, written down together with the hold. */
  readonly idempotency?: IdempotencyClaim | undefined;
}

/** One request of many that may be sent with one key. */
export interface IdempotencyClaim {
  readonly key: string;
  /** The door: the same key at another one is another key. */
  readonly surface: Surface;
  /** SHA-256 of the request. */
  readonly fingerprint: Buffer;
}

export interface IdempotencyStore {
  /** What the key stands for, told by its call's hold. @throws when the database cannot be asked */
  find(
    workspaceId: WorkspaceId,
    claim: IdempotencyClaim,
  ): Promise<
    { readonly callId: CallId; readonly fingerprint: Buffer; readonly state: "running" | "answered" | "free"; readonly answer: Buffer | undefined } | undefined
  >;
  /** Keeps a call's answer for who asks again, until the key is forgotten. @throws when the database cannot be asked */
  keep(workspaceId: WorkspaceId, claim: IdempotencyClaim, callId: CallId, answer: Buffer): Promise<void>;
}

export type HoldAnswer =
  | { readonly kind: "held" }
  /** `available` is what the wallet or the narrowest budget could still cover, in nano-dollars. */
  | { readonly kind: "short"; readonly of: "wallet" | "budget"; readonly available: NanoUsd }
  | { readonly kind: "frozen" }
  /** The idempotency key belongs to another call: of the same request (`taken`), or of another one (`reused`). */
  | { readonly kind: "taken" | "reused" }
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
