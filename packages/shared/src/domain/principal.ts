/** Who is asking: the only way into tenant data. */
import type { BudgetId, KeyId, UserId, WorkspaceId } from "../kernel/id.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { CallerLimits } from "./limit.ts";

export const ROLES = ["owner", "admin", "member"] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ["inference", "operator"] as const;
export type Scope = (typeof SCOPES)[number];

/** A caller with an API key. */
export interface KeyPrincipal {
  readonly kind: "key";
  readonly workspaceId: WorkspaceId;
  readonly workspaceName: string;
  readonly keyId: KeyId;
  readonly keyName: string;
  readonly userId: UserId | undefined;
  readonly scopes: readonly Scope[];
  /** Groups and models the key may use, by name; undefined means all. */
  readonly groups: readonly string[] | undefined;
  /** What its calls are counted under; `member` is the person who made the key, `address` each place it is used from. */
  readonly limits: CallerLimits;
  /** How long answers to its calls are kept, in seconds; 0: not; undefined: as the group says. */
  readonly cacheSeconds: number | undefined;
  readonly budgetIds: readonly BudgetId[];
  readonly expiresAt: EpochMs | undefined;
  readonly enabled: boolean;
}

/** A person signed in to the console, in one workspace. */
export interface UserPrincipal {
  readonly kind: "user";
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly email: string;
  readonly role: Role;
  readonly operator: boolean;
}

/** The program itself, for one workspace (bootstrap, declarative configuration). */
export interface SystemPrincipal {
  readonly kind: "system";
  readonly workspaceId: WorkspaceId;
}

export type Principal = KeyPrincipal | UserPrincipal | SystemPrincipal;
