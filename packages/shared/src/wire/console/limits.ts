/** Limits and how much of them is used. */
import type { Limit, LimitKind } from "../../domain/limit.ts";
import type { Role } from "../../domain/principal.ts";

/** The limits of a workspace and of each of its members; those of keys are with the keys. */
export interface WorkspaceLimits {
  readonly workspace: readonly Limit[];
  readonly members: readonly { readonly id: string; readonly email: string; readonly role: Role; readonly limits: readonly Limit[] }[];
}

/** How much of one limit is used now; limits of one kind and window are counted as one. */
export interface LimitUsageRow {
  readonly kind: LimitKind;
  readonly windowSeconds: number;
  /** In the unit of the kind; nano-dollars for cost. */
  readonly used: number;
  /** When everything is free again, if nothing more is asked; undefined where nothing is used, and for calls at once. */
  readonly freeAt: Date | undefined;
  /** False when the other programs could not be asked: what they let through is not in it. */
  readonly shared: boolean;
}

export interface OwnerUsage {
  readonly id: string;
  readonly usage: readonly LimitUsageRow[];
}

/** The use of the limits of a workspace, its members, and the keys that were asked for; those without limits are left out. */
export interface LimitsUsage {
  readonly workspace: readonly LimitUsageRow[];
  readonly members: readonly OwnerUsage[];
  readonly keys: readonly OwnerUsage[];
}

/** The limits that operators set for everybody, with their use; an address is counted for itself, so that its use is not told. */
export interface PlatformLimitsRow {
  readonly address: readonly Limit[];
  readonly providers: readonly { readonly id: string; readonly name: string; readonly limits: readonly Limit[]; readonly usage: readonly LimitUsageRow[] }[];
}
