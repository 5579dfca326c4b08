/** What operators send to import models, change one and renew prices: the same over REST and tRPC. */
import * as z from "zod";
import { CAPABILITIES } from "@switchyard/shared/domain/catalog";
import { configuredPrice } from "./price-fields.ts";

/** No control characters and no half of a surrogate pair, which Postgres cannot hold. */
const text = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .refine((value) => value.isWellFormed() && !/[\p{Cc}\p{Cf}]/u.test(value), "must be plain text");

const words = z.array(text(100)).max(50);

export const importWish = z.strictObject({
  provider: text(63),
  aliasPrefix: z
    .string()
    .regex(/^[A-Za-z0-9._:/-]{0,50}$/, "must be up to 50 letters, digits, dots, dashes, underscores, colons or slashes")
    .default(""),
  include: words.default([]),
  exclude: words.default([]),
  models: z
    .array(z.union([text(200).transform((id) => ({ id })), z.strictObject({ id: text(200), price: configuredPrice.optional() })]))
    .max(5_000)
    .optional(),
});

export const modelChange = z.strictObject({
  enabled: z.boolean().optional(),
  contextWindow: z.int().positive().max(100_000_000).optional(),
  maxOutput: z.int().positive().max(10_000_000).optional(),
  capabilities: z.array(z.enum(CAPABILITIES)).max(CAPABILITIES.length).optional(),
  price: configuredPrice.optional(),
});

export const priceRefresh = z.strictObject({ dryRun: z.boolean().default(false), online: z.boolean().default(false) });
