/** Models and list prices of the providers that a key in the environment registers at the first start. */

interface BuiltinModel {
  readonly id: string;
  readonly contextWindow: number;
  readonly maxOutput: number;
  readonly capabilities: readonly string[];
  /** As the configuration file has it. */
  readonly price: Readonly<Record<string, unknown>>;
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

/** https://ai.google.dev/gemini-api/docs/pricing, standard tier. */
const GOOGLE: readonly BuiltinModel[] = [
  {
    id: "gemini-2.5-pro",
    contextWindow: 1_048_576,
    maxOutput: 65_536,
    capabilities: [...FULL, "reasoning", "audio"],
    price: {
      inputPerMillion: "1.25",
      cachedInputPerMillion: "0.125",
      outputPerMillion: "10.00",
      tiers: [{ abovePromptTokens: 200_000, inputPerMillion: "2.50", cachedInputPerMillion: "0.25", outputPerMillion: "15.00" }],
    },
  },
  {
    id: "gemini-2.5-flash",
    contextWindow: 1_048_576,
    maxOutput: 65_536,
    capabilities: [...FULL, "reasoning", "audio"],
    price: { inputPerMillion: "0.30", cachedInputPerMillion: "0.03", audioInputPerMillion: "1.00", outputPerMillion: "2.50" },
  },
  {
    id: "gemini-2.5-flash-lite",
    contextWindow: 1_048_576,
    maxOutput: 65_536,
    capabilities: [...FULL, "reasoning", "audio"],
    price: { inputPerMillion: "0.10", cachedInputPerMillion: "0.01", audioInputPerMillion: "0.30", outputPerMillion: "0.40" },
  },
];

/** https://docs.x.ai/docs/models */
const XAI: readonly BuiltinModel[] = [
  {
    id: "grok-4",
    contextWindow: 256_000,
    maxOutput: 64_000,
    capabilities: [...FULL, "reasoning"],
    price: {
      inputPerMillion: "3.00",
      cachedInputPerMillion: "0.75",
      outputPerMillion: "15.00",
      tiers: [{ abovePromptTokens: 128_000, inputPerMillion: "6.00", cachedInputPerMillion: "1.50", outputPerMillion: "30.00" }],
    },
  },
  {
    id: "grok-3-mini",
    contextWindow: 131_072,
    maxOutput: 64_000,
    capabilities: ["chat", "tools", "json", "reasoning"],
    price: { inputPerMillion: "0.30", cachedInputPerMillion: "0.075", outputPerMillion: "0.50" },
  },
];

/** https://openrouter.ai/models: those that are priced as at their makers. */
const OPENROUTER: readonly BuiltinModel[] = [
  ...OPENAI.map((model) => ({ ...model, id: `openai/${model.id}` })),
  ...ANTHROPIC.map((model) => ({ ...model, id: `anthropic/${model.id.replace(/-(\d+)-(\d+)$/, "-$1.$2")}` })),
];

/** The kinds that a key in the environment registers, under their own names. */
const BUILTIN = { openai: OPENAI, anthropic: ANTHROPIC, google: GOOGLE, xai: XAI, openrouter: OPENROUTER } as const;
export type BuiltinKeys = Readonly<Record<keyof typeof BUILTIN, string | undefined>>;

/** In the shape of the configuration file; only providers whose key is given. */
export function builtinProviders(keys: BuiltinKeys): Record<string, unknown>[] {
  const kinds = Object.keys(BUILTIN) as (keyof typeof BUILTIN)[];
  return kinds.filter((kind) => keys[kind] !== undefined).map((kind) => ({ name: kind, kind, apiKey: keys[kind], models: BUILTIN[kind] }));
}
