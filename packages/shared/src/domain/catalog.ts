/** Providers, models, groups and targets as routing sees them. */
import type { GroupId, ModelId, ProviderId, WorkspaceId } from "../kernel/id.ts";
import type { Limit } from "./limit.ts";
import type { Price } from "./price.ts";

export const PROVIDER_KINDS = ["openai", "anthropic", "google", "xai", "openrouter", "openai-compatible", "sandbox"] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

export const CAPABILITIES = ["chat", "tools", "vision", "json", "reasoning", "audio", "embeddings", "images"] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const STRATEGIES = ["priority"] as const;
export type Strategy = (typeof STRATEGIES)[number];

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
  readonly capabilities: readonly Capability[];
  readonly price: Price | undefined;
  readonly enabled: boolean;
}

/** A provider's model in a group, with its place in the order: lowest priority number first. */
export interface Target {
  readonly model: CatalogModel;
  readonly priority: number;
}

export interface CatalogGroup {
  readonly id: GroupId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly strategy: Strategy;
  readonly targets: readonly Target[];
  readonly failureKeywords: readonly string[];
}
