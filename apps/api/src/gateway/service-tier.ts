/** A call's service tier: what its model has a price for is asked, what the answer names is charged. */
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { tariffOf, type Price, type Tariff } from "@switchyard/shared/domain/price";
import { askedTierOf, isDearTier, type ServiceTier } from "@switchyard/shared/domain/service-tier";
import type { Offered } from "../providers/provider.ts";
import type { GatewayPorts } from "./ports.ts";

/** The same, but for a dear tier that this model has no price for: then the provider is not asked for it, and its answer says so. */
export function withPricedTier(offered: Offered, { price }: CatalogModel): Offered {
  const word = wordOf(offered);
  if (word === undefined) return offered;
  const asked = askedTierOf(word);
  if (!isDearTier(asked) || price?.serviceTiers?.[asked as ServiceTier] !== undefined) return offered;
  const { service_tier: _tier, ...request } = offered.request as Record<string, unknown>;
  return { operation: offered.operation, request } as unknown as Offered;
}

/** Uploads have fields and files instead. */
const wordOf = ({ request }: Offered): unknown => ("files" in request ? undefined : (request as Record<string, unknown>)["service_tier"]);

/** Prices that served a dear tier which they do not know, each told once for as long as it is in use. */
const told = new WeakSet<Price>();

/** What an answer of this model costs that was served in this tier. An operator hears of it when a dear one has no price. */
export function tariffFor({ log }: Pick<GatewayPorts, "log">, model: CatalogModel, served: ServiceTier | undefined): Tariff {
  const price = model.price as Price;
  if (served !== undefined && isDearTier(served) && price.serviceTiers?.[served] === undefined && !told.has(price)) {
    told.add(price);
    log.warn("a provider serves calls in a tier that their model has no price for", { model: `${model.provider.name}/${model.name}`, tier: served });
  }
  return tariffOf(price, served);
}
