/** What a door asks of the flow of a call, and what it hears of it. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { Usage } from "@switchyard/shared/domain/usage";
import type { Failure } from "@switchyard/shared/kernel/failure";
import type { CallId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import type { LimitVerdict } from "../limits/limiter.ts";
import type { Operation, Reply } from "../providers/provider.ts";
import type { Job } from "./job.ts";

/** What a request says beside its job. */
export interface CallOrigin {
  /** The client's network address. */
  readonly address: string;
  /** What the caller says belongs together, for caches of providers; undefined when it says nothing. */
  readonly session?: string | undefined;
  /** The header of that name, as it came. */
  readonly idempotencyKey: string | undefined;
  /** What the request wants of the response cache, as it came. */
  readonly cache: string | undefined;
}

export interface CallAsk {
  readonly principal: KeyPrincipal;
  readonly job: Job;
  readonly origin: CallOrigin;
  /** Awaited once the worst case is held and before anything is sent. What it throws ends the call, and gives the hold back. */
  readonly onHeld?: ((head: CallHead) => Promise<void>) | undefined;
}

/** What every answer says about its call. */
export interface CallHead {
  readonly callId: CallId;
  /** The public form of the call's id. */
  readonly generationId: string;
  readonly provider: string | undefined;
  readonly attempts: number;
  readonly overheadMs: number;
  readonly limits: LimitVerdict | undefined;
  /** When the call began, which is when its limits were asked. */
  readonly at: EpochMs;
  /** An answer that was given before, to the same idempotency key; the head is that of the call that gave it. */
  readonly replayed?: true;
  /** Whether the answer was kept from an earlier call; absent when nobody asked for that. */
  readonly cache?: "hit" | "miss" | undefined;
}

/** The charge of a call that ended well. */
export interface Bill {
  readonly usage: Usage;
  readonly cost: NanoUsd;
}

/** What a door hears, in order: `refused` alone, `reply` alone, or `opened`, `frames`…, then `done` or `broken`. */
export type CallEvent =
  /** `of` is the call that the same request was before, where that is why it is not carried out again. */
  | { readonly kind: "refused"; readonly head: CallHead; readonly failure: Failure; readonly of?: CallId | undefined }
  | { readonly kind: "reply"; readonly head: CallHead; readonly operation: Operation; readonly model: CatalogModel; readonly reply: Reply; readonly bill: Bill }
  | { readonly kind: "opened"; readonly head: CallHead; readonly operation: Operation; readonly model: CatalogModel }
  | { readonly kind: "frames"; readonly bytes: Buffer }
  /** Settled: committed, or safe in the journal while Postgres is away. */
  | { readonly kind: "done"; readonly bill: Bill }
  /** Broke off after content; what was produced is settled. */
  | { readonly kind: "broken"; readonly failure: Failure };
