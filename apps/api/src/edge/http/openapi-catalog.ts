/** The OpenAPI description of operators' work on the catalog, and of estimates. */
import * as z from "zod";
import { importWish, priceRefresh } from "../../catalog/catalog-inputs.ts";
import { batchEstimate, costEstimate, tokenEstimate } from "./estimate-inputs.ts";
import { operated } from "./openapi-edit-parts.ts";
import { body, byKey, errors, json } from "./openapi-parts.ts";

const price = z.looseObject({ inputPerMillion: z.string(), outputPerMillion: z.string(), perCall: z.string() }).nullable();
const importAnswer = z.looseObject({
  dryRun: z.boolean(),
  importId: z.string().nullable().describe("For taking the import back; null when nothing was changed"),
  created: z.int(),
  changed: z.int(),
  leftOut: z.int(),
  missing: z.array(z.string()),
  models: z.array(
    z.looseObject({ id: z.string(), alias: z.string().nullable(), change: z.enum(["new", "present", "off"]), price, priceSource: z.string().nullable() }),
  ),
});
const estimate = z.looseObject({
  modelId: z.string(),
  estimatedCost: z.string(),
  costBreakdown: z.looseObject({ inputCost: z.string(), outputCost: z.string() }),
});

export const catalogPaths = {
  "/api/models/estimate-tokens": {
    post: {
      operationId: "estimateTokens",
      summary: "About how many tokens a text has for a model",
      security: byKey,
      requestBody: body(tokenEstimate),
      responses: {
        "200": json(z.object({ model: z.string(), textLength: z.int(), estimatedTokens: z.int() }), "The estimate"),
        ...errors(400, 401, 403, 404, 413),
      },
    },
  },
  "/api/models/estimate-cost": {
    post: {
      operationId: "estimateCost",
      summary: "What so many tokens would cost",
      security: byKey,
      requestBody: body(costEstimate),
      responses: { "200": json(estimate, "The estimate, in dollars"), ...errors(400, 401, 403, 404) },
    },
  },
  "/api/models/estimate-batch-cost": {
    post: {
      operationId: "estimateBatchCost",
      summary: "The same for many requests at once",
      security: byKey,
      requestBody: body(batchEstimate),
      responses: {
        "200": json(z.object({ estimates: z.array(estimate), totalEstimatedCost: z.string(), currency: z.literal("USD") }), "The estimates"),
        ...errors(400, 401, 403, 404),
      },
    },
  },
  "/api/admin/import": {
    post: operated("importModels", "Brings the models that a provider lists into the catalog, or tells what that would do", {
      takes: z.object({ ...importWish.shape, dryRun: z.boolean().optional() }),
      gives: json(importAnswer, "What was done, or would be"),
      refuses: [400, 404, 409, 502],
    }),
  },
  "/api/admin/import/undo": {
    post: operated("undoImport", "Takes an import back: its models are switched off, its aliases removed", {
      takes: z.object({ importId: z.string() }),
      gives: json(z.object({ switchedOff: z.int(), aliasesRemoved: z.int() }), "Taken back"),
      refuses: [400, 404],
    }),
  },
  "/api/admin/prices/refresh": {
    post: operated("refreshPrices", "Brings prices of the price book up to date", {
      takes: priceRefresh,
      gives: json(
        z.looseObject({
          source: z.string(),
          day: z.string().describe("Of the book's data, such as 2026-11-21"),
          changes: z.array(z.looseObject({ provider: z.string(), model: z.string() })),
          kept: z.int().describe("Prices that a person set, which stay"),
          newer: z.int().describe("Prices from newer data than the book has now, which stay"),
          unpriced: z.array(z.string()),
        }),
        "What changed",
      ),
      refuses: [400, 502],
    }),
  },
} as const;
