/** Brings prices that came from the book up to the book's present ones; what a person said stays. */
import type { Kysely } from "kysely";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";
import type { Database } from "@switchyard/db/schema";
import { isFromBook, isNewerThan } from "./price-book.ts";
import type { ApplyModelPorts } from "./apply-model.pg.ts";
import type { PriceTerms } from "./price-fields.ts";
import { currentPrices, samePrice, setPrice } from "./write-price.pg.ts";
import { lockCatalog } from "./catalog-lock.pg.ts";
import { logChange, logDeed, REPRICED } from "./change-log.pg.ts";
import { loggedPrice, type LoggedPrice } from "./logged-states.ts";

export interface PriceChange {
  readonly provider: string;
  readonly model: string;
  readonly before: PriceTerms | undefined;
  readonly after: PriceTerms;
}

export interface RefreshedPrices {
  readonly source: string;
  /** Of the book's data, as `2026-11-21`. */
  readonly day: string;
  readonly changes: readonly PriceChange[];
  /** Models whose price a person set, and which the book would price otherwise. */
  readonly kept: number;
  /** Models whose price came from newer data than the book has now, as after a restart. */
  readonly newer: number;
  /** Models that stay without any price. */
  readonly unpriced: readonly string[];
}

/** @param dryRun tells what would change and changes nothing */
export async function refreshPrices(ports: ApplyModelPorts & { readonly worker: Kysely<Database> }, actor: string, dryRun: boolean): Promise<RefreshedPrices> {
  return ports.worker.transaction().execute(async (tx) => {
    if (!dryRun) await lockCatalog(tx, PLATFORM_WORKSPACE);
    const models = await tx
      .selectFrom("switchyard.models as m")
      .innerJoin("switchyard.providers as p", (join) => join.onRef("p.workspace_id", "=", "m.workspace_id").onRef("p.id", "=", "m.provider_id"))
      .select(["m.id", "m.name", "p.name as provider", "p.kind", "p.base_url"])
      .where("m.workspace_id", "=", PLATFORM_WORKSPACE)
      .where("m.deleted_at", "is", null)
      .where("p.deleted_at", "is", null)
      .orderBy("p.name")
      .orderBy("m.name")
      .execute();
    const present = await currentPrices(
      tx,
      PLATFORM_WORKSPACE,
      models.map((model) => model.id),
    );
    const source = ports.book.source();
    const changes: PriceChange[] = [];
    const became: Record<string, LoggedPrice> = {};
    const was: Record<string, LoggedPrice> = {};
    const unpriced: string[] = [];
    const day = ports.book.day();
    let kept = 0;
    let newer = 0;
    for (const model of models) {
      const price = present.get(model.id);
      const entry = ports.book.priceOf({ kind: model.kind, baseUrl: model.base_url }, model.name);
      if (!entry) {
        if (!price) unpriced.push(`${model.provider}/${model.name}`);
        continue;
      }
      if (price && samePrice(price.terms, entry.terms)) continue;
      if (price && !isFromBook(price.source)) {
        kept += 1;
        continue;
      }
      if (price && isNewerThan(price.source, day)) {
        newer += 1;
        continue;
      }
      changes.push({ provider: model.provider, model: model.name, before: price?.terms, after: entry.terms });
      if (dryRun) continue;
      await setPrice(tx, ports.ids, { id: model.id }, entry.terms, source);
      if (!price) continue;
      was[model.id] = loggedPrice(price);
      became[model.id] = loggedPrice({ terms: entry.terms, source });
    }
    const editing = { tx, owner: PLATFORM_WORKSPACE, actor, ids: ports.ids };
    // First prices cannot be taken away again.
    if (Object.keys(was).length > 0) await logChange(editing, source, { kind: "prices", key: "", before: was, after: became });
    else if (!dryRun && changes.length > 0) await logDeed(editing, REPRICED, source);
    return { source, day, changes, kept, newer, unpriced };
  });
}
