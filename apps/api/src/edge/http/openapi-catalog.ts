/** The OpenAPI description of operators' work on the catalog, and of estimates. */
import * as z from "zod";
import { importWish, priceRefresh } from "../../catalog/catalog-inputs.ts";
import { batchEstimate, costEstimate, tokenEstimate } from "./estimate-inputs.ts";
import { byKey, byOperator, errors, json } from "./openapi-parts.ts";

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
const body = (schema: z.ZodType) => ({ required: true, content: { "application/json": { schema } } });

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
    post: {
      operationId: "importModels",
      summary: "Brings the models that a provider lists into the catalog, or tells what that would do",
      security: byOperator,
      requestBody: body(z.object({ ...importWish.shape, dryRun: z.boolean().optional() })),
      responses: { "200": json(importAnswer, "What was done, or would be"), ...errors(400, 401, 403, 404, 409, 502) },
    },
  },
  "/api/admin/import/undo": {
    post: {
      operationId: "undoImport",
      summary: "Takes an import back: its models are switched off, its aliases removed",
      security: byOperator,
      requestBody: body(z.object({ importId: z.string() })),
      responses: { "200": json(z.object({ switchedOff: z.int(), aliasesRemoved: z.int() }), "Taken back"), ...errors(400, 401, 403, 404) },
    },
  },
  "/api/admin/prices/refresh": {
    post: {
      operationId: "refreshPrices",
      summary: "Brings prices of the price book up to date",
      security: byOperator,
      requestBody: body(priceRefresh),
      responses: {
        "200": json(
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
        ...errors(400, 401, 403, 502),
      },
    },
  },
} as const;
