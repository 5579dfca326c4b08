/** The providers that a key in the environment registers at the first start, with the models that are known and priced. */
import { KNOWN_BASE_URLS } from "./config-file.ts";
import { knownModels } from "./model-facts.ts";
import type { PriceBook } from "./price-book.ts";

/** The kinds that a key in the environment registers, under their own names. */
const BUILTIN = ["openai", "anthropic", "google", "xai", "openrouter"] as const;
type BuiltinKind = (typeof BUILTIN)[number];
export type BuiltinKeys = Readonly<Record<BuiltinKind, string | undefined>>;

/** In the shape of the configuration file; only providers whose key is given. Prices and facts are filled in when it is applied. */
export function builtinProviders(keys: BuiltinKeys, book: PriceBook): Record<string, unknown>[] {
  return BUILTIN.filter((kind) => keys[kind] !== undefined).map((kind) => ({ name: kind, kind, apiKey: keys[kind], models: modelsOf(kind, book) }));
}

/** A reseller has hundreds: at the first start only these makers', the importer brings the others. */
const RESOLD = /^(?:openai|anthropic|google|x-ai)\/[^:]+$/;

const modelsOf = (kind: BuiltinKind, book: PriceBook): { id: string }[] =>
  knownModels(kind)
    .filter((id) => (kind !== "openrouter" || RESOLD.test(id)) && book.priceOf({ kind, baseUrl: KNOWN_BASE_URLS[kind] ?? "" }, id) !== undefined)
    .map((id) => ({ id }));
