/** `/api/admin/import*` and `/api/admin/prices/*`: operators' work on the catalog. */
import type { Response, Router } from "express";
import * as z from "zod";
import { failure } from "@switchyard/shared/kernel/failure";
import { parseId } from "@switchyard/shared/kernel/id";
import { importWish, priceRefresh } from "../../catalog/catalog-inputs.ts";
import type { CatalogWork } from "../../catalog/catalog-work.pg.ts";
import type { ImportOutcome } from "../../catalog/import-models.pg.ts";
import { writePrice } from "../../catalog/price-fields.ts";
import { sendFailure } from "./error-body.ts";
import { readAsked } from "./read-asked.ts";
import { CONTROL_BODY_MAX, readJson } from "./read-body.ts";

/** A list of thousands of models with their prices. */
const IMPORT_BODY_MAX = 8 * CONTROL_BODY_MAX;

export function addCatalogRoutes(router: Router, work: CatalogWork, actorOf: (res: Response) => string): void {
  router.post("/import", async (req, res) => {
    const asked = readAsked(await readJson(req, IMPORT_BODY_MAX), importWish.extend({ dryRun: z.boolean().default(false) }));
    if (!asked.ok) return sendFailure(res, asked.failure);
    const { provider, dryRun, ...wish } = asked.value;
    const done = dryRun ? await work.preview(provider, wish) : await work.import(provider, wish, actorOf(res));
    if (!done.ok) return sendFailure(res, done.failure);
    res.json({ dryRun, ...showOutcome(done.value) });
  });

  router.post("/import/undo", async (req, res) => {
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), z.strictObject({ importId: z.string().max(64) }));
    if (!asked.ok) return sendFailure(res, asked.failure);
    const importId = parseId("audit", asked.value.importId);
    if (!importId) return sendFailure(res, failure("not_found", { param: "importId", publicText: "There is no such import." }));
    const done = await work.undo(importId, actorOf(res));
    if (!done.ok) return sendFailure(res, done.failure);
    res.json({ switchedOff: done.value.models, aliasesRemoved: done.value.aliases });
  });

  router.post("/prices/refresh", async (req, res) => {
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), priceRefresh);
    if (!asked.ok) return sendFailure(res, asked.failure);
    const done = await work.refreshPrices(asked.value, actorOf(res));
    if (!done.ok) return sendFailure(res, done.failure);
    const { source, day, changes, kept, newer, unpriced } = done.value;
    res.json({
      dryRun: asked.value.dryRun,
      source,
      day,
      changes: changes.map((one) => ({
        provider: one.provider,
        model: one.model,
        before: one.before ? writePrice(one.before) : null,
        after: writePrice(one.after),
      })),
      kept,
      newer,
      unpriced,
    });
  });
}

const showOutcome = ({ planned, leftOut, missing, importId, created, changed }: ImportOutcome): Record<string, unknown> => ({
  importId: importId ?? null,
  created,
  changed,
  leftOut,
  missing,
  models: planned.map((model) => ({
    id: model.id,
    alias: model.alias ?? null,
    change: model.change,
    contextWindow: model.contextWindow ?? null,
    maxOutput: model.maxOutput ?? null,
    capabilities: model.capabilities,
    price: model.price ? writePrice(model.price) : null,
    priceSource: model.priceSource ?? null,
  })),
});
