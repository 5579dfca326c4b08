/** The price book over the package `@pydantic/genai-prices`: its installed data, or newer data an operator had fetched. */
import { readFileSync } from "node:fs";
import { calcPrice, updatePrices, type Provider } from "@pydantic/genai-prices";
import * as z from "zod";
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { termsOf, type BookPrice, type ConditionalBookPrice } from "./book-price.ts";
import { factsOf } from "./model-facts.ts";
import { FREE } from "./price-fields.ts";
import { BOOK_PREFIX, type BookEntry, type BookProvider, type PriceBook } from "./price-book.ts";

/** What the package calls our kinds; an OpenAI-compatible server is recognized by its address. */
const PROVIDER_IDS: Readonly<Partial<Record<ProviderKind, string>>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  xai: "x-ai",
  openrouter: "openrouter",
};
/** Known to the book, with no price because it costs nothing. */
const FREE_MODELS: ReadonlySet<string> = new Set(["moderation"]);

export interface RefreshablePriceBook extends PriceBook {
  /** Replaces the book's data by what its maintainers publish. @param text JSON as `REMOTE_DATA_JSON_URL` serves it */
  replace(text: string): Result<{ readonly providers: number; readonly models: number }>;
}

export function createPriceBook(now: () => Date): RefreshablePriceBook {
  const installed = installedVersion();
  let source = `${BOOK_PREFIX} ${installed}`;
  return {
    source: () => source,
    priceOf: (provider, model) => lookUp(provider, model, now()),
    factsOf: (provider, model) => factsOf(provider, model) ?? variantFacts(provider, model, now()),
    replace(text) {
      const read = readPublished(text);
      if (!read.ok) return read;
      try {
        updatePrices(({ setProviderData }) => setProviderData(read.value));
      } catch (error) {
        return refused({ ...UNKNOWN_SHAPE, detail: String(error) });
      }
      source = `${BOOK_PREFIX} of ${now().toISOString().slice(0, 10)}`;
      return ok({ providers: read.value.length, models: read.value.reduce((sum, one) => sum + one.models.length, 0) });
    },
  };
}

/** The package exports its code alone, so its description is read from beside it. */
const installedVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.resolve("@pydantic/genai-prices")), "utf8"))).version;

function lookUp(provider: BookProvider, model: string, at: Date): BookEntry | undefined {
  const providerId = PROVIDER_IDS[provider.kind];
  if (providerId === undefined && (provider.kind !== "openai-compatible" || provider.baseUrl === "")) return undefined;
  const found = calcPrice({}, model, { timestamp: at, ...(providerId === undefined ? { providerApiUrl: provider.baseUrl } : { providerId }) });
  if (!found) return undefined;
  const terms = termsOf(found.model.prices as BookPrice | readonly ConditionalBookPrice[], at) ?? (FREE_MODELS.has(found.model.id) ? FREE : undefined);
  return terms && { terms, model: found.model.id, contextWindow: found.model.context_window };
}

/** Facts of a dated variant are those of the model whose price it shares. */
function variantFacts(provider: BookProvider, model: string, at: Date) {
  const entry = lookUp(provider, model, at);
  return entry && entry.model !== model ? factsOf(provider, entry.model) : undefined;
}

/** The package checks the rest of the shape itself, and keeps its data when it does not like what it is given. */
const published = z.array(z.looseObject({ id: z.string(), api_pattern: z.string(), models: z.array(z.looseObject({ id: z.string() })) })).min(1);

function readPublished(text: string): Result<Provider[]> {
  try {
    const parsed = published.safeParse(JSON.parse(text));
    if (parsed.success) return ok(parsed.data as unknown as Provider[]);
  } catch {
    return refused(failure("upstream_invalid", { publicText: "The published prices are not JSON." }));
  }
  return refused(UNKNOWN_SHAPE);
}

const UNKNOWN_SHAPE = failure("upstream_invalid", { publicText: "The published prices have a shape that this version does not know." });
