/** Prices are never changed: a model's new price is a new row, dated by Postgres, with its source. */
import type { Kysely, Selectable } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import { readDimensions, writeDimensions } from "@switchyard/db/price-dimensions";
import type { Database, PricesTable } from "@switchyard/db/schema";
import type { Ids } from "@switchyard/shared/kernel/id";
import { nano } from "@switchyard/shared/kernel/money";
import { writePrice, type PriceTerms } from "./price-fields.ts";

/**
 * Makes this the model's price from now on, unless it is already.
 * @returns `set` for a model that had none, `changed`, or `same`
 */
export async function setPrice(
  tx: Kysely<Database>,
  ids: Ids,
  model: { readonly id: string; readonly workspaceId?: string },
  terms: PriceTerms,
  source: string,
): Promise<"set" | "changed" | "same"> {
  const workspaceId = model.workspaceId ?? PLATFORM_WORKSPACE;
  const present = await currentPrice(tx, workspaceId, model.id);
  if (present && samePrice(present.terms, terms)) return "same";
  const { further, tiers, service_tiers: serviceTiers } = writeDimensions(terms);
  await tx
    .insertInto("switchyard.prices")
    .values({
      workspace_id: workspaceId,
      id: ids.next("price"),
      model_id: model.id,
      input_per_million: terms.inputPerMillion,
      cached_input_per_million: terms.cachedInputPerMillion,
      cache_write_per_million: terms.cacheWritePerMillion,
      output_per_million: terms.outputPerMillion,
      reasoning_per_million: terms.reasoningPerMillion,
      per_call: terms.perCall,
      further: JSON.stringify(further),
      tiers: JSON.stringify(tiers),
      service_tiers: JSON.stringify(serviceTiers),
      source,
    })
    .execute();
  return present ? "changed" : "set";
}

export interface DatedPrice {
  readonly terms: PriceTerms;
  readonly source: string;
}

/** The latest row of each model, and where it came from. */
export async function currentPrices(db: Kysely<Database>, workspaceId: string, modelIds: readonly string[]): Promise<ReadonlyMap<string, DatedPrice>> {
  if (modelIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("switchyard.prices")
    .selectAll()
    .distinctOn("model_id")
    .where("workspace_id", "=", workspaceId)
    .where("model_id", "in", modelIds)
    .orderBy("model_id")
    .orderBy("effective_at", "desc")
    .orderBy("id", "desc")
    .execute();
  return new Map(rows.map((row) => [row.model_id, { source: row.source, terms: priceTerms(row) }]));
}

export const currentPrice = async (db: Kysely<Database>, workspaceId: string, modelId: string): Promise<DatedPrice | undefined> =>
  (await currentPrices(db, workspaceId, [modelId])).get(modelId);

/** A row's amounts. */
export const priceTerms = (row: Selectable<PricesTable>): PriceTerms => ({
  inputPerMillion: row.input_per_million,
  cachedInputPerMillion: row.cached_input_per_million,
  cacheWritePerMillion: row.cache_write_per_million,
  outputPerMillion: row.output_per_million,
  reasoningPerMillion: row.reasoning_per_million,
  perCall: nano(row.per_call),
  ...readDimensions(row),
});

export const samePrice = (a: PriceTerms, b: PriceTerms): boolean => JSON.stringify(writePrice(a)) === JSON.stringify(writePrice(b));
