/** Every kind of provider that can be called: one line each. */
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import { anthropicWire } from "./anthropic/adapter.ts";
import { openaiCompatibleWire } from "./openai-compatible/adapter.ts";
import { openaiWire } from "./openai/adapter.ts";
import type { ChatWire, ProviderAdapter } from "./provider.ts";
import { sandboxAdapter, type SandboxPorts } from "./sandbox/adapter.ts";

export interface RegistryPorts {
  /** Puts a wire on the network. */
  readonly overHttp: (wire: ChatWire) => ProviderAdapter;
  readonly sandbox: SandboxPorts;
}

/** Finds the adapter of a kind. @returns undefined for kinds that cannot be called yet. */
export type ProviderRegistry = (kind: ProviderKind) => ProviderAdapter | undefined;

export function createRegistry({ overHttp, sandbox }: RegistryPorts): ProviderRegistry {
  const adapters: Readonly<Partial<Record<ProviderKind, ProviderAdapter>>> = {
    openai: overHttp(openaiWire),
    "openai-compatible": overHttp(openaiCompatibleWire),
    anthropic: overHttp(anthropicWire),
    sandbox: sandboxAdapter(sandbox),
  };
  return (kind) => adapters[kind];
}
