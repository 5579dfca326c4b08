/** The schemas of what procedures take where more than one takes it, or where reading it needs care. */
import * as z from "zod";
import { FILTERED_OUTCOMES, type CallFilter } from "@switchyard/shared/domain/call-filter";
import { LIMITS_MAX } from "@switchyard/shared/domain/limit";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { CACHE_SECONDS_MAX } from "@switchyard/shared/domain/routing";
import { parseUsd } from "@switchyard/shared/kernel/money";
import type { NewKey } from "@switchyard/shared/wire/console/keys";

/** Text that Postgres can hold: no control characters, no half of a surrogate pair. */
export const plainText = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be plain text");

const name = plainText(200).min(1);

export const callFilter: z.ZodType<CallFilter, CallFilter> = z.object({
  from: z.date().optional(),
  to: z.date().optional(),
  outcomes: z.array(z.enum(FILTERED_OUTCOMES)).max(10).optional(),
  group: name.optional(),
  provider: name.optional(),
  model: name.optional(),
  key: z.string().max(64).optional(),
  errorCode: name.optional(),
  search: plainText(200).optional(),
});

/** 0 switches a key's cache off. */
export const cacheSeconds = z.int().min(0).max(CACHE_SECONDS_MAX);

const REQUESTS_PER_MINUTE_MAX = 1_000_000;

export const newKey: z.ZodType<NewKey, NewKey> = z.object({
  name: plainText(100).trim().min(1),
  groups: z.array(name).min(1).max(100).optional(),
  requestsPerMinute: z.int().min(1).max(REQUESTS_PER_MINUTE_MAX).optional(),
  limits: limitsSchema.max(LIMITS_MAX - 1).optional(),
  cacheSeconds: cacheSeconds.optional(),
  budgetUsd: z
    .string()
    .max(24)
    .refine((text) => (parseUsd(text) ?? -1n) > 0n, "must be a positive amount such as 5.00")
    .optional(),
  budgetWindowDays: z.int().min(1).max(366).optional(),
  expiresAt: z.date().optional(),
});
