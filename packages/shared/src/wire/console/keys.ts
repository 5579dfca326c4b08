/** API keys: never their secrets, but for the one time when a key is made. */
import type { Limit } from "../../domain/limit.ts";
import type { Scope } from "../../domain/principal.ts";

export type KeyState = "active" | "disabled" | "expired" | "revoked";

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  /** `sy-ab…wxyz` */
  readonly masked: string;
  readonly state: KeyState;
  readonly scopes: readonly Scope[];
  readonly groups: readonly string[] | undefined;
  readonly limits: readonly Limit[];
  /** How long answers to its calls are kept, in seconds; 0: not; undefined: as the group says. */
  readonly cacheSeconds: number | undefined;
  readonly budget: { readonly cap: bigint; readonly used: bigint; readonly held: bigint; readonly windowDays: number | undefined } | undefined;
  readonly expiresAt: Date | undefined;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

export interface NewKey {
  readonly name: string;
  readonly groups?: readonly string[] | undefined;
  readonly requestsPerMinute?: number | undefined;
  /** Further limits. */
  readonly limits?: readonly Limit[] | undefined;
  readonly cacheSeconds?: number | undefined;
  /** Decimal dollars, such as "5.00". */
  readonly budgetUsd?: string | undefined;
  readonly budgetWindowDays?: number | undefined;
  readonly expiresAt?: Date | undefined;
}

/** What `keys.create` answers; the secret is never shown again. */
export interface CreatedKey {
  readonly key: KeyRow;
  readonly secret: string;
}
