/** The schemas of what the procedures about changing providers answer. */
import * as z from "zod";
import { PROVIDER_KINDS } from "@switchyard/shared/domain/catalog";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { TEST_FAILURES, type ProviderEditRow, type ProviderUsesRow, type TestedProviderRow } from "@switchyard/shared/wire/console/providers";

const maybe = <T extends z.ZodType>(schema: T) => z.union([schema, z.undefined()]);
const count = z.int().min(0);

export const providerEdit: z.ZodType<ProviderEditRow> = z.object({
  name: z.string(),
  kind: z.enum(PROVIDER_KINDS),
  baseUrl: z.string(),
  headers: z.record(z.string(), z.string()),
  enabled: z.boolean(),
  limits: limitsSchema,
  local: z.boolean().nullable(),
  probeSeconds: z.int().nullable(),
  responses: z.boolean().nullable(),
  keys: z.array(z.object({ name: z.string(), masked: z.string().nullable(), weight: count })),
  revision: z.string(),
  fromFile: z.boolean(),
});

export const providerUses: z.ZodType<ProviderUsesRow> = z.object({
  models: count,
  groups: z.array(z.object({ name: z.string(), targets: count, left: count })),
  aliases: z.array(z.string()),
  keys: count,
});

export const testedProvider: z.ZodType<TestedProviderRow> = z.object({
  failure: maybe(z.enum(TEST_FAILURES)),
  status: maybe(z.int()),
  models: maybe(count),
  ms: count,
});
