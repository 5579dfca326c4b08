/** The schemas of what the procedures about routing answer. */
import * as z from "zod";
import type { OwnerSettings, FailureRule } from "@switchyard/shared/domain/routing";
import { FAILURE_RULES, HEALTH_STATES, KEYWORD_SCOPES } from "@switchyard/shared/domain/routing";
import { PROVIDER_FAILURES, type ProviderFailureKind } from "@switchyard/shared/domain/call";
import { STRATEGIES } from "@switchyard/shared/domain/strategy";
import type { AliasRow } from "@switchyard/shared/wire/console/groups";
import type { ChangeRow, ExplainedRow, RoutingDefaults, RoutingRow } from "@switchyard/shared/wire/console/routing";
import { route } from "./rows.ts";

const maybe = <T extends z.ZodType>(schema: T) => z.union([schema, z.undefined()]);

export const aliasRow: z.ZodType<AliasRow> = z.object({ name: z.string(), model: z.string(), shared: z.boolean(), fromFile: z.boolean() });

const strategy = z.enum(STRATEGIES);
const defaults: z.ZodType<RoutingDefaults> = z.object({
  strategy,
  auto: z.object({ enabled: z.boolean(), strategy }),
  probe: z.object({ seconds: z.int(), failures: z.int() }),
  sticky: z.boolean(),
  hedgeAfterMs: z.int(),
  cache: z.object({ ttlSeconds: z.int(), chargePercent: z.int() }),
  restAfter: z.object({ failures: z.int(), minutes: z.number(), share: z.number(), restSeconds: z.int() }),
  connectMs: z.int(),
  firstTokenMs: z.int(),
  answerMs: z.int(),
  stallMs: z.int(),
  on: z.record(z.enum(PROVIDER_FAILURES), z.enum(FAILURE_RULES)) as z.ZodType<Record<ProviderFailureKind, FailureRule>>,
});

export const routingRow: z.ZodType<RoutingRow> = z.object({
  // Checked when they were written; here they only pass.
  settings: z.custom<OwnerSettings>((value) => typeof value === "object" && value !== null),
  failureKeywords: z.array(z.object({ text: z.string(), scope: z.enum(KEYWORD_SCOPES) })),
  revision: z.string(),
  fromFile: z.boolean(),
  builtin: defaults,
});

export const changeRow: z.ZodType<ChangeRow> = z.object({
  id: z.string(),
  at: z.date(),
  actor: z.string(),
  verb: z.string(),
  object: z.string(),
  undoable: z.boolean(),
  fields: z.array(z.string()),
  notPutBack: z.array(z.string()),
  undoes: maybe(z.string()),
});

export const explainedRow: z.ZodType<ExplainedRow> = z.object({
  at: z.date(),
  model: z.string(),
  group: maybe(z.string()),
  route,
  hedgeAfterMs: z.int(),
  targets: z.array(
    z.object({
      target: z.string(),
      priority: z.int(),
      weight: z.int(),
      local: z.boolean(),
      inputPerMillion: maybe(z.string()),
      outputPerMillion: maybe(z.string()),
      health: z.enum(HEALTH_STATES),
      firstTokenMs: maybe(z.number()),
      tokensPerSecond: maybe(z.number()),
      answered: z.int(),
      failed: z.int(),
    }),
  ),
});
