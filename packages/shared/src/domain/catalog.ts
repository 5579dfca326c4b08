/** Providers, models, groups and targets as routing sees them. */
import type { GroupId, ModelId, ProviderId, ProviderKeyId, WorkspaceId } from "../kernel/id.ts";
import type { Limit } from "./limit.ts";
import type { Price } from "./price.ts";
import type { RoutingPolicy } from "./routing.ts";
import type { Strategy } from "./strategy.ts";

export const PROVIDER_KINDS = ["openai", "anthropic", "google", "xai", "openrouter", "openai-compatible", "sandbox"] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/** What a model is for. One that lists none of these is taken to be for anything. */
export const PURPOSES = ["chat", "completions", "embeddings", "images", "transcription", "speech", "moderation", "rerank"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What a model can do: what it is for, and what not every model of that purpose can. */
export const CAPABILITIES = [...PURPOSES, "tools", "vision", "json", "reasoning", "audio", "pdf"] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const isPurpose = (capability: Capability): capability is Purpose => (PURPOSES as readonly Capability[]).includes(capability);

/** One of several keys of a provider. Its secret is known to who sends the request alone. */
export interface ProviderKey {
  readonly id: ProviderKeyId;
  readonly name: string;
  /** Its end, behind an ellipsis. */
  readonly masked: string;
  /** Its share of the attempts; with 0 it serves when no other can. */
  readonly weight: number;
}

export interface CatalogProvider {
  readonly id: ProviderId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly kind: ProviderKind;
  /** Origin and path prefix, without a trailing slash; empty for `sandbox`. */
  readonly baseUrl: string;
  readonly enabled: boolean;
  /** What its operator lets through to it, all callers together. */
  readonly limits: readonly Limit[];
  /** On this machine or in a private network, as configured or as its address tells. */
  readonly local: boolean;
  /** How often it is asked whether it is there, in seconds; undefined: never, what calls tell is enough. */
  readonly probeSeconds: number | undefined;
  /** Whether it speaks OpenAI's Responses itself, where its operator says so; else its kind and its address tell. */
  readonly responses?: boolean | undefined;
  /** After so many questions in a row without an answer it is down. */
  readonly probeFailures: number;
  /** Those among which every attempt has a choice, in the operator's order; absent where there is one, or none. */
  readonly keys?: readonly ProviderKey[];
}

/** A model of one provider. Without a price it cannot be called. */
export interface CatalogModel {
  readonly id: ModelId;
  readonly provider: CatalogProvider;
  /** The name the provider knows it by. */
  readonly name: string;
  readonly contextWindow: number | undefined;
  /** The most tokens it can produce in one call. */
  readonly maxOutput: number | undefined;
  /** Empty when nobody has said what it can: then nothing is refused for it. */
  readonly capabilities: readonly Capability[];
  readonly price: Price | undefined;
  readonly enabled: boolean;
}

/** A provider's model in a group, with its place in the order: lowest priority number first. */
export interface Target {
  readonly model: CatalogModel;
  readonly priority: number;
  /** Its share under the strategy `weighted`. */
  readonly weight: number;
}

export interface CatalogGroup {
  readonly id: GroupId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly strategy: Strategy;
  readonly targets: readonly Target[];
  /** The group's own settings over those of its owner over the defaults. */
  readonly policy: RoutingPolicy;
}

/** Another name for a group or a model of the same owner. */
export interface CatalogAlias {
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  /** A group, or `provider/model`. */
  readonly stands: string;
}
