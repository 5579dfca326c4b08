/** Groups and aliases. */
import type { FailureKeyword, RoutingSettings } from "../../domain/routing.ts";
import type { Strategy } from "../../domain/strategy.ts";
import type { PriceRow } from "./prices.ts";
import type { HealthRow } from "./providers.ts";

export interface GroupRow {
  readonly id: string;
  readonly name: string;
  /** By which it is routed, whoever says so. */
  readonly strategy: Strategy;
  /** What the group itself says; the rest is its owner's. */
  readonly ownStrategy: Strategy | undefined;
  readonly shared: boolean;
  /** Named by the configuration file, which is applied again at the next start. */
  readonly fromFile: boolean;
  /** Names this state of it, for whoever changes it. */
  readonly revision: string;
  /** What the group itself sets; the rest is its owner's. */
  readonly settings: RoutingSettings;
  readonly failureKeywords: readonly FailureKeyword[];
  readonly targets: readonly {
    readonly provider: string;
    readonly model: string;
    readonly priority: number;
    readonly weight: number;
    readonly enabled: boolean;
    readonly health: HealthRow;
    readonly priced: boolean;
    readonly price: PriceRow | undefined;
  }[];
}

/** Another name for a group or a model. */
export interface AliasRow {
  readonly name: string;
  readonly model: string;
  readonly shared: boolean;
  readonly fromFile: boolean;
}

/** What would no longer find anything without a group. */
export interface GroupUsesRow {
  readonly aliases: readonly string[];
  /** How many keys list it. */
  readonly keys: number;
}
