/** Models and list prices of the providers that a key in the environment registers at the first start. */

interface BuiltinModel {
  readonly id: string;
  readonly contextWindow: number;
  readonly maxOutput: number;
  readonly capabilities: readonly string[];
  /** Dollars per million tokens. */
  readonly price: Readonly<Record<string, string>>;
}

const FULL = ["chat", "tools", "vision", "json"];

/** https://platform.openai.com/docs/pricing, standard tier. */
const OPENAI: readonly BuiltinModel[] = [
  {
    id: "gpt-4o",
    contextWindow: 128_000,
    maxOutput: 16_384,
    capabilities: FULL,
    price: { inputPerMillion: "2.50", cachedInputPerMillion: "1.25", outputPerMillion: "10.00" },
  },
  {
    id: "gpt-4o-mini",
    contextWindow: 128_000,
    maxOutput: 16_384,
    capabilities: FULL,
    price: { inputPerMillion: "0.15", cachedInputPerMillion: "0.075", outputPerMillion: "0.60" },
  },
  {
    id: "gpt-4.1",
    contextWindow: 1_047_576,
    maxOutput: 32_768,
    capabilities: FULL,
    price: { inputPerMillion: "2.00", cachedInputPerMillion: "0.50", outputPerMillion: "8.00" },
  },
  {
    id: "gpt-4.1-mini",
    contextWindow: 1_047_576,
    maxOutput: 32_768,
    capabilities: FULL,
    price: { inputPerMillion: "0.40", cachedInputPerMillion: "0.10", outputPerMillion: "1.60" },
  },
  {
    id: "gpt-4.1-nano",
    contextWindow: 1_047_576,
    maxOutput: 32_768,
    capabilities: FULL,
    price: { inputPerMillion: "0.10", cachedInputPerMillion: "0.025", outputPerMillion: "0.40" },
  },
];

/** https://www.anthropic.com/pricing; cache writes at the five-minute price. */
const ANTHROPIC: readonly BuiltinModel[] = [
  {
    id: "claude-sonnet-4-5",
    contextWindow: 200_000,
    maxOutput: 64_000,
    capabilities: [...FULL, "reasoning"],
    price: { inputPerMillion: "3.00", cacheReadPerMillion: "0.30", cacheWritePerMillion: "3.75", outputPerMillion: "15.00" },
  },
  {
    id: "claude-haiku-4-5",
    contextWindow: 200_000,
    maxOutput: 64_000,
    capabilities: [...FULL, "reasoning"],
    price: { inputPerMillion: "1.00", cacheReadPerMillion: "0.10", cacheWritePerMillion: "1.25", outputPerMillion: "5.00" },
  },
];

/** In the shape of the configuration file; only providers whose key is given. */
export function builtinProviders(keys: { readonly openai: string | undefined; readonly anthropic: string | undefined }): Record<string, unknown>[] {
  const providers: Record<string, unknown>[] = [];
  if (keys.openai !== undefined) providers.push({ name: "openai", kind: "openai", apiKey: keys.openai, models: OPENAI });
  if (keys.anthropic !== undefined) providers.push({ name: "anthropic", kind: "anthropic", apiKey: keys.anthropic, models: ANTHROPIC });
  return providers;
}
