/** `GET /v1/models` and `/v1/models/{id}`: what this key may use, groups first; answered from memory, in the shape of the caller's SDK. */
import type { RequestHandler } from "express";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { failure } from "@switchyard/shared/kernel/failure";
import { FURTHER_RATE_NAMES, rateOf } from "@switchyard/shared/domain/price";
import { FURTHER_PARTS } from "@switchyard/shared/domain/usage";
import { formatUsd } from "@switchyard/shared/kernel/money";
import { snakeName, snakePrice } from "../../catalog/price-fields.ts";
import type { CatalogSnapshot } from "../../catalog/snapshot.ts";
import { offersOf, resolve, type Offer } from "../../routing/resolve.ts";
import { messagesModelOf, modelPageOf } from "../dialects/messages/models.ts";
import { authenticate, type AuthenticatePorts } from "./authenticate.ts";
import { sendFailure, speaksMessages } from "./error-body.ts";

export interface ModelsPorts extends AuthenticatePorts {
  readonly catalog: { current(): CatalogSnapshot };
}

export function listModels(ports: ModelsPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const offers = offersOf(ports.catalog.current(), principal.value);
    if (!speaksMessages(res)) return void res.json({ object: "list", data: offers.map(modelObject) });
    const page = modelPageOf(offers, req.query);
    if (page.ok) res.json(page.value);
    else sendFailure(res, page.failure);
  };
}

export function getModel(ports: ModelsPorts): RequestHandler {
  return async (req, res) => {
    const principal = await authenticate(ports, req, "inference");
    if (!principal.ok) return sendFailure(res, principal.failure);
    const path: unknown = req.params["model"];
    const name = Array.isArray(path) ? path.join("/") : String(path);
    const catalog = ports.catalog.current();
    const offer = offersOf(catalog, principal.value).find((one) => one.name === name);
    const shape = speaksMessages(res) ? messagesModelOf : modelObject;
    if (offer) return void res.json(shape(offer));
    const route = resolve(catalog, principal.value, name);
    if (!route.ok) return sendFailure(res, route.failure);
    if (route.value.targets.length === 0) return sendFailure(res, failure("model_not_found", { param: "model" }));
    res.json(shape({ name, targets: route.value.targets }));
  };
}

/** A group can promise only what each of its targets can. */
function modelObject({ name, targets }: Offer): Record<string, unknown> {
  const models = targets.map((target) => target.model);
  const [first] = models;
  const smallest = (pick: (model: CatalogModel) => number | undefined): number | null => {
    const known = models.map(pick).filter((value) => value !== undefined);
    return known.length > 0 ? Math.min(...known) : null;
  };
  return {
    id: name,
    object: "model",
    created: 0,
    owned_by: models.length === 1 && first ? first.provider.name : "switchyard",
    context_window: smallest((model) => model.contextWindow),
    max_output: smallest((model) => model.maxOutput),
    supports_streaming: true,
    capabilities: first ? first.capabilities.filter((one) => models.every((model) => model.capabilities.includes(one))) : [],
    pricing: pricingOf(models),
  };
}

/** The dearest of the targets, because that is what a call is held for. */
function pricingOf(models: readonly CatalogModel[]): Record<string, unknown> | null {
  const prices = models.flatMap((model) => (model.price ? [model.price] : []));
  if (prices.length === 0) return null;
  const dearest = (pick: (price: (typeof prices)[number]) => bigint): bigint => prices.map(pick).reduce((a, b) => (a > b ? a : b));
  const input = dearest((price) => price.inputPerMillion);
  const output = dearest((price) => price.outputPerMillion);
  return {
    input_cost_per_1k: Number(formatUsd(input)) / 1000,
    output_cost_per_1k: Number(formatUsd(output)) / 1000,
    currency: "USD",
    input_per_million: formatUsd(input),
    cached_input_per_million: formatUsd(dearest((price) => price.cachedInputPerMillion)),
    cache_write_per_million: formatUsd(dearest((price) => price.cacheWritePerMillion)),
    output_per_million: formatUsd(output),
    reasoning_per_million: formatUsd(dearest((price) => price.reasoningPerMillion)),
    per_call: formatUsd(dearest((price) => price.perCall)),
    ...Object.fromEntries(
      FURTHER_PARTS.filter((part) => prices.some((price) => price.further?.[part] !== undefined)).map((part) => [
        snakeName(FURTHER_RATE_NAMES[part]),
        formatUsd(dearest((price) => rateOf(price, part))),
      ]),
    ),
    // Which tier a prompt meets is told only where one model stands behind the name; and what service tiers cost.
    ...(models.length === 1 && prices[0] ? tiersOf(snakePrice(prices[0])) : {}),
  };
}

const tiersOf = ({ tiers, service_tiers: serviceTiers }: Record<string, unknown>): Record<string, unknown> => ({
  ...(tiers ? { tiers } : {}),
  ...(serviceTiers ? { service_tiers: serviceTiers } : {}),
});
