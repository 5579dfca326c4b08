/** What a model costs and can do when nobody has said otherwise. */
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import type { ModelFacts } from "./model-facts.ts";
import type { PriceTerms } from "./price-fields.ts";

/** The provider as far as the book must know it. */
export interface BookProvider {
  readonly kind: ProviderKind;
  readonly baseUrl: string;
}

export interface BookEntry {
  readonly terms: PriceTerms;
  /** The book's own name of the model, where dated and other variants share one entry. */
  readonly model: string;
  readonly contextWindow: number | undefined;
}

export interface PriceBook {
  /** Which book, and of which day: the `source` of every price taken from it. */
  source(): string;
  /** The day of its data, as `2026-11-21`. */
  day(): string;
  /** The price of today; undefined when the book does not know it. */
  priceOf(provider: BookProvider, model: string): BookEntry | undefined;
  factsOf(provider: BookProvider, model: string): ModelFacts | undefined;
}

/** Prices of a book may be renewed from it; anything else was said by a person and stays. */
export const BOOK_PREFIX = "price book";
export const isFromBook = (source: string): boolean => source.startsWith(BOOK_PREFIX);

const FETCHED = `${BOOK_PREFIX} of `;
/** The `source` of prices from data that was fetched. @param day of the data */
export const fetchedSource = (day: string): string => FETCHED + day;
/** Whether a price came from newer data than that of a day; data that was installed is never newer than itself. */
export const isNewerThan = (source: string, day: string): boolean => source.startsWith(FETCHED) && source.slice(FETCHED.length) > day;
