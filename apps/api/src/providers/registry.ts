/** Every kind of provider that can be called: one line each. */
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import { anthropicWires } from "./anthropic/adapter.ts";
import { googleWires } from "./google/adapter.ts";
import { openaiCompatibleWires } from "./openai-compatible/adapter.ts";
import { openaiWires } from "./openai/adapter.ts";
import { openrouterWires } from "./openrouter/adapter.ts";
import type { ProviderAdapter, ProviderWires } from "./provider.ts";
import { xaiWires } from "./xai/adapter.ts";
import { sandboxAdapter, type SandboxPorts } from "./sandbox/adapter.ts";

export interface RegistryPorts {
  /** Puts a provider's wires on the network. */
  readonly overHttp: (wires: ProviderWires) => ProviderAdapter;
  readonly sandbox: SandboxPorts;
}

/** Finds the adapter of a kind. */
export type ProviderRegistry = (kind: ProviderKind) => ProviderAdapter;

export function createRegistry({ overHttp, sandbox }: RegistryPorts): ProviderRegistry {
  const adapters: Readonly<Record<ProviderKind, ProviderAdapter>> = {
    openai: overHttp(openaiWires),
    "openai-compatible": overHttp(openaiCompatibleWires),
    anthropic: overHttp(anthropicWires),
    google: overHttp(googleWires),
    xai: overHttp(xaiWires),
    openrouter: overHttp(openrouterWires),
    sandbox: sandboxAdapter(sandbox),
  };
  return (kind) => adapters[kind];
}
