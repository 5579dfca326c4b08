/** Makes one model of a provider as it was said; what nobody said comes from the price book. */
import type { Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import type { Capability } from "@switchyard/shared/domain/catalog";
import type { Ids } from "@switchyard/shared/kernel/id";
import type { BookProvider, PriceBook } from "./price-book.ts";
import type { PriceTerms } from "./price-fields.ts";
import type { SourcedPrice } from "./logged-states.ts";
import { modelStateOf, type ModelState } from "./stored-model.pg.ts";
import { currentPrice, setPrice } from "./write-price.pg.ts";

/** A field that is absent keeps what the database has, or comes from the book. */
export interface WantedModel {
  readonly id: string;
  readonly contextWindow?: number | undefined;
  readonly maxOutput?: number | undefined;
  readonly capabilities?: readonly Capability[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly price?: PriceTerms | undefined;
  /** Who gives the price, when it is somebody else than who gives the rest. */
  readonly priceSource?: string | undefined;
}

export interface ModelOwner extends BookProvider {
  readonly id: string;
  readonly name: string;
}

export interface ApplyModelPorts {
  readonly ids: Ids;
  readonly book: PriceBook;
}

/** What was made of a model. */
export interface AppliedModel {
  readonly id: string;
  readonly created: boolean;
  readonly changed: boolean;
  /** What it was, where it was there, and is. */
  readonly before: ModelState | undefined;
  readonly after: ModelState;
  /** A price that is new; `before` is the one it takes the place of. */
  readonly price: { readonly before: SourcedPrice | undefined; readonly after: SourcedPrice } | undefined;
}

/** @param said who gives the price when it is given: its `source` */
export async function applyModel(
  ports: ApplyModelPorts,
  tx: Kysely<Database>,
  provider: ModelOwner,
  model: WantedModel,
  said: string,
  changes: string[],
): Promise<AppliedModel> {
  const present = await tx
    .selectFrom("switchyard.models")
    .selectAll()
    .where("workspace_id", "=", PLATFORM_WORKSPACE)
    .where("provider_id", "=", provider.id)
    .where("name", "=", model.id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  const facts = ports.book.factsOf(provider, model.id);
  const known = present && present.capabilities.length > 0 ? present.capabilities : facts?.capabilities;
  const wanted = {
    context_window: model.contextWindow ?? present?.context_window ?? facts?.contextWindow ?? null,
    max_output: model.maxOutput ?? present?.max_output ?? facts?.maxOutput ?? null,
    enabled: model.enabled ?? present?.enabled ?? true,
    capabilities: [...(model.capabilities ?? known ?? [])],
  };
  const id = present?.id ?? ports.ids.next("model");
  const label = `${provider.name}/${model.id}`;
  const before = changes.length;
  if (!present) {
    await tx
      .insertInto("switchyard.models")
      .values({ workspace_id: PLATFORM_WORKSPACE, id, provider_id: provider.id, name: model.id, ...wanted })
      .execute();
    changes.push(`model ${label} created`);
  } else if (
    present.context_window !== wanted.context_window ||
    present.max_output !== wanted.max_output ||
    present.enabled !== wanted.enabled ||
    present.capabilities.join() !== wanted.capabilities.join()
  ) {
    await tx.updateTable("switchyard.models").set(wanted).where("workspace_id", "=", PLATFORM_WORKSPACE).where("id", "=", id).execute();
    changes.push(`model ${label} changed`);
  }
  const priceBefore = await currentPrice(tx, PLATFORM_WORKSPACE, id);
  const price = model.price ? { terms: model.price, source: model.priceSource ?? said } : priceBefore ? undefined : bookPrice(ports, provider, model.id);
  const made = price ? await setPrice(tx, ports.ids, { id }, price.terms, price.source) : "same";
  if (price && made !== "same") changes.push(`price of ${label} ${made}${price.source === said ? "" : ` from the ${price.source}`}`);
  return {
    id,
    created: !present,
    changed: changes.length > before,
    before: present && modelStateOf(present),
    after: modelStateOf({ name: model.id, ...wanted }),
    price: price && made !== "same" ? { before: priceBefore, after: price } : undefined,
  };
}

/** Only for a model that has no price yet: renewing prices is a step of its own. */
function bookPrice(ports: ApplyModelPorts, provider: ModelOwner, name: string): SourcedPrice | undefined {
  const entry = ports.book.priceOf(provider, name);
  return entry && { terms: entry.terms, source: ports.book.source() };
}
