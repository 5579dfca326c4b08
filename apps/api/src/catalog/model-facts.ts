/** What models can do and how much they take, from a dated snapshot (`scripts/refresh-model-facts.ts` renews it). */
import { z } from "zod";
import type { Capability, ProviderKind } from "@switchyard/shared/domain/catalog";
import { capabilitiesByName, chatTranscribes } from "./model-purposes.ts";
import snapshot from "./model-facts.json" with { type: "json" };

export interface ModelFacts {
  readonly contextWindow?: number | undefined;
  readonly maxOutput?: number | undefined;
  readonly capabilities: readonly Capability[];
}

const facts = z
  .object({
    source: z.string(),
    taken: z.string(),
    providers: z.record(z.string(), z.object({ host: z.string(), models: z.record(z.string(), z.tuple([z.int(), z.int(), z.string()])) })),
  })
  .parse(snapshot);

export const FACTS_SOURCE = `${facts.source}, ${facts.taken}`;

/** The ids of the models that are known of a kind of provider. */
export const knownModels = (kind: ProviderKind): readonly string[] => Object.keys(facts.providers[kind]?.models ?? {});

/** @returns undefined for a model that neither the snapshot has nor its name tells of: then nothing is known, and nothing is refused */
export function factsOf(provider: { readonly kind: ProviderKind; readonly baseUrl: string }, model: string): ModelFacts | undefined {
  const name = provider.kind === "openai-compatible" ? nameByHost(provider.baseUrl) : provider.kind;
  if (name === undefined) return undefined;
  const found = facts.providers[name]?.models[model];
  const named = capabilitiesByName(name, model);
  if (!found) return named && { capabilities: named };
  const [contextWindow, maxOutput, letters] = found;
  return {
    ...(contextWindow > 0 ? { contextWindow } : {}),
    ...(maxOutput > 0 ? { maxOutput } : {}),
    capabilities: [...new Set([...(named ?? []), ...capabilitiesOf(name, model, letters)])],
  };
}

function nameByHost(baseUrl: string): string | undefined {
  if (!URL.canParse(baseUrl)) return undefined;
  const { hostname } = new URL(baseUrl);
  return Object.entries(facts.providers).find(([, { host }]) => hostname === host || hostname.endsWith(`.${host}`))?.[0];
}

/**
 * The snapshot tells sight and thinking, and lists only models that take tools. What it does not tell is taken as possible:
 * a capability that is missing here is refused before the provider is asked.
 */
function capabilitiesOf(provider: string, model: string, letters: string): Capability[] {
  const sees = letters.includes("v");
  const isGemini = provider === "google" || (provider === "openrouter" && model.startsWith("google/"));
  return [
    "chat",
    "tools",
    "json",
    ...(sees ? (["vision"] as const) : []),
    ...(sees || provider === "openrouter" ? (["pdf"] as const) : []),
    ...(letters.includes("r") ? (["reasoning"] as const) : []),
    ...(isGemini || provider === "openrouter" || /audio|voxtral/.test(model) ? (["audio"] as const) : []),
    ...(chatTranscribes(provider, model) ? (["transcription"] as const) : []),
  ];
}
