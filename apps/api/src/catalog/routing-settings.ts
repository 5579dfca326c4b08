/** How routing is written in the configuration, and the settings that are stored for it. */
import * as z from "zod";
import { PROVIDER_FAILURES } from "@switchyard/shared/domain/call";
import {
  CACHE_SECONDS_MAX,
  FAILURE_RULES,
  KEYWORD_SCOPES,
  type FailureKeyword,
  type OwnerSettings,
  type RoutingSettings,
} from "@switchyard/shared/domain/routing";
import { STRATEGIES } from "@switchyard/shared/domain/strategy";

const HOUR_MS = 3_600_000;
const milliseconds = z.int().min(10).max(HOUR_MS);
const status = z.int().min(400).max(599);
const keywordText = z
  .string()
  .min(2)
  .max(200)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be plain text");

/** A word alone is looked for in errors and in answers. */
export const failureKeyword: z.ZodType<FailureKeyword, string | { text: string; scope?: FailureKeyword["scope"] | undefined }> = z
  .union([keywordText, z.strictObject({ text: keywordText, scope: z.enum(KEYWORD_SCOPES).optional() })])
  .transform((keyword) => (typeof keyword === "string" ? { text: keyword, scope: "any" as const } : { text: keyword.text, scope: keyword.scope ?? "any" }));
export const failureKeywords = z.array(failureKeyword).max(50);

export const failover = z.strictObject({
  on: z
    .partialRecord(z.enum(PROVIDER_FAILURES), z.enum(FAILURE_RULES))
    .refine((on) => Object.entries(on).every(([kind, rule]) => rule !== "accept" || kind === "empty"), "only an empty answer can be accepted")
    .optional(),
  statuses: z
    .strictObject({ next: z.array(status).max(100).optional(), stop: z.array(status).max(100).optional() })
    .refine(({ next = [], stop = [] }) => !next.some((one) => stop.includes(one)), "a status cannot lead on and stop")
    .optional(),
  connectMs: milliseconds.optional(),
  firstTokenMs: milliseconds.optional(),
  answerMs: milliseconds.optional(),
  stallMs: milliseconds.optional(),
  restAfter: z
    .strictObject({
      failures: z.int().min(0).max(1_000).optional(),
      minutes: z.number().min(0.1).max(60).optional(),
      share: z.number().min(0).max(1).optional(),
      restSeconds: z.int().min(1).max(600).optional(),
    })
    .optional(),
});

/** What a group and the whole installation can set alike. */
export const routingFields = {
  sticky: z.boolean().optional(),
  hedgeAfterMs: z
    .int()
    .max(HOUR_MS)
    .refine((ms) => ms === 0 || ms >= 10, "must be 0 (never) or 10 or more")
    .optional(),
  cache: z.strictObject({ ttlSeconds: z.int().min(0).max(CACHE_SECONDS_MAX).optional(), chargePercent: z.int().min(0).max(100).optional() }).optional(),
  failover: failover.optional(),
  failureKeywords: failureKeywords.optional(),
};

/** How often a provider is asked whether it is there; 0: never. */
export const probeSeconds = z
  .int()
  .max(86_400)
  .refine((seconds) => seconds === 0 || seconds >= 5, "must be 0 (never) or 5 or more");

/** What only the whole installation can set. */
export const ownerFields = {
  ...routingFields,
  strategy: z.enum(STRATEGIES).optional(),
  auto: z.strictObject({ enabled: z.boolean().optional(), strategy: z.enum(STRATEGIES).optional() }).optional(),
  probe: z.strictObject({ seconds: probeSeconds.optional(), failures: z.int().min(1).max(100).optional() }).optional(),
};

const stored = failover.extend({ sticky: routingFields.sticky, hedgeAfterMs: routingFields.hedgeAfterMs, cache: routingFields.cache });
/** The settings of a group as they are stored. */
export const routingSettings: z.ZodType<RoutingSettings, RoutingSettings> = stored;
/** Those of an owner. */
export const ownerSettings: z.ZodType<OwnerSettings, OwnerSettings> = stored.extend({
  strategy: ownerFields.strategy,
  auto: ownerFields.auto,
  probe: ownerFields.probe,
});

/** Settings as the file has them. */
export interface Written {
  readonly strategy?: OwnerSettings["strategy"];
  readonly auto?: OwnerSettings["auto"];
  readonly probe?: OwnerSettings["probe"];
  readonly sticky?: boolean | undefined;
  readonly hedgeAfterMs?: number | undefined;
  readonly cache?: RoutingSettings["cache"];
  readonly failover?: z.infer<typeof failover> | undefined;
}

/** What is stored: what the file names in place of what was there, the rest as it was. */
export function settingsAfter(written: Written, before: RoutingSettings): RoutingSettings {
  const { sticky, hedgeAfterMs, cache, ...failoverBefore } = before;
  return defined({
    sticky: written.sticky ?? sticky,
    hedgeAfterMs: written.hedgeAfterMs ?? hedgeAfterMs,
    cache: written.cache ?? cache,
    ...(written.failover ?? failoverBefore),
  });
}

/** The same of an owner. */
export function ownerSettingsAfter(written: Written, { strategy, auto, probe, ...before }: OwnerSettings): OwnerSettings {
  return defined({
    ...settingsAfter(written, before),
    strategy: written.strategy ?? strategy,
    auto: written.auto ?? auto,
    probe: written.probe ?? probe,
  });
}

/** The stored settings as the file would have them. */
export function settingsWritten({ sticky, hedgeAfterMs, cache, strategy, auto, probe, ...failoverPart }: OwnerSettings): Written {
  return defined({
    strategy,
    auto,
    probe,
    sticky,
    hedgeAfterMs,
    cache,
    failover: Object.keys(defined(failoverPart)).length > 0 ? (defined(failoverPart) as Written["failover"]) : undefined,
  });
}

/** Without the fields that say nothing. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

export const keywordsWritten = (keywords: readonly FailureKeyword[]): unknown[] =>
  keywords.map(({ text, scope }) => (scope === "any" ? text : { text, scope }));
