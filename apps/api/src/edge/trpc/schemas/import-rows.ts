/** The schemas of what the procedures about models answer with. */
import * as z from "zod";
import { CAPABILITIES } from "@switchyard/shared/domain/catalog";
import { IMPORT_PHASES, type ImportOutcomeRow, type ImportProgressRow } from "@switchyard/shared/wire/console/imports";
import type { RefreshedPricesRow } from "@switchyard/shared/wire/console/prices";
import { priceTermsRow } from "./rows.ts";

const maybe = <T extends z.ZodType>(schema: T) => z.union([schema, z.undefined()]);
const count = z.int().min(0);

export const importOutcome: z.ZodType<ImportOutcomeRow> = z.object({
  importId: maybe(z.string()),
  created: count,
  changed: count,
  leftOut: count,
  missing: z.array(z.string()),
  models: z.array(
    z.object({
      id: z.string(),
      alias: maybe(z.string()),
      change: z.enum(["new", "present", "off"]),
      contextWindow: maybe(count),
      maxOutput: maybe(count),
      capabilities: z.array(z.enum(CAPABILITIES)),
      price: maybe(priceTermsRow),
      priceSource: maybe(z.string()),
    }),
  ),
});

export const importProgressRow: z.ZodType<ImportProgressRow> = z.object({ phase: z.enum(IMPORT_PHASES), done: count, total: count });

export const refreshedPrices: z.ZodType<RefreshedPricesRow> = z.object({
  source: z.string(),
  day: z.string(),
  changes: z.array(z.object({ provider: z.string(), model: z.string(), before: maybe(priceTermsRow), after: priceTermsRow })),
  kept: count,
  newer: count,
  unpriced: z.array(z.string()),
});
