/** Providers, their keys and models, and how they are. */
import type { Capability, ProviderKind } from "../../domain/catalog.ts";
import type { Limit } from "../../domain/limit.ts";
import type { HealthState } from "../../domain/routing.ts";
import type { PriceRow } from "./prices.ts";

/** How a provider's model serves, with the evidence: attempts of the last five minutes as this program counts them. */
export interface HealthRow {
  readonly state: HealthState;
  readonly answered: number;
  readonly failed: number;
  readonly lastFailure: { readonly at: Date; readonly reason: string; readonly status: number | undefined } | undefined;
  readonly lastAnswerAt: Date | undefined;
  /** When it was left alone, until when, and after what. */
  readonly rest: { readonly since: Date; readonly until: Date; readonly reason: string } | undefined;
  readonly firstTokenMs: number | undefined;
  readonly tokensPerSecond: number | undefined;
}

export interface ModelRow {
  readonly health: HealthRow;
  readonly id: string;
  readonly name: string;
  readonly contextWindow: number | undefined;
  readonly maxOutput: number | undefined;
  readonly capabilities: readonly Capability[];
  readonly enabled: boolean;
  readonly price: PriceRow | undefined;
}

/** One key of a provider: never its secret. */
export interface ProviderKeyRow {
  readonly name: string;
  /** Its end, behind an ellipsis. */
  readonly masked: string;
  /** Its share of the calls among several; with 0 it serves when no other can. */
  readonly weight: number;
  readonly state: HealthState;
  readonly rest: HealthRow["rest"];
}

export interface ProviderRow {
  readonly id: string;
  readonly name: string;
  readonly kind: ProviderKind;
  /** Shown to whoever may edit it, else undefined. */
  readonly baseUrl: string | undefined;
  readonly enabled: boolean;
  /** Owned by the platform and shared with every workspace. */
  readonly shared: boolean;
  readonly hasKey: boolean | undefined;
  /** Shown to whoever may edit it. */
  readonly keys: readonly ProviderKeyRow[] | undefined;
  readonly models: readonly ModelRow[];
  /** Its own state, and that of its models. */
  readonly health: HealthState;
  /** When routing leaves it alone until then, and why. */
  readonly resting: { readonly until: Date; readonly reason: string } | undefined;
}

/** A provider as an operator changes it: all but its models, and of its keys all but the secrets. Null: as its address, or the settings for all, say. */
export interface ProviderEditRow {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly limits: readonly Limit[];
  readonly local: boolean | null;
  readonly probeSeconds: number | null;
  /** Whether it is asked for OpenAI's Responses in their own wire. */
  readonly responses: boolean | null;
  /** In their order; one without its end cannot be opened and does not serve. */
  readonly keys: readonly { readonly name: string; readonly masked: string | null; readonly weight: number }[];
  readonly revision: string;
  readonly fromFile: boolean;
}

/** What would miss a provider, or one of its models. */
export interface ProviderUsesRow {
  readonly models: number;
  /** How many of each group's targets would go, and how many would be left. */
  readonly groups: readonly { readonly name: string; readonly targets: number; readonly left: number }[];
  readonly aliases: readonly string[];
  /** How many keys list one of the models. */
  readonly keys: number;
}

/** What is wrong with a provider that was tried. `key_unsealed`: its key was sealed with another SECRET_KEY. */
export const TEST_FAILURES = [
  "forbidden",
  "private",
  "unreachable",
  "slow",
  "large",
  "invalid",
  "key_refused",
  "key_unsealed",
  "redirect",
  "no_list",
  "status",
] as const;

export type TestFailure = (typeof TEST_FAILURES)[number];

export interface TestedProviderRow {
  readonly failure: TestFailure | undefined;
  readonly status: number | undefined;
  /** How many models its list has, or the first page of it. */
  readonly models: number | undefined;
  readonly ms: number;
}
