/** The price book over the package `@pydantic/genai-prices`: its installed data, or newer data an operator had fetched. */
import { calcPrice, REMOTE_DATA_JSON_URL, updatePrices, type PriceCalculation, type PriceOptions, type Provider } from "@pydantic/genai-prices";
import * as z from "zod";
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import { failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { termsOf, type BookPrice, type ConditionalBookPrice } from "./book-price.ts";
import { factsOf } from "./model-facts.ts";
import { FREE } from "./price-fields.ts";
import { BOOK_PREFIX, fetchedSource, type BookEntry, type BookProvider, type PriceBook } from "./price-book.ts";

/** What the package calls our kinds; an OpenAI-compatible server is recognized by its address. */
const PROVIDER_IDS: Readonly<Partial<Record<ProviderKind, string>>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  xai: "x-ai",
  openrouter: "openrouter",
};
/** Where the maintainers of the price book publish its data between releases. */
export const PUBLISHED_PRICES = REMOTE_DATA_JSON_URL;
/** Known to the book, with no price because it costs nothing. */
const FREE_MODELS: ReadonlySet<string> = new Set(["moderation"]);

export interface RefreshablePriceBook extends PriceBook {
  /**
   * Replaces the book's data by what its maintainers publish, unless that is older than what the book has.
   * @param text JSON as `REMOTE_DATA_JSON_URL` serves it
   * @param changedAt when the published file was changed, where its server says so
   */
  replace(text: string, changedAt?: Date): Result<{ readonly providers: number; readonly models: number }>;
}

/** When the package's version was released; `npm view @pydantic/genai-prices time`. A test compares the version with the installed one. */
export const INSTALLED = { version: "0.1.8", day: "2026-09-23" } as const;

export function createPriceBook(now: () => Date): RefreshablePriceBook {
  let source = `${BOOK_PREFIX} ${INSTALLED.version}`;
  let day: string = INSTALLED.day;
  return {
    source: () => source,
    day: () => day,
    priceOf: (provider, model) => lookUp(provider, model, now()),
    factsOf: (provider, model) => factsOf(provider, model) ?? variantFacts(provider, model, now()),
    replace(text, changedAt = now()) {
      // A server whose clock is ahead must not keep later data out.
      const published = dayOf(changedAt < now() ? changedAt : now());
      if (published < day)
        return refused(failure("upstream_invalid", { publicText: `The published prices are of ${published}, older than those in use (${day}).` }));
      const read = readPublished(text);
      if (!read.ok) return read;
      try {
        updatePrices(({ setProviderData }) => setProviderData(read.value));
      } catch (error) {
        return refused({ ...UNKNOWN_SHAPE, detail: String(error) });
      }
      day = published;
      source = fetchedSource(day);
      return ok({ providers: read.value.length, models: read.value.reduce((sum, one) => sum + one.models.length, 0) });
    },
  };
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

function lookUp(provider: BookProvider, model: string, at: Date): BookEntry | undefined {
  const providerId = PROVIDER_IDS[provider.kind];
  if (providerId === undefined && (provider.kind !== "openai-compatible" || provider.baseUrl === "")) return undefined;
  const found = entryOf(model, { timestamp: at, ...(providerId === undefined ? { providerApiUrl: provider.baseUrl } : { providerId }) });
  if (!found) return undefined;
  const terms = termsOf(found.model.prices as BookPrice | readonly ConditionalBookPrice[], at) ?? (FREE_MODELS.has(found.model.id) ? FREE : undefined);
  return terms && { terms, model: found.model.id, contextWindow: found.model.context_window };
}

/** The package refuses to calculate with amounts that no price can have: such an entry is a mistake, and no price. */
function entryOf(model: string, options: PriceOptions): PriceCalculation | undefined {
  try {
    return calcPrice({}, model, options) ?? undefined;
  } catch {
    return undefined;
  }
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
