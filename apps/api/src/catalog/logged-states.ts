/** Providers and prices as the account of changes keeps them: never a secret, and what is no secret whole, so that it can be put back. */
import { isDeepStrictEqual } from "node:util";
import { configuredPrice, writePrice, type PriceTerms } from "./price-fields.ts";
import type { ProviderState, StoredProvider } from "./stored-provider.pg.ts";

/** Without its headers: one of them may be as secret as a key. */
export type LoggedProvider = Omit<ProviderState, "headers">;

export function loggedProvider({ headers: _secret, ...state }: ProviderState): LoggedProvider {
  return state;
}

/** What of a provider was changed and is not written down, by name. */
export function unloggedChanges(before: StoredProvider, after: StoredProvider): string[] {
  const plain = ({ keys }: StoredProvider) => keys.map(({ id, name, weight }) => ({ id, name, weight }));
  return [
    ...(isDeepStrictEqual(plain(before), plain(after)) ? [] : ["keys"]),
    ...(isDeepStrictEqual(before.state.headers, after.state.headers) ? [] : ["headers"]),
  ];
}

/** A model's price as the configuration has it, with who gave it. */
export type LoggedPrice = Readonly<Record<string, unknown>> & { readonly source: string };

export interface SourcedPrice {
  readonly terms: PriceTerms;
  readonly source: string;
}

/** As the database gives it back. */
export const loggedPrice = ({ terms, source }: SourcedPrice): LoggedPrice => ({ ...(JSON.parse(JSON.stringify(writePrice(terms))) as object), source });

/** @throws when it is not one that `loggedPrice` wrote */
export function readLoggedPrice({ source, ...written }: LoggedPrice): SourcedPrice {
  return { terms: configuredPrice.parse(written), source };
}
