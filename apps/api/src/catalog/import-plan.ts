/** Decides what an import would do with each listed model: purely, so that a dry run and the import are one. */
import type { Capability } from "@switchyard/shared/domain/catalog";
import type { ListedModel } from "./model-list.ts";
import type { BookProvider, PriceBook } from "./price-book.ts";
import type { PriceTerms } from "./price-fields.ts";

/** What an operator asks for. Words are parts of names, in any case. */
export interface ImportWish {
  /** Each model gets an alias of this prefix and the last part of its name; empty for none. */
  readonly aliasPrefix: string;
  /** One of these must be in the name, when there are any. */
  readonly include: readonly string[];
  /** None of these may be. */
  readonly exclude: readonly string[];
  /** Only these, when given, by their ids; each may bring a price of its own. */
  readonly models?: readonly { readonly id: string; readonly price?: PriceTerms | undefined }[] | undefined;
}

export type ImportChange = "new" | "present" | "off";

export interface PlannedModel {
  readonly id: string;
  readonly alias: string | undefined;
  /** Not there yet, there, or there and switched off (an import switches it on). */
  readonly change: ImportChange;
  readonly contextWindow: number | undefined;
  readonly maxOutput: number | undefined;
  readonly capabilities: readonly Capability[];
  /** The price it will have; undefined when nobody knows one, and then it cannot be called. */
  readonly price: PriceTerms | undefined;
  /** Who says so: the wish, the provider's own list, the book, or what is there already. */
  readonly priceSource: string | undefined;
}

export interface PresentModel {
  readonly enabled: boolean;
  readonly price: { readonly terms: PriceTerms; readonly source: string } | undefined;
}

export interface ImportPlan {
  readonly planned: readonly PlannedModel[];
  /** Listed, but left out by the words. */
  readonly leftOut: number;
  /** Asked for by id, but not listed. */
  readonly missing: readonly string[];
}

interface Known {
  readonly provider: BookProvider & { readonly name: string };
  readonly present: ReadonlyMap<string, PresentModel>;
  readonly book: PriceBook;
}

export function planImport(listed: readonly ListedModel[], wish: ImportWish, known: Known): ImportPlan {
  // A list may name a model twice; the first counts.
  const unique = [...new Map(listed.toReversed().map((one) => [one.id, one])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const wanted = wish.models && new Map(wish.models.map((one) => [one.id, one]));
  const chosen = unique.filter(({ id }) => passes(id, wish) && (wanted === undefined || wanted.has(id)));
  return {
    planned: chosen.map((model) => plan(model, wanted?.get(model.id)?.price, wish, known)),
    leftOut: unique.length - chosen.length,
    missing: [...(wanted?.keys() ?? [])].filter((id) => !unique.some((one) => one.id === id)),
  };
}

function passes(id: string, { include, exclude }: ImportWish): boolean {
  const name = id.toLowerCase();
  const has = (word: string): boolean => name.includes(word.toLowerCase());
  return (include.length === 0 || include.some(has)) && !exclude.some(has);
}

function plan(model: ListedModel, wished: PriceTerms | undefined, wish: ImportWish, { provider, present, book }: Known): PlannedModel {
  const there = present.get(model.id);
  const facts = book.factsOf(provider, model.id);
  const entry = book.priceOf(provider, model.id);
  const price = wished
    ? { terms: wished, source: "import" }
    : (there?.price ??
      (model.price ? { terms: model.price, source: `list of ${provider.name}` } : entry ? { terms: entry.terms, source: book.source() } : undefined));
  return {
    id: model.id,
    alias: wish.aliasPrefix === "" ? undefined : `${wish.aliasPrefix}${model.id.slice(model.id.lastIndexOf("/") + 1)}`,
    change: there === undefined ? "new" : there.enabled ? "present" : "off",
    contextWindow: model.contextWindow ?? facts?.contextWindow ?? entry?.contextWindow,
    maxOutput: model.maxOutput ?? facts?.maxOutput,
    capabilities: model.capabilities ?? facts?.capabilities ?? [],
    price: price?.terms,
    priceSource: price?.source,
  };
}
